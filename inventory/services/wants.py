"""What is asked of a level, and what is held there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Want:
    """
    `quantity` stock units (above zero) wanted at a level; `source` names for what: `order:42:1`.

    `channel_id` is the channel that they were allocated to, whose rule then bounds them as well as
    the level does; all wants of a set are of one channel, or of none. `id` is one that
    `draw_reservations` gave, for who writes what names the reservation before the levels are locked;
    all wants of a set have one, in rising order, or none has.
    """

    variant_id: int
    location_id: int
    quantity: int
    source: str
    id: int | None = None
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """A buyer in a channel who stands behind all that wait; `own` are units that this one waits for."""

    channel_id: int
    own: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class OpenReservation:
    id: int
    variant_id: int
    location_id: int
    quantity: int
    expires_at: datetime | None

    def has_lapsed(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at
