"""Asking connections for the orders that they have: page by page since a cursor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from connectors import ports
from connectors.errors import MessageInvalid, PushFailed
from connectors.models import Connection, InboundFailure, RefusedFile
from connectors.ports import Capability, OrdersPage
from connectors.registry import lacks, reached
from connectors.services.receiving import has_form, keep, take_order
from omni.core import locks, sql
from omni.core.errors import DomainError
from omni.core.idempotency import ClaimInFlight, ClaimMismatch, fingerprint
from orders.models import Order

logger = structlog.get_logger(__name__)

# Of a file's refused lines so many are shown; its report has them all.
SHOWN = 200
LOCK_CLASS = 0x504F4C4C  # "POLL"
# What is away for long is asked less often: each question may keep a thread until its time is up.
LONGEST_REST = timedelta(minutes=2)
POLL_FAILED = """
UPDATE connectors_connection SET
    poll_failures = poll_failures + 1,
    poll_after = CASE WHEN poll_failures > 0 THEN
        statement_timestamp() + least(interval '15 seconds' * 2 ^ least(poll_failures, 10), %(longest)s::interval) END
WHERE id = %(id)s::bigint
"""


def poll_orders(*, connection_id: int, now: datetime) -> int:
    """
    Read the orders since the connection's cursor and take them in; answer how many were read.

    One process at a time polls a connection, and one that failed again and again rests for longer and
    longer: then nothing is read. The cursor moves after its page is booked or kept, so a crash repeats a
    page and loses none; a page without orders moves it too, and is the last of this poll.
    What is just being booked by another delivery is read again by the next poll.
    """
    with locks.sole(LOCK_CLASS, connection_id) as alone:
        connection = Connection.objects.to_poll().filter(pk=connection_id).first() if alone else None
        return _poll(connection, now) if connection else 0


def _poll(connection: Connection, now: datetime) -> int:
    read = 0
    while page := _read_page(connection):
        keep_refused(connection, page.refused, now)
        settled = [_take_polled(connection, data, page.file, now) for data in page.orders]
        read += len(page.orders)
        if page.cursor == connection.orders_cursor or not all(settled):
            break
        connection.orders_cursor = page.cursor
        connection.save(update_fields=["orders_cursor"])
        if not (page.orders or page.refused):
            break
    return read


def _read_page(connection: Connection) -> OrdersPage | None:
    """The orders after the cursor; None where they can't be read, or the kind has none to read."""
    if lacks(connection, Capability.READ_ORDERS):
        return None
    try:
        with reached(connection) as (connector, to):
            to = replace(to, taken=partial(_taken, connection))
            page = connector.read_orders(to, connection.orders_cursor)
    except PushFailed as error:
        logger.warning("poll.failed", connection=connection.code, error=str(error))
        sql.fetch_all(POLL_FAILED, {"id": connection.pk, "longest": LONGEST_REST})
        return None
    if connection.poll_failures:
        Connection.objects.filter(pk=connection.pk).update(poll_failures=0, poll_after=None)
        connection.poll_failures = 0
    return page


def _taken(connection: Connection, numbers: Iterable[str]) -> frozenset[str]:
    """
    Which of these orders are booked, or kept for a person.

    One without form is read again: only the channel can tell it better.
    """
    own = {"external_number__in": list(numbers)}
    booked = Order.objects.filter(channel=connection.channel_id, **own)
    kept = InboundFailure.objects.filter(connection=connection, **own)
    numbers_kept = [each.external_number for each in kept if each.resolved_at or has_form(each.body)]
    return frozenset([*(order.external_number or "" for order in booked), *numbers_kept])


def _take_polled(connection: Connection, data: Mapping[str, Any], file: str, now: datetime) -> bool:
    """Whether the order is booked or kept; nobody hears a refusal, so one without form is kept too."""
    try:
        take_order(connection=connection, data=data, now=now)
    except DomainError as error:
        logger.warning("poll.order-not-taken", connection=connection.code, code=error.code)
        if isinstance(error, MessageInvalid):
            _keep_formless(connection, data, error, now)
        if file and isinstance(error, ClaimMismatch):
            _show_other(connection, data, file, now)
        return not isinstance(error, ClaimInFlight)
    return True


def _show_other(connection: Connection, data: Mapping[str, Any], file: str, now: datetime) -> None:
    """Another order under a number that was taken: what is booked stays, and a person hears of it."""
    line = ports.RefusedLine(0, str(data["order_number"]), "another order was taken under this number")
    shown = RefusedFile.objects.filter(connection=connection, name=file).first()
    if shown is None:
        keep_refused(connection, [ports.RefusedFile(file, False, (line,))], now)
    elif asdict(line) not in shown.lines:
        shown.lines.append(asdict(line))
        shown.count += 1
        shown.save(update_fields=["lines", "count"])


def keep_refused(connection: Connection, files: Sequence[ports.RefusedFile], now: datetime) -> None:
    """Show what can't be taken of files; read again, a file is shown once."""
    for file in files:
        logger.warning("poll.file-refused", connection=connection.code, file=file.name, lines=len(file.lines))
        lines = [asdict(line) for line in file.lines[:SHOWN]]
        RefusedFile.objects.get_or_create(
            connection=connection,
            name=file.name,
            defaults={"whole": file.whole, "count": len(file.lines), "lines": lines, "refused_at": now},
        )


def _keep_formless(connection: Connection, data: Any, error: MessageInvalid, now: datetime) -> None:
    """Under its number; without one under a hash of what came, so that it is kept once."""
    body = data if isinstance(data, dict) else {"data": data}
    number = str(body.get("order_number") or f"?{fingerprint(body).hex()}")
    keep(connection, number.replace("\x00", "")[:64], body, error, now)
