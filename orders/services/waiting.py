"""
Who bought before there was stock is served when it arrives, first come first served.

One queue, by the moment of ordering, for all channels: what was sold ahead, what an outside channel sold
and nobody had, what a location rejected, and bundles. What an earlier part waits for is kept from later
ones, even while it can't be taken yet (a preorder before its release, a bundle that lacks something else).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from inventory import services as inventory
from inventory.models import StockLevel
from omni.core import db, sql
from omni.core.actor import SYSTEM
from orders.models import LineComponent, Order
from orders.services.backlog import GROUPED, PART, READY, WAITING, Part, lower, part_of, tell
from orders.services.bundles import hold_shares
from orders.services.rerouting import Rerouting
from orders.services.sharing import Share, move_shares

# Orders that one transaction locks at most. Reserving publishes a stock change of its own, by which
# those behind them are looked at next.
MOST_ORDERS = 200

_TOUCHED = """(%(variants)s::bigint[] IS NULL
       OR good.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]))"""

# Asked by every change of stock. Plan: the entries of `fulfilment_to_do` without a location; with
# none, that is all.
NEEDS = f"""
SELECT DISTINCT "order".channel_id, good.variant_id
{WAITING} AND {READY}
  AND line.id IN (SELECT line.id {WAITING} AND {_TOUCHED})
"""

FIRST = f"""
SELECT "order".id
{WAITING} AND {READY} AND good.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
GROUP BY "order".id
ORDER BY "order".placed_at, "order".id
LIMIT %(most)s::bigint
"""

# The parts of the orders that are locked, and what stands in the queue without being served yet.
QUEUE = f"""{PART} {WAITING}
  AND ("order".id = ANY((SELECT %(orders)s::bigint[])::bigint[])
       OR NOT {READY} AND line.id IN (
            SELECT line.id {WAITING} AND good.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])))
{GROUPED}"""


class Shelves:
    """What stands at the sources, while it is given out in order."""

    def __init__(self, supply: Iterable[inventory.Supplied]) -> None:
        self.places: dict[tuple[int, int], list[int]] = {}
        self.free: dict[tuple[int, int], int] = {}
        self.given: dict[tuple[int, int, int], int] = {}
        # By part: the locations that its channel's rules prefer, in their order.
        self.preferred: dict[int, list[int]] = {}
        for one in supply:
            self.places.setdefault((one.channel_id, one.variant_id), []).append(one.location_id)
            self.free[one.variant_id, one.location_id] = one.free
            self.given[one.channel_id, one.variant_id, one.location_id] = one.given

    def pairs(self) -> list[tuple[int, int]]:
        return sorted(self.free)

    def take(self, part: Part) -> list[Share]:
        """Give a part what it can have now; what it still lacks is kept for it as far as it is there."""
        lacking, shares = part.quantity, []
        for location_id in self._places(part, part.goods[0][0]) if part.ready else ():
            if taken := min(lacking, self.most(part, location_id)):
                lacking -= taken
                shares.append(Share(part, location_id, taken, last=not lacking))
                for variant_id, units in part.goods:
                    self._draw(part, variant_id, location_id, taken * units)
        for variant_id, units in part.goods if lacking else ():
            self._keep(part, variant_id, lacking * units)
        return shares

    def most(self, part: Part, location_id: int) -> int:
        """How many units of a part it could have there."""
        if location_id in part.barred:
            return 0
        return min(self._at(part, variant_id, location_id) // units for variant_id, units in part.goods)

    def _places(self, part: Part, variant_id: int) -> list[int]:
        places = self.places.get((part.channel_id, variant_id), ())
        first = [location_id for location_id in self.preferred.get(part.id, ()) if location_id in places]
        rest = [location_id for location_id in places if location_id not in first]
        return [location_id for location_id in (*first, *rest) if location_id not in part.barred]

    def _at(self, part: Part, variant_id: int, location_id: int) -> int:
        free = self.free.get((variant_id, location_id), 0)
        return min(free, self.given.get((part.channel_id, variant_id, location_id), 0))

    def _draw(self, part: Part, variant_id: int, location_id: int, units: int) -> None:
        self.free[variant_id, location_id] -= units
        self.given[part.channel_id, variant_id, location_id] -= units

    def _keep(self, part: Part, variant_id: int, units: int) -> None:
        for location_id in self._places(part, variant_id):
            kept = min(units, self._at(part, variant_id, location_id))
            self._draw(part, variant_id, location_id, kept)
            units -= kept


def allocate_waiting(*, variant_ids: Iterable[int] | None, now: datetime) -> int:
    """
    Reserve what there is now for orders that wait for these variants (None: for any); answer the units.

    A building block of one statement where nothing waits. Who bought first is served first, as far
    as it goes; the units of an order that still wait stay as they are. The orders are locked, then
    what is waited for, then the levels, before it is decided who gets what, so that two arrivals at
    once share it out once.
    """
    db.require_transaction()
    touched = None if variant_ids is None else sql.integers(sorted(variant_ids))
    needs = sql.fetch_all(NEEDS, {"variants": touched, "now": now})
    if not needs or not any(one.given for one in _supply(needs, now)):
        return 0
    queue = _lock_queue(sorted({variant_id for _, variant_id in needs}), now)
    shares = _share_out(queue, now)
    if shares:
        _allocate(shares, now)
    return sum(share.quantity for share in shares)


def _supply(pairs: Iterable[sql.Row], now: datetime) -> list[inventory.Supplied]:
    channels, variants = ({row[at] for row in pairs} for at in (0, 1))
    return inventory.supply_for_waiting(channel_ids=sorted(channels), variant_ids=sorted(variants), now=now)


def _lock_queue(variant_ids: Sequence[int], now: datetime) -> list[Part]:
    """Lock the orders that came first, and read what of them waits now: one may have been cancelled."""
    params = {"variants": sql.integers(variant_ids), "now": now}
    first = sorted(row[0] for row in sql.fetch_all(FIRST, {**params, "most": MOST_ORDERS}))
    list(Order.objects.filter(pk__in=first).order_by("pk").select_for_update(no_key=True))
    rows = sql.fetch_all(QUEUE, {**params, "orders": sql.integers(first)})
    return [part_of(row) for row in rows]


def _share_out(queue: Sequence[Part], now: datetime) -> list[Share]:
    """Lock what is waited for and the levels in question, and decide in the order of the queue."""
    pairs = [(part.channel_id, variant_id) for part in queue for variant_id, _ in part.goods]
    if not pairs:
        return []
    inventory.lock_backlogs(sorted({variant_id for _, variant_id in pairs}))
    StockLevel.objects.for_update_by_pairs(Shelves(_supply(pairs, now)).pairs())
    shelves = Shelves(_supply(pairs, now))
    rerouting = Rerouting(queue, shelves, now)
    shares = []
    for part in queue:
        rerouting.prepare(part)
        shares += shelves.take(part)
    rerouting.keep(shares)
    return shares


def _allocate(shares: Sequence[Share], now: datetime) -> None:
    shares = sorted(shares, key=lambda share: share.part.bundled)
    singles = [share for share in shares if not share.part.bundled]
    reservation_ids = inventory.draw_reservations(len(singles)) if singles else []
    bundled = len(shares) - len(singles)
    lines = move_shares(shares, [*reservation_ids, *[None] * bundled], now)
    found = [
        inventory.Found(
            f"order:{share.part.order_id}", share.part.variant_id, share.location_id, share.quantity
        )
        for share in shares
    ]
    inventory.resolve_found(found=found, actor=SYSTEM, now=now)
    tell([share.part for share in shares], actor=SYSTEM, now=now)
    wants = [_want(share, pk) for share, pk in zip(singles, reservation_ids, strict=True)]
    if bundled:
        wants += hold_shares(lines[len(singles) :], _components(shares[len(singles) :]))
    lower([(share.part, share.quantity) for share in shares])
    inventory.reserve(wants=wants, expires_at=None, committed=True, actor=SYSTEM, now=now)


def _want(share: Share, reservation_id: int) -> inventory.Want:
    part = share.part
    source = f"order:{part.order_id}:{part.position}"
    return inventory.Want(part.variant_id, share.location_id, share.quantity, source, reservation_id)


def _components(shares: Sequence[Share]) -> Mapping[int, Sequence[LineComponent]]:
    found: dict[int, list[LineComponent]] = {}
    line_ids = {share.part.order_line_id for share in shares}
    for row in LineComponent.objects.filter(line__in=line_ids).order_by("pk"):
        found.setdefault(row.line_id, []).append(row)
    return found
