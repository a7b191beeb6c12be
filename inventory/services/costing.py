"""
The arithmetic of a pool: what a company has of an article and owner, at moving average.

Amounts are in the currency's own unit; quantities may be below zero, as a till's sale is always
accepted. No rows here, no clock: the same entries in the same order give the same amounts.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from omni.core import money

COST = Decimal("0.0001")
ZERO = Decimal(0)


@dataclass(slots=True)
class Pool:
    """`unit_cost` is the last known cost of a unit: the average, while there is anything."""

    quantity: int = 0
    value: Decimal = ZERO
    unit_cost: Decimal = ZERO
    currency: str = "JPY"

    def rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(money.unit(self.currency), rounding=ROUND_HALF_UP)

    def cost_of(self, units: int, unit_cost: Decimal | None = None) -> Decimal:
        return self.rounded(units * (self.unit_cost if unit_cost is None else unit_cost))

    def take(self, units: int) -> Decimal:
        """
        Take units away, and answer what they were worth (above zero).

        The last unit takes what is left of the value; units below zero go at the last known cost.
        """
        if units < self.quantity:
            worth = self.rounded(self.value * units / self.quantity)
        else:
            held = max(0, self.quantity)
            worth = (self.value if held else ZERO) + self.cost_of(units - held)
        self.quantity -= units
        self.value -= worth
        self._average()
        return worth

    def put(self, units: int, worth: Decimal) -> Decimal:
        """
        Add units that are worth so much; answer by how much the value is then to be corrected.

        Units that had gone below zero were valued at a guess: as they arrive, their value at that
        guess goes, and the difference to what they did cost is the correction (`correct`).
        """
        covered = min(units, max(0, -self.quantity))
        aim = self.value + worth
        if covered and covered == -self.quantity:
            aim = worth - self.rounded(worth * covered / units)
        elif covered:
            aim = self.value - self.rounded(self.value * covered / -self.quantity)
        self.quantity += units
        self.value += worth
        self.unit_cost = (worth / units).quantize(COST, rounding=ROUND_HALF_UP)
        correction = aim - self.value
        if not correction:
            self._average()
        return correction

    def correct(self, amount: Decimal) -> None:
        self.value += amount
        self._average()

    def _average(self) -> None:
        if self.quantity > 0:
            self.unit_cost = (self.value / self.quantity).quantize(COST, rounding=ROUND_HALF_UP)
