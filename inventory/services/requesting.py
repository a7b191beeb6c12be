"""Asking for goods of another location: they are held there until they are shipped."""

from collections.abc import Sequence
from datetime import date, datetime

from inventory.models import Transfer
from inventory.services.messages import stock_changed
from inventory.services.moving import Line
from inventory.services.reserving import reserve
from inventory.services.transferring import (
    TransferNow,
    finish,
    source_of,
    transfer_changed,
    wanted_of,
    write_lines,
    write_transfer,
)
from inventory.services.wants import Want
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox.publish import publish_all


def request_transfer(
    *,
    origin_id: int,
    destination_id: int,
    lines: Sequence[Line],
    expected_date: date | None = None,
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> TransferNow:
    """
    Ask for (variant, quantity above zero) lines of one location at another.

    They are held at the origin (`transfer:NUMBER:LINE`), so that they can't be sold away until
    they are shipped. What is promised, set aside or safety stock can't be had.

    Raises:
        ClaimInFlight, ClaimMismatch
        SameLocation, KeepsNoStock
        InvalidField: more of a variant than can be moved in one go.
        InsufficientStock: the origin has not enough available; nothing is held.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TransferNow):
            return replayed
        transfer = write_request(
            origin_id=origin_id,
            destination_id=destination_id,
            lines=lines,
            expected_date=expected_date,
            note=note,
            actor=actor,
            now=now,
        )
        pairs = [(line.variant_id, origin_id) for line in transfer.lines.all()]
        return finish(transfer, [], pairs, claim=claim, actor=actor, now=now)


def write_request(
    *,
    origin_id: int,
    destination_id: int,
    lines: Sequence[Line],
    expected_date: date | None = None,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Transfer:
    """
    Write a request, hold its units at the origin and tell of it.

    A building block that locks levels: call it last, and hold the levels of all requests that one
    transaction writes before the first.

    Raises:
        SameLocation, KeepsNoStock
        InvalidField: more of a variant than can be moved in one go.
        InsufficientStock: the origin has not enough available; nothing is held.
    """
    db.require_transaction()
    wanted = wanted_of(origin_id, destination_id, lines)
    transfer = write_transfer(
        origin_id, destination_id, note=note, expected_date=expected_date, actor=actor, now=now
    )
    wants = [
        Want(line.variant_id, origin_id, line.quantity, source_of(transfer, line), line.reservation_id)
        for line in write_lines(transfer, wanted)
    ]
    reserve(wants=wants, expires_at=None, committed=True, actor=actor, now=now, publish=False)
    publish_all([stock_changed(wants), transfer_changed(transfer)], at=now, actor=actor)
    return transfer
