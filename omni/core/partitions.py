"""
Monthly partitions of the ledgers, by `recorded_at`.

A ledger has a DEFAULT partition, so that a row is never refused for want of a month; the
scheduled task keeps the months ahead of the clock, and so the default one empty.
"""

from datetime import UTC, datetime

from django.db import connection

MONTHS_AHEAD = 3
PARTITIONED = ("inventory_lotentry", "inventory_stockentry", "inventory_valuation", "loyalty_pointentry")


def make_ahead(*, now: datetime) -> list[str]:
    """Create the partitions of this month and the next three; answer the new ones' names."""
    made = []
    with connection.cursor() as cursor:
        for table in PARTITIONED:
            for start in months_from(now, MONTHS_AHEAD + 1):
                name, create = month_partition(table, start)
                cursor.execute("SELECT to_regclass(%s)", [name])
                if cursor.fetchone()[0] is None:
                    cursor.execute(create)
                    made.append(name)
    return made


def months_from(now: datetime, count: int) -> list[datetime]:
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = [first]
    while len(months) < count:
        months.append(_next(months[-1]))
    return months


def _next(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def month_partition(table: str, start: datetime) -> tuple[str, str]:
    """The name and the statement of one month's partition."""
    name = f"{table}_{start:%Y_%m}"
    return name, (
        f"CREATE TABLE {name} PARTITION OF {table} "
        f"FOR VALUES FROM ('{start.isoformat()}') TO ('{_next(start).isoformat()}')"
    )
