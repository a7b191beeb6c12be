"""
Selling what is not there yet: which units of a basket wait, and what is promised for them.

What is in stock goes on, what is not waits, each in a fulfilment of its own. Of a bundle that lacks
anything all units wait, since it leaves whole. The money is taken with the order, as for any other.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from inventory import backorders
from inventory import services as inventory
from inventory.errors import InsufficientStock
from omni.core.actor import Actor
from omni.outbox import publish as outbox
from omni.outbox.events import BacklogChanged
from orders.models import FulfilmentKind, LinePromise
from orders.pricing import BasketLine
from orders.services.allocation import Piece, choose_sources, parts_of, with_reservations
from orders.services.bundles import components_of
from orders.services.checkout import Taken
from orders.services.routing import Router
from orders.writing import Written


def choose_pieces(taken: Taken, now: datetime, router: Router | None = None) -> list[Piece]:
    """
    Split the basket into pieces from stock and pieces that wait. No statement more where all is in stock.

    Raises:
        InsufficientStock: something is neither there nor sold ahead, or is to be collected before
            its release.
    """
    waiting = _unreleased(taken)
    while True:
        lines = [
            replace(line, quantity=line.quantity - waiting[place]) if waiting[place] else line
            for place, line in enumerate(taken.lines)
        ]
        try:
            pieces = choose_sources(
                lines,
                channel_id=taken.seller.channel_id,
                keeps_stock=taken.keeps_stock,
                components=taken.components,
                now=now,
                prefer=router.prefer if router else None,
            )
        except InsufficientStock as short:
            if router:
                router.forget()
            waiting = _more_waiting(taken, lines, waiting, short, now)
        else:
            pieces += [_waiting(taken, place, units) for place, units in enumerate(waiting) if units]
            return with_reservations(pieces, taken.reservation_ids)


def _unreleased(taken: Taken) -> list[int]:
    """The units of each line that wait for a release, whatever is in stock."""
    early = [
        line
        for line, unreleased in zip(taken.lines, taken.unreleased, strict=True)
        if unreleased and line.location_id is not None
    ]
    if early:
        raise InsufficientStock(shortages=[_shortage(line, None) for line in early])
    return [
        line.quantity if unreleased else 0
        for line, unreleased in zip(taken.lines, taken.unreleased, strict=True)
    ]


def _shortage(line: BasketLine, location: str | None) -> dict[str, Any]:
    return {"sku": line.sku, "location": location, "requested": line.quantity, "available": 0}


def _more_waiting(
    taken: Taken,
    lines: Sequence[BasketLine],
    waiting: Sequence[int],
    short: InsufficientStock,
    now: datetime,
) -> list[int]:
    """Let wait what stock falls short of: bundles first, as what they leave may be enough for the rest."""
    lacking = {one["sku"]: one["requested"] - one["available"] for one in short.data()["shortages"]}
    wanted = {line.sku: line.variant_id for line in lines if line.sku in lacking}
    ahead = backorders.sold_ahead(
        channel_id=taken.seller.channel_id, variant_ids=sorted(wanted.values()), at=now
    )
    if not ahead.issuperset(wanted.values()):
        raise short
    bundles = {sku for sku, variant_id in wanted.items() if variant_id in taken.components}
    more = list(waiting)
    for place, line in reversed(list(enumerate(lines))):
        if line.location_id is None and line.sku in (bundles or lacking):
            units = line.quantity if bundles else min(line.quantity, lacking[line.sku])
            lacking[line.sku] -= units
            more[place] += units
    return more


def _waiting(taken: Taken, place: int, units: int) -> Piece:
    variant_id = taken.lines[place].variant_id
    parts = parts_of(taken.components.get(variant_id, ()))
    return Piece(place, variant_id, FulfilmentKind.SHIP, None, units, True, parts=parts)


def promise_ahead(
    pieces: Sequence[Piece], taken: Taken, written: Written, *, actor: Actor, now: datetime
) -> None:
    """
    Count what waits against its policies' limits, and write down what is promised. Nothing where all is
    in stock. For before levels are locked.

    Raises:
        InsufficientStock: a limit is reached.
    """
    waiting = [piece for piece in pieces if piece.waits]
    if not waiting:
        return
    channel_id = taken.seller.channel_id
    wants = [_want(piece, taken) for piece in waiting]
    terms = inventory.sell_ahead(channel_id=channel_id, wants=wants, now=now)
    LinePromise.objects.bulk_create(
        _promise(written.line_ids[piece.line], terms[piece.variant_id], now) for piece in waiting
    )
    _tell(waiting, actor=actor, now=now)


def _want(piece: Piece, taken: Taken) -> inventory.AheadWant:
    in_stock = taken.lines[piece.line].quantity - piece.quantity
    return inventory.AheadWant(piece.variant_id, piece.quantity, components_of(piece), in_stock)


def _promise(line_id: int, terms: backorders.Ahead, now: datetime) -> LinePromise:
    return LinePromise(
        line_id=line_id,
        kind=terms.kind,
        release_at=terms.release_at,
        promised_date=terms.promised_date,
        first_date=terms.promised_date,
        basis=terms.basis,
        changed_at=now,
    )


def begin_waiting(channel_id: int, waiting: Sequence[Piece], *, actor: Actor, now: datetime) -> None:
    """Count what was sold outside without stock: it is always booked. For before levels are locked."""
    if not waiting:
        return
    rows = [(piece.variant_id, piece.quantity, components_of(piece), False) for piece in waiting]
    inventory.raise_backlog(inventory.changes_of(channel_id, rows))
    _tell(waiting, actor=actor, now=now)


def _tell(waiting: Sequence[Piece], *, actor: Actor, now: datetime) -> None:
    """Goods may have arrived since the sources were read: somebody looks once this has committed."""
    goods = {
        variant_id
        for piece in waiting
        for variant_id in [part.variant_id for part in piece.parts] or [piece.variant_id]
    }
    outbox.publish("orders", BacklogChanged(tuple(sorted(goods))), at=now, actor=actor)
