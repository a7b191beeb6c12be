"""Reads of the stock ledger's months: those in the database, and those that are archived."""

from dataclasses import dataclass
from datetime import date

from inventory.models import LedgerArchive
from omni.core import partitions, sql

LEDGER = "inventory_stockentry"
SIZES = """
SELECT greatest(0, reltuples)::bigint, pg_total_relation_size(oid)
FROM pg_class WHERE oid = %(name)s::text::regclass
"""


@dataclass(frozen=True, slots=True)
class LedgerMonth:
    """`rows` are the planner's estimate while they are in the database; `file` is empty then."""

    month: date
    rows: int
    bytes: int
    file: str = ""


def list_months() -> list[LedgerMonth]:
    """Every month, the oldest first."""
    archived = [
        LedgerMonth(one.month, one.rows, 0, one.file_name) for one in LedgerArchive.objects.order_by("month")
    ]
    return archived + [_sized(month) for month in sorted(partitions.months_of(LEDGER))]


def _sized(month: date) -> LedgerMonth:
    rows, size = sql.fetch_all(SIZES, {"name": partitions.name_of(LEDGER, month)})[0]
    return LedgerMonth(month, rows, size)


def list_to_detach(before: date) -> list[LedgerMonth]:
    return [one for one in list_months() if one.month < before and not one.file]


def list_to_attach(since: date) -> list[LedgerMonth]:
    return [one for one in list_months() if one.month >= since and one.file]
