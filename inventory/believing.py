"""
How many units of the books not to believe: figures in, buffers out, nothing read or written.

An observation is a count, a rejection or a sale below zero: after so many days since the level was
last seen, the books said `size` units too much (0: they didn't). Of a class of goods at a location
the rate of such losses is their number by the days observed; places with few observations are drawn
towards the mean of all (empirical Bayes by moments: Marshall, "Mapping disease and mortality rates
using empirical Bayes estimators", *Applied Statistics* 40, 1991):

    m = Σ losses / Σ days;  A = max(0, Σ days (r − m)² / Σ days − m / mean days);
    rate = m + A / (A + m / days) × (r − m)

Losses come as a Poisson process of that rate, each of a geometric number of units of the shrunken
mean size. The buffer is the smallest b with P(lost since the last count > b) ≤ `TARGET`; the
distribution of the sum is Panjer's recursion (*ASTIN Bulletin* 12, 1981).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# The chance that is taken of promising the last unit that isn't there.
TARGET = 0.05
# No more units than this are withheld, whatever was learned.
MOST = 10
# How many losses of the mean size each place is taken to have had besides its own.
SIZE_WEIGHT = 5
# What was never counted is taken as not seen for so long; no interval counts for longer.
LONGEST_DAYS = 365

# A location, a department (None: without a category) and a speed.
Class = tuple[int, int | None, str]


@dataclass(frozen=True, slots=True)
class Observation:
    """`kind` is COUNT, REJECTED or BELOW_ZERO; `size` units were not there after `days`."""

    goods: Class
    kind: str
    days: int
    size: int


@dataclass(frozen=True, slots=True)
class Learned:
    goods: Class
    observed: int
    overstated: int
    units: int
    exposure_days: int
    rejected: int
    below_zero: int
    own_rate: float
    mean_rate: float
    weight: float
    rate: float
    size: float
    thresholds: tuple[int, ...]

    def buffer(self, days: int) -> int:
        return sum(threshold < days for threshold in self.thresholds)


@dataclass(slots=True)
class Tally:
    observed: int = 0
    overstated: int = 0
    units: int = 0
    exposure_days: int = 0
    rejected: int = 0
    below_zero: int = 0

    def add(self, seen: Observation) -> None:
        self.observed += 1
        self.overstated += seen.size > 0
        self.units += seen.size
        self.exposure_days += min(max(seen.days, 1), LONGEST_DAYS)
        self.rejected += seen.kind == "REJECTED"
        self.below_zero += seen.kind == "BELOW_ZERO"

    @property
    def rate(self) -> float:
        return self.overstated / self.exposure_days


def learn(seen: Iterable[Observation]) -> dict[Class, Learned]:
    """What observations teach of each class of each location that has any."""
    tallies: dict[Class, Tally] = defaultdict(Tally)
    for one in seen:
        tallies[one.goods].add(one)
    everywhere: dict[tuple[int | None, str], dict[Class, Tally]] = defaultdict(dict)
    for goods, tally in sorted(tallies.items(), key=lambda item: str(item[0])):
        everywhere[goods[1:]][goods] = tally
    return {goods: one for group in everywhere.values() for goods, one in _learn_class(group).items()}


def _learn_class(group: Mapping[Class, Tally]) -> dict[Class, Learned]:
    days = sum(tally.exposure_days for tally in group.values())
    losses = sum(tally.overstated for tally in group.values())
    mean = losses / days
    size = sum(tally.units for tally in group.values()) / losses if losses else 1.0
    between = max(
        0.0,
        sum(tally.exposure_days * (tally.rate - mean) ** 2 for tally in group.values()) / days
        - mean * len(group) / days,
    )
    return {goods: _shrunk(goods, tally, mean, between, size) for goods, tally in group.items()}


def _shrunk(goods: Class, tally: Tally, mean: float, between: float, size: float) -> Learned:
    weight = between / (between + mean / tally.exposure_days) if between else 0.0
    rate = mean + weight * (tally.rate - mean)
    own_size = (tally.units + SIZE_WEIGHT * size) / (tally.overstated + SIZE_WEIGHT)
    return Learned(
        goods=goods,
        observed=tally.observed,
        overstated=tally.overstated,
        units=tally.units,
        exposure_days=tally.exposure_days,
        rejected=tally.rejected,
        below_zero=tally.below_zero,
        own_rate=tally.rate,
        mean_rate=mean,
        weight=weight,
        rate=rate,
        size=own_size,
        thresholds=thresholds(rate, own_size),
    )


def thresholds(rate: float, size: float, *, target: float = TARGET, most: int = MOST) -> tuple[int, ...]:
    """For each buffer below the most, the last day on which it is enough; `LONGEST_DAYS` is for good."""
    return tuple(_last_day(rate, size, units, target) for units in range(most))


def _last_day(rate: float, size: float, units: int, target: float) -> int:
    low, high = 0, LONGEST_DAYS
    while low < high:
        middle = (low + high + 1) // 2
        if beyond(rate * middle, size, units) <= target:
            low = middle
        else:
            high = middle - 1
    return low


def beyond(losses: float, size: float, units: int) -> float:
    """P(more than `units` are lost), of so many expected losses of a geometric size with this mean."""
    sizes = _geometric(1 / max(size, 1.0), units)
    chances = [math.exp(-losses)]
    for total in range(1, units + 1):
        parts = (part * sizes[part - 1] * chances[total - part] for part in range(1, total + 1))
        chances.append(losses / total * sum(parts))
    return max(0.0, 1 - sum(chances))


def _geometric(chance: float, most: int) -> Sequence[float]:
    return [chance * (1 - chance) ** (size - 1) for size in range(1, most + 1)]
