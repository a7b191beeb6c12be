"""A process that is killed between any two steps of taking files neither loses nor doubles an order."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import services
from connectors.models import Connection, RefusedFile
from tests import processes
from tests.connectors.drops import Drop, drop, order_lines
from tests.connectors.test_csv_orders import GOOD, booked, connect, mall

__all__ = ["drop", "mall"]

pytestmark = pytest.mark.django_db(transaction=True)

BAD = "R-7,2026/11/22 12:00,SKU-1,none,1000,0,鈴木"
MOST_STEPS = 60


def dies(mall: Connection, drop: Drop, step: int, log: Path) -> bool:
    """Poll in a process that kills itself before the step; False where it got by with fewer."""
    process = processes.start(
        "tests/connectors/dying_poll.py", str(mall.pk), str(step), log=log, FILE_DROP_ROOT=str(drop.root)
    )
    status = process.wait(60)
    assert status in (0, -9), log.read_text()
    return status == -9


def test_a_poll_that_is_killed_at_any_step_loses_and_doubles_nothing(
    mall: Connection, drop: Drop, tmp_path: Path
) -> None:
    connect(drop, mall, refuse="rows")
    drop.drop("a.csv", order_lines(*GOOD, BAD))
    drop.drop("b.csv", order_lines("R-5,2026/11/22 12:00,SKU-1,1,1000,0,鈴木"))
    drop.drop("c.csv", b"\xff\xfe", age=50)

    # Each process goes on where the last one fell, one step further at least.
    deaths = next(step for step in range(1, MOST_STEPS) if not dies(mall, drop, step, tmp_path / "log"))

    assert deaths > 5
    services.poll_orders(connection_id=mall.pk, now=datetime.now(UTC))
    assert booked() == {"R-1": 2500, "R-2": 1000, "R-5": 1000}
    assert drop.names("archive") == ["a.csv", "b.csv"]
    assert drop.names("quarantine") == ["a.csv.report.csv", "a.csv.rows.csv", "c.csv", "c.csv.report.csv"]
    assert (drop.names("inbox"), drop.names("work")) == ([], [])
    assert RefusedFile.objects.count() == 2
