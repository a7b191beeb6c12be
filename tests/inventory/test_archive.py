"""Old months of the ledger leave for files and come back; every figure stays explained meanwhile."""

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from catalog.models import Variant
from inventory import errors, verification
from inventory import services as inventory
from inventory.models import LedgerArchive, Reservation, StockDocument, StockEntry, StockLevel, Valuation
from omni.core import partitions
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from omni.core.tasks import make_partitions
from organisation.models import Location
from tests import factories, processes
from tests.inventory.valuing import NOW, post, value_all

pytestmark = pytest.mark.django_db(transaction=True)

TOKYO = ZoneInfo("Asia/Tokyo")
LEDGER = "inventory_stockentry"
JANUARY, FEBRUARY, MARCH = (date(2025, month, 1) for month in (1, 2, 3))


@pytest.fixture(autouse=True)
def old_months() -> Iterator[None]:
    """Partitions of the first two months of 2025; gone again afterwards, whatever became of them."""
    with connection.cursor() as cursor:
        for month in (JANUARY, FEBRUARY):
            cursor.execute(partitions.month_partition(LEDGER, partitions.bounds_of(month)[0])[1])
    yield
    old = [partitions.name_of(LEDGER, month) for month in partitions.months_of(LEDGER) if month < MARCH]
    with connection.cursor() as cursor:
        for name in [*old, *partitions.carried_of(LEDGER)]:
            cursor.execute(f"DROP TABLE {name}")


@pytest.fixture
def tea() -> Variant:
    return factories.variant(sku="TEA")


@pytest.fixture
def shop() -> Location:
    return factories.location(code="shibuya")


@pytest.fixture
def history(tea: Variant, shop: Location) -> StockLevel:
    """Ten received and four sold in January, one damaged in February, two sold in November 2026."""
    january = datetime(2025, 1, 10, 3, tzinfo=UTC)
    record(tea, shop, "RECEIPT", 10, 10, january)
    sold = record(tea, shop, "SALE", -4, 6, january)
    record(tea, shop, "ADJUSTMENT", 1, 1, datetime(2025, 2, 3, tzinfo=UTC), bucket="DAMAGED")
    level = StockLevel.objects.create(variant=tea, location=shop, on_hand=6, damaged=1)
    Reservation.objects.create(
        variant=tea, location=shop, quantity=4, status="FULFILLED", document=sold, source="order:1:1",
        created_at=january, closed_at=january,
    )  # fmt: skip
    post("SALE", (tea, shop, -2))
    value_all()
    return level


def record(
    tea: Variant, shop: Location, kind: str, delta: int, balance: int, at: datetime, bucket: str = "ON_HAND"
) -> StockDocument:
    """A ledger row of another time; its day is Tokyo's."""
    document = StockDocument.objects.create(
        kind="ADJUSTMENT", number=f"old-{factories.number()}", actor="system:test", occurred_at=at
    )
    StockEntry.objects.create(
        recorded_at=at, occurred_at=at, business_date=at.astimezone(TOKYO).date(), variant=tea,
        location=shop, document=document,
        bucket=bucket, kind=kind, reason="", delta=delta, balance_after=balance, actor="system:test",
    )  # fmt: skip
    return document


def close(shop: Location, *months: date) -> None:
    for month in months:
        inventory.close_month(
            company_id=shop.company_id,
            month=month,
            claim=Claim.of(actor=SYSTEM, operation="close", key=f"{month}", request={}),
            actor=SYSTEM,
            now=NOW,
        )


def detach(archive: Path, before: date = MARCH, now: datetime = NOW) -> list[inventory.ArchivedMonth]:
    return list(inventory.detach_months(before=before, archive=archive, actor=SYSTEM, now=now))


def attach(archive: Path, since: date = JANUARY) -> list[inventory.ArchivedMonth]:
    return list(inventory.attach_months(since=since, archive=archive, actor=SYSTEM, now=NOW))


def ledger() -> list[tuple[object, ...]]:
    """All rows that are movements."""
    return list(StockEntry.objects.exclude(kind="CARRIED").order_by("id").values_list())


def carried() -> list[tuple[object, ...]]:
    rows = StockEntry.objects.filter(kind="CARRIED").order_by("bucket")
    return list(rows.values_list("bucket", "delta", "balance_after", "business_date"))


def parts() -> set[date]:
    return {month for month in partitions.months_of(LEDGER) if month < MARCH}


def test_an_archived_month_is_carried_forward(tmp_path: Path, history: StockLevel, shop: Location) -> None:
    """Six on hand and one damaged were left at the end of February; two were sold since: four."""
    before = ledger()
    close(shop, JANUARY, FEBRUARY)

    moved = detach(tmp_path)

    assert [(one.month, one.rows) for one in moved] == [(JANUARY, 2), (FEBRUARY, 1)]
    assert ledger() == before[3:]
    day = date(2025, 2, 28)
    assert carried() == [("DAMAGED", 1, 1, day), ("ON_HAND", 6, 6, day)]
    assert (StockLevel.objects.get().on_hand, StockEntry.objects.latest("id").balance_after) == (4, 4)
    assert verification.find_drifts() == []
    assert parts() == set()
    lines = gzip.decompress((tmp_path / f"{LEDGER}_2025_01.csv.gz").read_bytes()).decode().splitlines()
    assert [line.split(",")[10:12] for line in lines] == [
        ["delta", "balance_after"],
        ["10", "10"],
        ["-4", "6"],
    ]


def test_a_second_run_does_nothing(tmp_path: Path, history: StockLevel, shop: Location) -> None:
    close(shop, JANUARY, FEBRUARY)
    detach(tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    rows, told = (
        list(StockEntry.objects.order_by("id").values_list()),
        list(LedgerArchive.objects.values_list()),
    )

    assert detach(tmp_path) == []

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert list(StockEntry.objects.order_by("id").values_list()) == rows
    assert list(LedgerArchive.objects.values_list()) == told


def test_what_comes_back_is_what_left(tmp_path: Path, history: StockLevel, shop: Location) -> None:
    before = ledger()
    close(shop, JANUARY, FEBRUARY)
    moved = detach(tmp_path)

    back = attach(tmp_path, since=FEBRUARY)

    assert [one.month for one in back] == [FEBRUARY]
    assert (ledger(), parts()) == (before[2:], {FEBRUARY})
    assert carried() == [("ON_HAND", 6, 6, date(2025, 1, 31))]
    assert verification.find_drifts() == []
    assert [one.month for one in attach(tmp_path)] == [JANUARY]
    assert (ledger(), carried(), parts()) == (before, [], {JANUARY, FEBRUARY})
    assert verification.find_drifts() == []
    assert [one.sha256 for one in detach(tmp_path)] == [one.sha256 for one in moved]
    assert verification.find_drifts() == []


def test_a_row_that_came_back_is_as_immutable_as_before(
    tmp_path: Path, history: StockLevel, shop: Location
) -> None:
    close(shop, JANUARY, FEBRUARY)
    detach(tmp_path)
    attach(tmp_path, since=FEBRUARY)

    for kind in ("CARRIED", "ADJUSTMENT"):
        with pytest.raises(Exception, match="never changed"):
            StockEntry.objects.filter(kind=kind).update(delta=5)


def test_an_open_month_stays(tmp_path: Path, history: StockLevel, shop: Location) -> None:
    """January is closed and leaves; February is open, and what is after it stays too."""
    close(shop, JANUARY)

    with pytest.raises(errors.MonthStillOpen) as refused:
        detach(tmp_path)

    assert refused.value.data() == {"month": "2025-02", "companies": [shop.company.code]}
    assert [path.name for path in tmp_path.iterdir()] == [f"{LEDGER}_2025_01.csv.gz"]
    assert (parts(), LedgerArchive.objects.count()) == ({FEBRUARY}, 1)
    assert verification.find_drifts() == []


def test_a_day_of_the_next_month_keeps_its_month_open(tmp_path: Path, tea: Variant, shop: Location) -> None:
    """16:00 in London on 31 January is 1 February in Tokyo: January's file would hold an open day."""
    record(tea, shop, "RECEIPT", 10, 10, datetime(2025, 1, 31, 14, tzinfo=UTC))
    record(tea, shop, "SALE", -1, 9, datetime(2025, 1, 31, 16, tzinfo=UTC))
    value_all()
    close(shop, JANUARY)

    with pytest.raises(errors.MonthStillOpen):
        detach(tmp_path, before=FEBRUARY)

    close(shop, FEBRUARY)
    assert [one.rows for one in detach(tmp_path, before=FEBRUARY)] == [2]


def test_what_reports_look_at_stays(tmp_path: Path, history: StockLevel, shop: Location) -> None:
    """Fourteen months are kept: on 31 March 2026 January 2025 may leave, February may not."""
    close(shop, JANUARY, FEBRUARY)

    with pytest.raises(errors.MonthStillRead) as refused:
        detach(tmp_path, now=datetime(2026, 3, 31, tzinfo=UTC))

    assert refused.value.data() == {"month": "2025-01", "kept_from": "2025-01"}
    assert [one.month for one in detach(tmp_path, before=FEBRUARY, now=datetime(2026, 4, 1, tzinfo=UTC))] == [
        JANUARY
    ]


def test_books_that_do_not_add_up_are_not_archived(tmp_path: Path, tea: Variant, shop: Location) -> None:
    """A row says 7 where ten and minus four are 6. Acknowledged, it may leave, and stays acknowledged."""
    record(tea, shop, "RECEIPT", 10, 10, datetime(2025, 1, 10, tzinfo=UTC))
    record(tea, shop, "SALE", -4, 7, datetime(2025, 2, 5, tzinfo=UTC))
    StockLevel.objects.create(variant=tea, location=shop, on_hand=6)
    value_all()
    close(shop, JANUARY, FEBRUARY)

    with pytest.raises(errors.LedgerUnbalanced):
        detach(tmp_path)

    assert (parts(), LedgerArchive.objects.count()) == ({FEBRUARY}, 1)
    verification.repair(verification.find_drifts(), actor=SYSTEM, now=NOW)
    assert [one.month for one in detach(tmp_path)] == [FEBRUARY]
    assert carried() == [("ON_HAND", 6, 7, date(2025, 2, 28))]
    assert verification.find_drifts() == []
    attach(tmp_path)
    assert verification.find_drifts() == []


def test_a_file_that_was_changed_does_not_come_back(
    tmp_path: Path, history: StockLevel, shop: Location
) -> None:
    close(shop, JANUARY, FEBRUARY)
    detach(tmp_path)
    rows = list(StockEntry.objects.order_by("id").values_list())
    file = tmp_path / f"{LEDGER}_2025_02.csv.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"DAMAGED", b"ON_HAND")))

    with pytest.raises(errors.ArchiveDiffers):
        attach(tmp_path)

    assert list(StockEntry.objects.order_by("id").values_list()) == rows
    file.unlink()
    with pytest.raises(errors.ArchiveMissing):
        attach(tmp_path)
    assert LedgerArchive.objects.count() == 2


def test_who_reads_the_ledger_is_not_waited_for_long(
    tmp_path: Path, history: StockLevel, shop: Location
) -> None:
    """A report holds the ledger: the month stays. Without it the same call goes through."""
    close(shop, JANUARY, FEBRUARY)
    before = ledger()

    with psycopg.connect(processes.environment()["DATABASE_URL"]) as report:
        report.execute(f"SELECT count(*) FROM {LEDGER}")
        with pytest.raises(errors.LedgerBusy):
            detach(tmp_path)

    assert (ledger(), parts(), LedgerArchive.objects.count()) == (before, {JANUARY, FEBRUARY}, 0)
    assert len(detach(tmp_path)) == 2


@pytest.mark.parametrize("step", [2, 5, 10])
def test_killed_anywhere_it_goes_on(tmp_path: Path, history: StockLevel, shop: Location, step: int) -> None:
    """Each of two months has five steps: flush, rename, flush of the directory, swap, commit."""
    close(shop, JANUARY, FEBRUARY)
    before = ledger()

    killed = subprocess.run(
        [sys.executable, "tests/inventory/dying_archive.py", str(tmp_path), str(step)],
        cwd=processes.ROOT, env=processes.environment(), check=False,
    )  # fmt: skip

    assert killed.returncode == -signal.SIGKILL
    assert verification.find_drifts() == []
    left = 2 if step <= 5 else 1
    assert (len(parts()), LedgerArchive.objects.count()) == (left, 2 - left)
    assert [one.month for one in detach(tmp_path)] == [JANUARY, FEBRUARY][2 - left :]
    assert ledger() == before[3:]
    assert verification.find_drifts() == []
    assert not list(tmp_path.glob(".*.part"))


def test_without_its_carried_rows_the_ledger_explains_nothing(
    tmp_path: Path, history: StockLevel, shop: Location
) -> None:
    """The control: verification does look at them."""
    close(shop, JANUARY, FEBRUARY)
    detach(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {partitions.carried_of(LEDGER)[0]}")

    found = {(drift.kind, drift.what) for drift in verification.find_drifts()}

    assert {("stock-counter", "on_hand"), ("stock-counter", "damaged")} <= found


def test_the_command_shows_and_moves_months(tmp_path: Path, history: StockLevel, shop: Location) -> None:
    close(shop, JANUARY)

    planned = run("detach", "--before", "2025-03", "--archive", str(tmp_path), "--dry-run")
    with pytest.raises(CommandError, match="month-still-open"):
        run("detach", "--before", "2025-03", "--archive", str(tmp_path))
    shown = run("months", "--json")

    assert [line.split()[0] for line in planned.splitlines()] == ["2025-01", "2025-02"]
    first, second = (json.loads(line) for line in shown.splitlines()[:2])
    assert (first["month"], first["rows"], first["file"]) == ("2025-01-01", 2, f"{LEDGER}_2025_01.csv.gz")
    assert (second["month"], second["file"]) == ("2025-02-01", "")
    assert run("attach", "--since", "2025-01", "--archive", str(tmp_path)).startswith("2025-01")
    with pytest.raises(CommandError, match="--before"):
        run("detach")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("ledger", *arguments, stdout=out)
    return out.getvalue()


def test_partitions_are_made_ahead_once() -> None:
    """The task's months are there, this one and the next three; a second run makes none."""
    make_partitions()
    months = partitions.months_of(LEDGER)
    this = datetime.now(UTC)

    assert {month.date() for month in partitions.months_from(this, 4)} <= set(months)
    make_partitions()
    assert sorted(partitions.months_of(LEDGER)) == sorted(months)
    later = partitions.months_from(datetime(2031, 11, 30, tzinfo=UTC), 4)
    assert [f"{month:%Y-%m}" for month in later] == ["2031-11", "2031-12", "2032-01", "2032-02"]
    assert partitions.months_back(datetime(2026, 3, 1, tzinfo=UTC), 14) == JANUARY
    assert [partitions.month_before(month) for month in (JANUARY, MARCH)] == [date(2024, 12, 1), FEBRUARY]


def test_valuation_of_archived_rows_stays(tmp_path: Path, history: StockLevel, shop: Location) -> None:
    close(shop, JANUARY, FEBRUARY)
    before = list(Valuation.objects.order_by("id").values_list())

    detach(tmp_path)

    assert list(Valuation.objects.order_by("id").values_list()) == before
