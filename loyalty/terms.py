"""A programme's terms, read once for a batch, and the rule that turns money into points."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from omni.core.money import Rounding

MODES = {Rounding.FLOOR: ROUND_FLOOR, Rounding.HALF_UP: ROUND_HALF_UP, Rounding.CEILING: ROUND_CEILING}


@dataclass(frozen=True, slots=True)
class Rate:
    """One point for each `amount_per_point`, from `valid_from` until before `valid_until`."""

    channel_id: int | None
    amount_per_point: Decimal
    valid_from: datetime
    valid_until: datetime | None

    def holds(self, *, channel_id: int, at: datetime) -> bool:
        """Whether the rate serves the channel at that moment; its end is exclusive."""
        served = self.channel_id is None or self.channel_id == channel_id
        return served and self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class ProgrammeTerms:
    """What a programme promises. A point is worth `point_value` of `currency` when spent."""

    programme_id: int
    code: str
    currency: str
    point_value: Decimal
    pending_days: int
    valid_days: int
    rounding: str
    reduces_price: bool
    rates: tuple[Rate, ...] = ()

    def find_rate(self, *, channel_id: int, at: datetime) -> Rate | None:
        """The channel's own rate before the general one; of several the one that began last."""
        held = [rate for rate in self.rates if rate.holds(channel_id=channel_id, at=at)]
        return max(held, key=lambda rate: (rate.channel_id is not None, rate.valid_from), default=None)


def points_for(*, programme: ProgrammeTerms, channel_id: int, amount: Decimal, at: datetime) -> int:
    """
    The points that `amount` earns in a channel: amount ÷ rate, rounded once by the programme.

    Nothing is earned by an amount of zero or less, or where no rate holds.
    """
    rate = programme.find_rate(channel_id=channel_id, at=at)
    if rate is None or amount <= 0:
        return 0
    exact = amount / rate.amount_per_point
    return int(exact.to_integral_value(rounding=MODES[Rounding(programme.rounding)]))
