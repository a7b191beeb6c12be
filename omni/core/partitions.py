"""
Monthly partitions of the ledgers, by `recorded_at`.

A ledger has a DEFAULT partition, so that a row is never refused for want of a month; the
scheduled task keeps the months ahead of the clock, and so the default one empty.
"""

from datetime import UTC, date, datetime

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


def months_of(table: str) -> list[date]:
    """The months that have a partition, in no order."""
    names = (name.removeprefix(f"{table}_") for name in _partitions_of(table))
    return [date(int(name[:4]), int(name[5:]), 1) for name in names if name[:4].isdigit()]


def carried_of(table: str) -> list[str]:
    """The partition that stands for months which were archived, if there is one."""
    return [name for name in _partitions_of(table) if name.startswith(f"{table}_carried")]


def _partitions_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(%s)", [table]
        )
        return [row[0] for row in cursor.fetchall()]


def name_of(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def bounds_of(month: date) -> tuple[datetime, datetime]:
    """The first moment of a month's partition, and the first after it."""
    since = datetime(month.year, month.month, 1, tzinfo=UTC)
    return since, _next(since)


def attach(table: str, partition: str, since: str, until: datetime) -> str:
    """The statement; `since` is SQL, for MINVALUE."""
    return f"ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({since}) TO ('{until.isoformat()}')"


def months_back(now: datetime, count: int) -> date:
    """The first day of the month that is `count` months before this one."""
    year, month = divmod(now.year * 12 + now.month - 1 - count, 12)
    return date(year, month + 1, 1)


def month_before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


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
    name = name_of(table, start)
    return name, (
        f"CREATE TABLE {name} PARTITION OF {table} "
        f"FOR VALUES FROM ('{start.isoformat()}') TO ('{_next(start).isoformat()}')"
    )
