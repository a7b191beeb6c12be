"""
Old months of the stock ledger leave for files, and come back.

What has left is carried forward, as in any book: a row for each level and bucket says what all the
archived rows came to. Carried rows stand in a partition of their own, below the oldest month that is
still there, and are replaced whole each time; so the ledger goes on adding up to every figure, and no
row of it is ever changed. Their ids are negative: they come first, and nobody takes them for movements.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from inventory import errors
from inventory.believing import LONGEST_DAYS
from inventory.models import LedgerArchive, StockDocument
from inventory.services import archive_files
from omni.core import db, partitions, sql
from omni.core.actor import Actor

LEDGER = "inventory_stockentry"
# No report looks further back than a year; the month that it begins in is kept too.
KEPT_MONTHS = LONGEST_DAYS // 30 + 2
# Who needs the ledger waits meanwhile: better to give up, and try again at a quieter time.
PATIENCE = "2s"

# A company's rows of the month that are of a day which is not closed, or that are not valued yet.
STILL_OPEN = """
SELECT company.code
FROM inventory_stockentry AS entry
JOIN organisation_location AS location ON location.id = entry.location_id
JOIN organisation_company AS company ON company.id = location.company_id
LEFT JOIN (SELECT company_id, max(month) AS month FROM inventory_closing GROUP BY company_id) AS closed
       ON closed.company_id = company.id
WHERE entry.recorded_at >= %(since)s::timestamptz AND entry.recorded_at < %(until)s::timestamptz
GROUP BY company.code, closed.month
HAVING closed.month IS NULL OR max(entry.business_date) >= closed.month + interval '1 month'
    OR max(entry.id) > (SELECT coalesce(max(entry_id), 0) FROM inventory_valuationcursor)
ORDER BY company.code
"""
OUT_OF_PLACE = f"SELECT count(*) FROM {LEDGER}_default WHERE recorded_at < %(until)s::timestamptz"
FACTS = f"""
SELECT count(*), coalesce(max(id), 0), coalesce(max(document_id), 0)
FROM {LEDGER} WHERE recorded_at >= %(since)s::timestamptz AND recorded_at < %(until)s::timestamptz
"""

# What a carried row says beside what it is of: it was recorded in the last moment before `until`.
CARRIED_COLUMNS = """
    (id, recorded_at, occurred_at, business_date, document_id, kind, reason, actor,
     variant_id, location_id, bucket, delta, balance_after)
SELECT -nextval('inventory_stockentry_id_seq'), %(until)s::timestamptz - interval '1 microsecond',
       %(until)s::timestamptz - interval '1 microsecond', %(until)s::timestamptz::date - 1, %(document)s::bigint,
       'CARRIED', '', %(actor)s::text, found.*
"""
# All that was recorded before: what was carried until now, and the month that leaves.
CARRY_FORWARD = f"""
INSERT INTO {{carried}} {CARRIED_COLUMNS}
FROM (
    SELECT variant_id, location_id, bucket, sum(delta)::bigint AS delta,
           (array_agg(balance_after ORDER BY id DESC))[1] AS balance_after
    FROM {LEDGER} WHERE recorded_at < %(until)s::timestamptz
    GROUP BY variant_id, location_id, bucket
) AS found
WHERE found.delta <> 0
"""
# What was carried until now, less the month that comes back.
CARRY_BACK = f"""
INSERT INTO {{carried}} {CARRIED_COLUMNS}
FROM (
    SELECT variant_id, location_id, bucket, coalesce(carried.delta, 0) - coalesce(month.delta, 0) AS delta,
           coalesce(month.balance_before, carried.balance_after) AS balance_after
    FROM (SELECT * FROM {LEDGER} WHERE recorded_at < %(carried_until)s::timestamptz) AS carried
    FULL JOIN (
        SELECT variant_id, location_id, bucket, sum(delta)::bigint AS delta,
               (array_agg(balance_after - delta ORDER BY id))[1] AS balance_before
        FROM {{month}} GROUP BY variant_id, location_id, bucket
    ) AS month USING (variant_id, location_id, bucket)
) AS found
WHERE found.delta <> 0
"""

# A balance that was wrong, and known to be, stays wrong by as much: its carried row is known too.
UNKNOWN = f"""
SELECT count(*) FROM {{carried}} AS carried
WHERE carried.balance_after <> carried.delta AND NOT EXISTS (
    SELECT FROM {LEDGER} AS entry
    JOIN inventory_stockdocument AS known
      ON known.kind = 'CORRECTION' AND known.number = 'balance:' || entry.id
    WHERE entry.variant_id = carried.variant_id AND entry.location_id = carried.location_id
      AND entry.bucket = carried.bucket AND entry.recorded_at < %(until)s::timestamptz)
"""
KNOW = """
INSERT INTO inventory_stockdocument (kind, number, note, actor, occurred_at)
SELECT 'CORRECTION', 'balance:' || id, 'Carried forward', %(actor)s::text, %(now)s::timestamptz
FROM {carried} WHERE balance_after <> delta
"""


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    month: date
    rows: int
    file_name: str
    sha256: str


def detach_months(*, before: date, archive: Path, actor: Actor, now: datetime) -> Iterator[ArchivedMonth]:
    """
    Move the months before `before` (a first of a month) to files in `archive`, the oldest first, each
    in a transaction of its own; yield each once it is done.

    A month's file is complete and on the disk before the month leaves. Killed at any point, a month
    is in the ledger or in its file and carried; run again, it goes on. Where nothing is left to
    move nothing happens.

    Raises:
        MonthStillRead: reports still look at a month.
        MonthStillOpen: a company has not closed all days of it, or not all of it is valued.
        LedgerOutOfPlace: rows of that time stand outside their month.
        LedgerUnbalanced: a balance is wrong that nobody has looked into.
        LedgerBusy: others are using it, or another detaches just now; try again.
    """
    while (month := oldest_month()) and month < before:
        yield _detach(month, archive, actor, now)


def attach_months(*, since: date, archive: Path, actor: Actor, now: datetime) -> Iterator[ArchivedMonth]:
    """
    Bring the archived months from `since` on back into the ledger, the latest first.

    Raises:
        ArchiveMissing: there is no such file.
        ArchiveDiffers: it is not what was written.
        LedgerBusy: others are using the ledger; try again.
    """
    while (last := LedgerArchive.objects.order_by("month").last()) and last.month >= since:
        yield _attach(last, archive, actor, now)


def oldest_month() -> date | None:
    """The oldest month of the ledger that has a partition."""
    return min(partitions.months_of(LEDGER), default=None)


def _detach(month: date, archive: Path, actor: Actor, now: datetime) -> ArchivedMonth:
    name, (since, until) = partitions.name_of(LEDGER, month), partitions.bounds_of(month)
    params = {"since": since, "until": until, "actor": str(actor), "now": now}
    with db.transaction(), _giving_up():
        _hold_alone()
        _run(f"LOCK TABLE {name} IN SHARE MODE")
        _refuse(month, params, now)
        rows, last_entry, last_document = sql.fetch_all(FACTS, params)[0]
        carried = _carry(CARRY_FORWARD, name, month, params)
        if unknown := sql.fetch_all(UNKNOWN.format(carried=carried), params)[0][0]:
            raise errors.LedgerUnbalanced(balances=unknown)
        sql.fetch_all(KNOW.format(carried=carried), params)
        written = archive_files.write(archive, name, connection)
        LedgerArchive.objects.create(
            month=month,
            rows=rows,
            last_entry_id=last_entry,
            last_document_id=last_document,
            file_name=written.name,
            sha256=written.sha256,
            archived_at=now,
            actor=str(actor),
        )
        _swap(leaving=name, carried=carried, until=until)
    return ArchivedMonth(month, rows, written.name, written.sha256)


def _attach(last: LedgerArchive, archive: Path, actor: Actor, now: datetime) -> ArchivedMonth:
    name, (since, until) = partitions.name_of(LEDGER, last.month), partitions.bounds_of(last.month)
    params = {"until": since, "carried_until": until, "actor": str(actor), "now": now}
    with db.transaction(), _giving_up():
        _hold_alone()
        _make_like_ledger(name)
        archive_files.read(archive, last.file_name, last.sha256, into=name, connection=connection)
        carried = _carry(CARRY_BACK, name, partitions.month_before(last.month), params)
        sql.fetch_all(KNOW.format(carried=carried), params)
        last.delete()
        _swap(coming=(name, since, until), carried=carried, until=since)
    return ArchivedMonth(last.month, last.rows, last.file_name, last.sha256)


def _refuse(month: date, params: dict[str, Any], now: datetime) -> None:
    kept_from = partitions.months_back(now, KEPT_MONTHS)
    if month >= kept_from:
        raise errors.MonthStillRead(month=f"{month:%Y-%m}", kept_from=f"{kept_from:%Y-%m}")
    if companies := sql.fetch_all(STILL_OPEN, params):
        raise errors.MonthStillOpen(month=f"{month:%Y-%m}", companies=[row[0] for row in companies])
    if rows := sql.fetch_all(OUT_OF_PLACE, params)[0][0]:
        raise errors.LedgerOutOfPlace(month=f"{month:%Y-%m}", rows=rows)


def _carry(statement: str, name: str, month: date, params: dict[str, Any]) -> str:
    """Make the rows that carry all up to the end of `month`, in a table that is no part of the ledger yet."""
    document, _ = StockDocument.objects.get_or_create(
        kind=StockDocument.Kind.CARRIED,
        number=f"{month:%Y-%m}",
        defaults={"actor": params["actor"], "occurred_at": params["now"]},
    )
    carried = f"{LEDGER}_carried_{month:%Y_%m}"
    _make_like_ledger(carried)
    sql.fetch_all(statement.format(carried=carried, month=name), {**params, "document": document.pk})
    return carried


def _make_like_ledger(name: str) -> None:
    _run(f"CREATE TABLE {name} (LIKE {LEDGER} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")


def _swap(
    *, leaving: str = "", coming: tuple[str, datetime, datetime] | None = None, carried: str, until: datetime
) -> None:
    """The one moment for which others wait: what stands in the ledger's place of old rows is replaced."""
    statements = []
    for former in (*partitions.carried_of(LEDGER), *([leaving] if leaving else [])):
        statements += [f"ALTER TABLE {LEDGER} DETACH PARTITION {former}", f"DROP TABLE {former}"]
    if coming:
        name, since, to = coming
        statements.append(partitions.attach(LEDGER, name, f"'{since.isoformat()}'", to))
    statements.append(partitions.attach(LEDGER, carried, "MINVALUE", until))
    _run(f"SET LOCAL lock_timeout = '{PATIENCE}'", *statements)


def _hold_alone() -> None:
    _run("LOCK TABLE inventory_ledgerarchive IN SHARE ROW EXCLUSIVE MODE NOWAIT")


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def _giving_up() -> Iterator[None]:
    """Raises LedgerBusy where a lock was not to be had."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise errors.LedgerBusy() from error
        raise
