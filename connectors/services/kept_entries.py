"""Entries of tills that could not be booked at once: tried again by the clock or by a person, or given up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from connectors.errors import InboundSettled
from connectors.models import TillEntry
from connectors.services.feeding import Status, book_entries, claim_of
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import ClaimMismatch, fingerprint

logger = structlog.get_logger(__name__)
PAGE = 200
# Nobody else tries a page for so long. What is left of it by a process that died is due again then.
LEASE = timedelta(minutes=5)
MOST_REASON = 200


def retry_till_entry(*, entry_id: int, now: datetime) -> TillEntry:
    """Book a kept entry again, after what stood in its way is mended; answer it as it is then."""
    entry = TillEntry.objects.select_related("connection__channel").get(pk=entry_id)
    book_entries(connection=entry.connection, entries=[entry], now=now)
    entry.refresh_from_db()
    return entry


def retry_due_entries(*, now: datetime) -> int:
    """
    Book again what is due of all that could not be booked yet, a page at a time; answer how many were.

    An entry waits twice as long after each try, an hour at most (`feeding`). A device's go in its own
    order. What raises is logged, and stops no other; it is due again after the lease.
    """
    booked = 0
    while ids := _lease(now):
        booked += _book_page(ids, now)
    return booked


def _lease(now: datetime) -> list[int]:
    with db.transaction():
        return TillEntry.objects.lease_due(now=now, until=now + LEASE, most=PAGE)


def _book_page(ids: Sequence[int], now: datetime) -> int:
    page = TillEntry.objects.filter(pk__in=ids)
    for entry in page.select_related("connection__channel").order_by("connection", "device", "sequence"):
        try:
            book_entries(connection=entry.connection, entries=[entry], now=now)
        except Exception:
            logger.exception("till-feed.failed", connection=entry.connection.code, entry=entry.pk)
    return page.filter(status=Status.BOOKED).count()


def make_entries_due(*, connection_id: int | None = None, now: datetime) -> int:
    """
    Let the next `retry_due_entries` try all that could not be booked, of one connection or of all; answer how many.

    In its caller's transaction.
    """
    db.require_transaction()
    kept = TillEntry.objects.unsettled()
    if connection_id is not None:
        kept = kept.filter(connection=connection_id)
    return kept.update(next_try_at=now)


def drop_till_entry(*, entry_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """
    Give an entry up, for a reason: it is never booked, however often it is sent.

    Raises:
        InvalidField: no reason is given, or one of over 200 characters.
        InboundSettled: it was booked or dropped meanwhile.
    """
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise InvalidField(field="reason", rule=f"1-to-{MOST_REASON}-characters")
    db.require_transaction()
    entry = TillEntry.objects.for_update_by_id(entry_id)
    if entry.status in (Status.BOOKED, Status.DROPPED):
        raise InboundSettled(external_number=str(entry))
    _use_up_claim(entry, now)
    entry.status, entry.drop_reason, entry.actor = Status.DROPPED, reason.strip(), str(actor)
    entry.body, entry.settled_at = {}, now
    entry.save()


def _use_up_claim(entry: TillEntry, now: datetime) -> None:
    """One that is being booked finds its claim used, or keeps it from being dropped."""
    claim = replace(claim_of(entry.connection, entry), fingerprint=fingerprint({"dropped": entry.pk}))
    try:
        idempotency.claim(claim, result_type=dict)
    except ClaimMismatch as booked:
        raise InboundSettled(external_number=str(entry)) from booked
    idempotency.settle(claim, {"dropped": entry.pk}, now=now)
