"""The consumer of the stock ledger: values its entries in order, each once, a batch a transaction."""

from datetime import date
from typing import Any

from inventory.models import ValuationCursor
from inventory.services import booking
from inventory.services.costs import own
from inventory.services.fencing import pass_fence
from inventory.services.valuing import Books, Entry
from omni.core import db, sql

# A batch is small enough to be lost by a kill, and large enough that its dozen statements cost little.
BATCH = 5000
PATIENCE = 1.0

TAKE_CURSOR = """
SELECT id FROM inventory_valuationcursor WHERE id = 1 FOR NO KEY UPDATE SKIP LOCKED
"""

NEXT = """
SELECT entry.id, entry.recorded_at::text, entry.business_date, entry.variant_id, entry.location_id,
       location.company_id, entry.document_id, entry.kind, entry.delta
FROM inventory_stockentry AS entry
JOIN organisation_location AS location ON location.id = entry.location_id
WHERE entry.id > %(after)s::bigint AND entry.id <= %(fence)s::bigint AND entry.bucket = 'ON_HAND'
ORDER BY entry.id
LIMIT %(limit)s::bigint
"""

CLOSED = "SELECT company_id, max(month) FROM inventory_closing GROUP BY company_id"


def value_entries(*, limit: int = BATCH, patience: float = PATIENCE) -> int:
    """
    Value up to `limit` entries that nothing can come before any more; answer how many.

    Rows, pools, owners' units and the cursor change in one transaction, so a kill at any point
    leaves all or nothing. Whoever holds the cursor is the only one: others answer 0 at once.
    """
    with db.transaction():
        cursor = hold_cursor()
        if cursor is None:
            return 0
        before = (cursor.entry_id, cursor.fence, cursor.lockers)
        entries = _next(cursor, limit=limit, patience=patience)
        if entries:
            _value(entries)
        if before != (cursor.entry_id, cursor.fence, cursor.lockers):
            cursor.save()
        return len(entries)


def hold_cursor() -> ValuationCursor | None:
    """The cursor, locked until the transaction ends; None while somebody else holds it."""
    db.require_transaction()
    if not ValuationCursor.objects.filter(pk=1).exists():
        ValuationCursor.objects.bulk_create([ValuationCursor(pk=1)], ignore_conflicts=True)
    if sql.fetch_one(TAKE_CURSOR) is None:
        return None
    return ValuationCursor.objects.get(pk=1)


def _next(cursor: ValuationCursor, *, limit: int, patience: float) -> list[Entry]:
    if not pass_fence(cursor, patience=patience):
        return []
    entries = _read(cursor, limit)
    cursor.entry_id = entries[-1].id if len(entries) == limit else cursor.fence
    return entries


def _read(cursor: ValuationCursor, limit: int) -> list[Entry]:
    params = {"after": cursor.entry_id, "fence": cursor.fence, "limit": limit}
    return [Entry(*row) for row in sql.fetch_all(NEXT, params)]


def _value(entries: list[Entry]) -> None:
    books = Books(own_id=own().pk)
    booking.load(books, entries)
    for entry in entries:
        books.value(entry)
    booking.store(books, open_months=open_months())


def open_months() -> dict[int, date]:
    """The first month of each company that is not closed."""
    return {company: next_month(month) for company, month in sql.fetch_all(CLOSED)}


def next_month(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def figures() -> dict[str, Any]:
    """How far the valuation is behind the ledger, for those who watch."""
    cursor = ValuationCursor.objects.filter(pk=1).first() or ValuationCursor()
    [[waiting]] = sql.fetch_all(
        "SELECT count(*) FROM inventory_stockentry WHERE id > %(after)s::bigint AND bucket = 'ON_HAND'",
        {"after": cursor.entry_id},
    )
    return {"cursor": cursor.entry_id, "waiting": waiting}
