"""
Asking an acquirer about many rows, each for itself.

An attempt is counted, and the next one put off, in a transaction of its own *before* it is made. So
a row that raises, or takes its process down with it, neither stops those behind it nor is asked
without end; two processes at once do not ask about the same one. Nothing is ever given up: it is
money, and staff see what stays without an outcome.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import TypeVar

import structlog
from django.db.models import Q, QuerySet

from omni.core import db
from orders.models import Asked
from orders.payments.port import OutcomeUnknown, Unreachable

logger = structlog.get_logger(__name__)

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=10)
DOUBLINGS = 6
MAX_ERROR = 200

Row = TypeVar("Row", bound=Asked)


def due(now: datetime) -> Q:
    """What may be asked about at `now`: never asked before, or not so lately."""
    return Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)


def ask_each(
    rows: "QuerySet[Row]", ids: Iterable[object], *, now: datetime, ask: Callable[[Row], bool]
) -> int:
    """
    Ask about those of the rows that are due; answer for how many `ask` said that they are settled.

    What `ask` raises is kept on its row, logged with its id, and stops no other.
    """
    return sum(_ask_apart(rows, pk, now=now, ask=ask) for pk in ids)


def _ask_apart(rows: "QuerySet[Row]", pk: object, *, now: datetime, ask: Callable[[Row], bool]) -> bool:
    row = _take(rows, pk, now=now)
    if row is None:
        return False
    try:
        return ask(row)
    except (OutcomeUnknown, Unreachable) as silent:
        _keep(row, f"{type(silent).__name__}: {silent}")
        logger.warning("acquirer.no-outcome", **_named(row), reason=str(silent))
    except Exception as error:
        # Neither keeps the message: a database's may quote the row, and what a buyer wrote in it.
        what = f"{type(error).__name__} {getattr(error.__cause__, 'sqlstate', None) or ''}".rstrip()
        _keep(row, what)
        where = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
        logger.error("acquirer.attempt-failed", **_named(row), error=what, where=where)
    return False


def _take(rows: "QuerySet[Row]", pk: object, *, now: datetime) -> Row | None:
    """Count the attempt; None where it isn't due any more, or somebody else is at it."""
    with db.transaction():
        mine = rows.filter(due(now), pk=pk).select_for_update(no_key=True, skip_locked=True, of=("self",))
        row = mine.first()
        if row is not None:
            row.next_attempt_at = now + min(FIRST_WAIT * 2 ** min(row.attempts, DOUBLINGS), LONGEST_WAIT)
            row.attempts += 1
            row.save(update_fields=["attempts", "next_attempt_at"])
        return row


def _keep(row: Asked, error: str) -> None:
    with db.transaction():
        type(row)._base_manager.filter(pk=row.pk).update(last_error=error[:MAX_ERROR])


def ask_by(row: Asked, moment: datetime) -> None:
    """Have the row asked about at `moment` at the latest."""
    with db.transaction():
        later = type(row)._base_manager.filter(pk=row.pk, next_attempt_at__gt=moment)
        later.update(next_attempt_at=moment)


def _named(row: Asked) -> dict[str, object]:
    return {"kind": row._meta.model_name, "id": str(row.pk), "attempts": row.attempts}
