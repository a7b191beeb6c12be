"""
Whom a channel's rules choose to send an order: the question put together, solved, and kept with its order.

A channel without rules has no router, and asks its sources by priority.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from inventory import services as inventory
from inventory.nearest import Point, find_point
from omni.core import db
from orders.models import RoutingDecision
from orders.routing import facts as reading
from orders.routing.problem import Candidate, Problem, Weights, unit_health, within_supply
from orders.routing.solving import solve
from orders.routing.tracing import Trace, Wanted, bounded, metres_of, to_json
from orders.writing import NewContact

Shelves = Mapping[int, Sequence[tuple[int, int]]]
Preferred = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Decision:
    """`trace` is what is kept; `gives` what each location had of each want."""

    weights: Weights
    gives: Mapping[int, tuple[int, ...]]
    trace: Trace

    def order_of(self, want: int) -> dict[int, tuple[int, int]]:
        """The chosen locations by when they are asked for a want: the shelf that it hurts least comes first."""
        return {
            location_id: (unit_health(self.gives[location_id][want], self.weights), place)
            for place, location_id in enumerate(self.trace.solution.location_ids)
        }


def decide(
    weights: Weights,
    wanted: Sequence[Wanted],
    gives: Mapping[int, tuple[int, ...]],
    facts: Mapping[int, reading.Facts],
    point: Point | None,
) -> Decision | None:
    """Who gives what is wanted, as far as it is there; None where nothing of it is."""
    metres = reading.distances(facts, point)
    ranks = {priority: rank for rank, priority in enumerate(sorted({one.priority for one in facts.values()}))}
    candidates = tuple(
        Candidate(pk, gives[pk], metres[pk], one.workload, one.wait, ranks[one.priority])
        for pk, one in sorted(facts.items())
    )
    problem = within_supply(Problem(tuple(one.quantity for one in wanted), candidates, weights))
    solution = solve(problem)
    if solution is None or not solution.split:
        return None
    kept, left_out = bounded(problem, solution)
    trace = Trace(tuple(wanted), kept, solution, left_out, point.digits if point else None)
    return Decision(weights, gives, trace)


@dataclass(slots=True)
class Router:
    """Decides for one order at a time, and remembers what it decided until the order is there to keep it."""

    weights: Weights
    channel_id: int
    postal_code: str
    country: str
    now: datetime
    decided: list[Trace] = field(default_factory=list)

    def prefer(self, wants: Sequence[inventory.Kit], shelves: Shelves) -> Preferred:
        """
        The sources of each variant, those that the rules choose first; an `inventory.Prefer`.

        Taken in that order they give exactly the split that was solved; where bundles share components
        with other lines, as near to it as the shelves allow.
        """
        units = {variant_id: dict(sources) for variant_id, sources in shelves.items()}
        places = sorted({location_id for sources in units.values() for location_id in sources})
        facts = reading.read_facts(
            places, channel_id=self.channel_id, waits=self.weights.cutoff > 0, now=self.now
        )
        point = find_point(postal_code=self.postal_code, country=self.country) if self.postal_code else None
        gives = {pk: tuple(_whole(want, units, pk) for want in wants) for pk in places}
        wanted = [Wanted(want.variant_id, want.quantity, _parts(want)) for want in wants]
        decision = decide(self.weights, wanted, gives, facts, point)
        if decision is None:
            return {variant_id: list(sources) for variant_id, sources in shelves.items()}
        self.decided.append(decision.trace)
        return _preferred(wants, shelves, decision)

    def forget(self) -> None:
        """What was decided came to nothing: it is decided again."""
        self.decided.clear()

    def record(self, order_id: int) -> None:
        """Keep what was decided with its order, in the order's own transaction."""
        cause = RoutingDecision.Cause.PLACED
        keep([(order_id, trace) for trace in self.decided], cause=cause, now=self.now)
        self.decided.clear()


def router_of(rules: str | None, channel_id: int, *, contact: NewContact, now: datetime) -> Router | None:
    """The router of a channel whose rules a statement read along (`RULES_OF`); None where it has none."""
    if rules is None:
        return None
    return Router(weights_of(rules), channel_id, contact.postal_code, contact.country, now)


def weights_of(rules: str) -> Weights:
    return Weights(**json.loads(rules))


def _parts(want: inventory.Kit) -> tuple[tuple[int, int], ...]:
    """What a bundle is made of; nothing of what is itself."""
    return want.components if want.components != ((want.variant_id, 1),) else ()


def _whole(want: inventory.Kit, units: Mapping[int, Mapping[int, int]], location_id: int) -> int:
    return min(units[variant_id].get(location_id, 0) // each for variant_id, each in want.components)


def _preferred(wants: Sequence[inventory.Kit], shelves: Shelves, decision: Decision) -> Preferred:
    """Of each variant the chosen locations, as its first want asks them; then the others as they were."""
    asked: dict[int, dict[int, tuple[int, int]]] = {}
    for place, want in enumerate(wants):
        for variant_id, _ in want.components:
            asked.setdefault(variant_id, decision.order_of(place))
    return {
        variant_id: _ordered(sources, asked.get(variant_id, {})) for variant_id, sources in shelves.items()
    }


def _ordered(
    sources: Sequence[tuple[int, int]], order: Mapping[int, tuple[int, int]]
) -> list[tuple[int, int]]:
    last = (math.inf, 0)
    return sorted(sources, key=lambda source: order.get(source[0], last))


def keep(traces: Sequence[tuple[int, Trace]], *, cause: str, now: datetime) -> None:
    """Keep what was decided of orders, by their ids, in the transaction that makes it true."""
    db.require_transaction()
    RoutingDecision.objects.bulk_create(_row(order_id, cause, trace, now) for order_id, trace in traces)


def _row(order_id: int, cause: str, trace: Trace, now: datetime) -> RoutingDecision:
    return RoutingDecision(
        order_id=order_id,
        cause=cause,
        decided_at=now,
        parcels=len(trace.solution.split),
        cost=trace.solution.cost.total,
        metres=metres_of(trace.problem, trace.solution),
        exact=trace.solution.exact,
        trace=to_json(trace),
    )


def purge_decisions(*, before: datetime) -> int:
    """Delete what was decided before; answer how many decisions that were."""
    deleted, _ = RoutingDecision.objects.filter(decided_at__lt=before).delete()
    return deleted
