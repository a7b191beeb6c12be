"""Handing over what was promised: reservations end, and their units leave the books."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from inventory import errors
from inventory.services.batches import DocumentRef, Movement
from inventory.services.picking import LotUnits
from inventory.services.posting import PostedDocument, post_movements
from inventory.services.reserving import lock_open
from inventory.services.wants import OpenReservation
from omni.core import sql
from omni.core.actor import Actor

# A reservation of which a part is fulfilled stays open with the rest; the part becomes a row.
FULFIL = """
WITH part AS MATERIALIZED (
    SELECT reservation.*, row.fulfilled
    FROM unnest((SELECT %(ids)s::bigint[]), %(quantities)s::bigint[]) AS row (reservation_id, fulfilled)
    JOIN inventory_reservation AS reservation ON reservation.id = row.reservation_id
), whole AS (
    UPDATE inventory_reservation AS reservation
    SET status = 'FULFILLED', closed_at = %(now)s::timestamptz, document_id = %(document)s::bigint
    FROM part
    WHERE reservation.id = part.id AND part.fulfilled = part.quantity
), rest AS (
    UPDATE inventory_reservation AS reservation
    SET quantity = part.quantity - part.fulfilled
    FROM part
    WHERE reservation.id = part.id AND part.fulfilled < part.quantity
)
INSERT INTO inventory_reservation
    (variant_id, location_id, quantity, status, source, expires_at, created_at, closed_at, document_id,
     note, actor)
SELECT variant_id, location_id, fulfilled, 'FULFILLED', source, NULL, created_at,
       %(now)s::timestamptz, %(document)s::bigint, note, actor
FROM part
WHERE fulfilled < quantity
ORDER BY id
"""


def fulfil(
    *,
    reservation_ids: Sequence[int],
    document: DocumentRef,
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
    reservation_quantities: Mapping[int, int] | None = None,
    kind: str = "SALE",
    lots: Mapping[int, Sequence[LotUnits]] | None = None,
    channel_id: int | None = None,
    publish: bool = True,
) -> PostedDocument:
    """
    Hand over what was promised: `reserved` and `on_hand` go down together, by rows of a kind (SALE,
    or TRANSFER_OUT).

    `reservation_quantities` names those of which only a part is handed over; such a one keeps its
    id and stays open with the rest. Of tracked variants `lots` names by reservation which lots go;
    else what expires first of what is good for as long as the channel asks.

    Raises:
        ReservationNotOpen: one is not open.
        QuantityExceedsReservation: more is asked for than it holds.
        AlreadyPosted: the document moved stock before.
        LotsRefused, LotNotThere
    """
    parts = _parts(lock_open(reservation_ids), reservation_quantities or {})
    movements = [
        replace(
            _leaving(one, units, kind, (lots or {}).get(one.id, ()), channel_id),
            lapsed=units if one.has_lapsed(now) else 0,
        )
        for one, units in parts
    ]
    posted = post_movements(
        document=document,
        movements=movements,
        actor=actor,
        occurred_at=occurred_at,
        now=now,
        publish=publish,
    )
    close_fulfilled([(one.id, units) for one, units in parts], document_id=posted.id, now=now)
    return posted


def close_fulfilled(parts: Sequence[tuple[int, int]], *, document_id: int, now: datetime) -> None:
    """Of locked reservations (id, units) were handed over by a document, which lowered the levels."""
    sql.fetch_all(
        FULFIL,
        {
            "ids": sql.integers(pk for pk, _ in parts),
            "quantities": sql.integers(units for _, units in parts),
            "document": document_id,
            "now": now,
        },
    )


def _leaving(
    one: OpenReservation, units: int, kind: str, lots: Sequence[LotUnits], channel_id: int | None
) -> Movement:
    """What is handed over of a reservation."""
    return Movement(
        one.variant_id,
        one.location_id,
        -units,
        kind,
        promised=units,
        lots=tuple(lots),
        channel_id=channel_id,
    )


def _parts(
    open_ones: Sequence[OpenReservation], quantities: Mapping[int, int]
) -> list[tuple[OpenReservation, int]]:
    parts = [(one, quantities.get(one.id, one.quantity)) for one in open_ones]
    for one, quantity in parts:
        if not 0 < quantity <= one.quantity:
            raise errors.QuantityExceedsReservation(
                reservation_id=one.id, reserved=one.quantity, requested=quantity
            )
    return parts
