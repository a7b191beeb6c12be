"""A pusher that is killed between any two steps leaves whole files only, and in the end the truth."""

import json
from pathlib import Path

import pytest

from connectors.models import Connection
from tests import processes
from tests.connectors.drops import Drop, drop
from tests.connectors.test_csv_lanes import WHOLE, mall, mark
from tests.connectors.test_csv_whole_files import shown

__all__ = ["drop", "mall"]

pytestmark = pytest.mark.django_db(transaction=True)


def killed_at_every_step(mall: Connection, drop: Drop, log: Path) -> list[dict[str, dict[str, str]]]:
    """What lay in the outbox after each death, and once another process had pushed."""
    place = str(drop.root / "mall")
    pusher = processes.start(
        "tests/connectors/dying_push.py", str(mall.pk), place, log=log, FILE_DROP_ROOT=str(drop.root)
    )
    assert pusher.wait(120) == 0, log.read_text()
    lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    return [line for line in lines if "died" in line]


def test_a_pusher_that_is_killed_at_any_step_leaves_no_half_file_and_loses_nothing(
    mall: Connection, drop: Drop, tmp_path: Path
) -> None:
    mark(mall, *WHOLE)
    Connection.objects.update(batch_size=3)

    left = killed_at_every_step(mall, drop, tmp_path / "log")

    whole = "商品コード,在庫数\n" + "".join(f"{sku},{at}\n" for sku, at in WHOLE.items())
    assert len(left) > 15
    died = [list(one["died"].values()) for one in left]
    assert (died[0], died[-1]) == ([], [whole])
    assert all(files in ([], [whole]) for files in died)
    assert all(list(one["survived"].values()) == [whole] for one in left)
    assert shown(drop) == WHOLE
