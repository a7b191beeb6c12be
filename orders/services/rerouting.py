"""
Who serves what waits, by its channel's rules: what a location rejected, and what arrived for earlier orders.

The queue's order stands: who bought first is served first. The rules decide from where, for all that waits
of an order together, never from where it was rejected.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from inventory.nearest import Point, find_points
from orders.models import OrderContact, RoutingDecision
from orders.routing import facts as reading
from orders.routing.tracing import Trace, Wanted
from orders.services.backlog import Part
from orders.services.routing import decide, keep, weights_of
from orders.services.sharing import Share


class Shelved(Protocol):
    """What stands at the sources while it is given out (`waiting.Shelves`)."""

    places: dict[tuple[int, int], list[int]]
    preferred: dict[int, list[int]]

    def most(self, part: Part, location_id: int) -> int: ...


class Rerouting:
    """Prepares the shelves for each order of the queue as its turn comes. No statement where no channel has rules."""

    def __init__(self, queue: Sequence[Part], shelves: Shelved, now: datetime) -> None:
        self.shelves, self.now = shelves, now
        self.parts: dict[int, list[Part]] = {}
        for part in queue:
            if part.routing is not None and part.ready:
                self.parts.setdefault(part.order_id, []).append(part)
        self.decided: dict[int, Trace] = {}
        self.places: dict[int, list[int]] = {}
        for (channel_id, _), found in shelves.places.items():
            self.places.setdefault(channel_id, []).extend(found)
        self.facts = self._read_facts()
        self.codes, self.points = _read_points(self.parts)

    def _read_facts(self) -> dict[int, dict[int, reading.Facts]]:
        channels = {part.channel_id: part.routing for parts in self.parts.values() for part in parts}
        return {
            channel_id: reading.read_facts(
                set(self.places.get(channel_id, ())),
                channel_id=channel_id,
                waits=weights_of(rules).cutoff > 0,
                now=self.now,
            )
            for channel_id, rules in channels.items()
            if rules is not None
        }

    def prepare(self, part: Part) -> None:
        """Before an order's first part is served: decide for all its parts, of what is left by then."""
        parts = self.parts.pop(part.order_id, None)
        if not parts or part.routing is None:
            return
        facts = self.facts[part.channel_id]
        gives = {pk: tuple(self.shelves.most(one, pk) for one in parts) for pk in facts}
        wanted = [Wanted(one.variant_id, one.quantity, one.components) for one in parts]
        decision = decide(weights_of(part.routing), wanted, gives, facts, self._point(part.order_id))
        if decision is None:
            return
        self.decided[part.order_id] = decision.trace
        for place, one in enumerate(parts):
            order = decision.order_of(place)
            self.shelves.preferred[one.id] = sorted(order, key=order.__getitem__)

    def _point(self, order_id: int) -> Point | None:
        return self.points.get(self.codes.get(order_id, ("", ""))) if order_id in self.codes else None

    def keep(self, shares: Collection[Share]) -> None:
        """Keep the decisions of the orders that got something."""
        served = {share.part.order_id for share in shares}
        traces = [(order_id, trace) for order_id, trace in self.decided.items() if order_id in served]
        if traces:
            keep(traces, cause=RoutingDecision.Cause.WAITING, now=self.now)


Code = tuple[str, str]


def _read_points(orders: Mapping[int, object]) -> tuple[dict[int, Code], dict[Code, Point]]:
    """Each order's country and postal code, and about where those are: a statement, and one a country."""
    if not orders:
        return {}, {}
    contacts = OrderContact.objects.filter(order__in=list(orders)).exclude(postal_code="")
    codes = {row[0]: (row[1], row[2]) for row in contacts.values_list("order", "country", "postal_code")}
    points: dict[Code, Point] = {}
    for country in sorted({country for country, _ in codes.values()}):
        asked = [code for where, code in codes.values() if where == country]
        found = find_points(postal_codes=asked, country=country)
        points |= {(country, code): point for code, point in found.items()}
    return codes, points
