"""
How much a place should get, and from where: figures in, wishes out, nothing read or written.

The rule is (s, S), "order up to S once the position has come down to s" (Silver, Pyke, Thomas,
*Inventory and Production Management in Supply Chains*, 4th edition 2017, chapters 5 and 6):

    rate     = units sold a day, of the days on which there was something to sell
    s        = rate × lead time + safety                   the reorder point
    S        = rate × (lead time + days to cover) + safety   the target
    position = available + incoming + asked for − what others want from here

s and S are rounded up to whole units. At a position above s nothing is wanted, else S − position,
at least the least quantity, up to whole packs, and never past the most that the place may have.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

# What was in stock for fewer days is taken as if it had been for so many: two days' rush is no rate.
LEAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy as the formula reads it: from a location, or from a supplier."""

    origin_id: int | None
    supplier_id: int | None
    lead_time_days: int
    cover_days: int
    safety: int = 0
    minimum: int = 0
    pack: int = 1
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A level as it stands: what it sold in how many days in stock, what it has and what comes."""

    variant_id: int
    location_id: int
    rule: Rule | None = None
    sold: int = 0
    days_in_stock: int = 0
    on_hand: int = 0
    available: int = 0
    incoming: int = 0
    asked_for: int = 0

    @property
    def rate(self) -> Fraction:
        return Fraction(self.sold, max(self.days_in_stock, LEAST_DAYS))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a level with a rule wants, and what of it can be had; nothing of either is 0."""

    standing: Standing
    rule: Rule
    rate: Fraction
    passed_on: int
    reorder_point: int
    target: int
    wanted: int
    quantity: int


def reorder_point(rate: Fraction, rule: Rule) -> int:
    return math.ceil(rate * rule.lead_time_days) + rule.safety


def target(rate: Fraction, rule: Rule) -> int:
    return math.ceil(rate * (rule.lead_time_days + rule.cover_days)) + rule.safety


def wanted(position: int, rate: Fraction, rule: Rule) -> int:
    """Whole packs that a position lacks; never below zero."""
    lacking = target(rate, rule) - position
    if position > reorder_point(rate, rule) or lacking <= 0:
        return 0
    units = math.ceil(max(lacking, rule.minimum) / rule.pack) * rule.pack
    if rule.maximum is not None:
        units = min(units, _packed(rule.maximum - position, rule.pack))
    return units if units >= max(rule.minimum, 1) else 0


def spare(standing: Standing) -> int:
    """What an origin can give away: not what it sells itself until its own delivery, nor its safety."""
    kept = reorder_point(standing.rate, standing.rule) if standing.rule else 0
    return max(0, standing.available - kept)


def share(units: int, wants: Sequence[tuple[int, Rule]]) -> list[int]:
    """
    Split `units` by what each wants, in whole packs, by largest remainder; no more than is wanted.

    Whose share would be below the least quantity gets none, and the others share anew.
    """
    asked = list(wants)
    while True:
        parts = _split(units, asked)
        below = [
            i for i, (part, (_, rule)) in enumerate(zip(parts, asked, strict=True)) if 0 < part < rule.minimum
        ]
        if not below:
            return parts
        last = min(below, key=lambda i: (parts[i], -i))
        asked[last] = 0, asked[last][1]


def _split(units: int, wants: Sequence[tuple[int, Rule]]) -> list[int]:
    """What is left goes, a pack at a time, to whom most of the exact share is missing; ties to the earlier."""
    total = sum(want for want, _ in wants)
    if total <= units:
        return [want for want, _ in wants]
    exact = [Fraction(units * want, total) for want, _ in wants]
    parts = [_packed(math.floor(part), rule.pack) for part, (_, rule) in zip(exact, wants, strict=True)]
    left = units - sum(parts)
    for index in sorted(range(len(wants)), key=lambda i: (parts[i] - exact[i], i)):
        want, rule = wants[index]
        if rule.pack <= left and parts[index] + rule.pack <= want:
            parts[index] += rule.pack
            left -= rule.pack
    return parts


def plan(standings: Iterable[Standing]) -> list[Wish]:
    """
    The wishes of all levels that have a rule. `standings` come variant by variant.

    Who is replenished from a place adds to what that place sells and lacks, so the last in a chain are
    asked first; of a ring of places that name one another, one link is left out.
    """
    wishes: list[Wish] = []
    for _, rows in groupby(standings, key=lambda row: row.variant_id):
        wishes += _plan_variant({row.location_id: row for row in rows})
    return wishes


def _plan_variant(at: Mapping[int, Standing]) -> list[Wish]:
    demand: dict[int, Fraction] = defaultdict(Fraction)
    passed_on: dict[int, int] = defaultdict(int)
    wants: dict[int, int] = {}
    figures: dict[int, tuple[Rule, Fraction]] = {}
    for row in sorted(at.values(), key=lambda row: (-_steps(row, at), row.location_id)):
        demand[row.location_id] += row.rate
        if row.rule is None:
            continue
        rate = demand[row.location_id]
        figures[row.location_id] = row.rule, rate
        wants[row.location_id] = wanted(_position(row, passed_on[row.location_id]), rate, row.rule)
        if row.rule.origin_id is not None:
            demand[row.rule.origin_id] += rate
            passed_on[row.rule.origin_id] += wants[row.location_id]
    given = _shared(at, wants)
    return [
        Wish(
            standing=at[place],
            rule=rule,
            rate=rate,
            passed_on=passed_on[place],
            reorder_point=reorder_point(rate, rule),
            target=target(rate, rule),
            wanted=wants[place],
            quantity=given.get(place, wants[place]),
        )
        for place, (rule, rate) in sorted(figures.items())
    ]


def _position(row: Standing, passed_on: int) -> int:
    return row.available + row.incoming + row.asked_for - passed_on


def _shared(at: Mapping[int, Standing], wants: Mapping[int, int]) -> dict[int, int]:
    """What each place that another one replenishes gets of what that one can spare."""
    asking: dict[int, list[tuple[int, int, Rule]]] = defaultdict(list)
    for place, want in sorted(wants.items()):
        rule = at[place].rule
        if want and rule is not None and rule.origin_id is not None:
            asking[rule.origin_id].append((place, want, rule))
    given: dict[int, int] = {}
    for origin_id, asked in asking.items():
        units = spare(at[origin_id]) if origin_id in at else 0
        parts = share(units, [(want, rule) for _, want, rule in asked])
        given |= {place: part for (place, _, _), part in zip(asked, parts, strict=True)}
    return given


def _steps(row: Standing, at: Mapping[int, Standing]) -> int:
    """How many places stand between a level and the supplier; a ring ends where it closes."""
    seen = {row.location_id}
    while (above := _origin(row, at)) is not None and above.location_id not in seen:
        row = above
        seen.add(row.location_id)
    return len(seen)


def _origin(row: Standing, at: Mapping[int, Standing]) -> Standing | None:
    origin_id = row.rule.origin_id if row.rule else None
    return None if origin_id is None else at.get(origin_id)


def _packed(units: int, pack: int) -> int:
    return max(0, units) // pack * pack
