"""Stock and listings go out as whole files: when all was told, paced, never by halves, whatever dies in between."""

import json
import shutil
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.ports import ListingItem
from tests.conftest import NOW
from tests.connectors.drops import STOCK, Drop, drop
from tests.connectors.test_csv_files import stock

__all__ = ["drop"]

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def agreed(drop: Drop) -> Drop:
    drop.settings = {"stock": STOCK}
    return drop


def shown(drop: Drop) -> dict[str, int]:
    """What the one file in the outbox says."""
    text = drop.one("outbox").read_text(encoding=drop.settings.get("encoding", "utf-8"))
    rows = [row.split(",") for row in text.split()[1:]]
    return {sku: int(available) for sku, available in rows}


def number(drop: Drop) -> int:
    return int(drop.one("outbox").stem.rpartition("_")[2])


def test_many_pushes_make_one_file_once_all_was_told(agreed: Drop) -> None:
    for at in range(20):
        agreed.tell(stock((f"S{at:02}", at)))
        assert agreed.finish(NOW + at * SECOND, drained=False) == ()
    assert agreed.names("outbox") == []

    agreed.finish(NOW + 20 * SECOND)

    assert agreed.names("outbox") == ["stock_mall_000000000001.csv"]
    assert shown(agreed) == {f"S{at:02}": at for at in range(20)}


def test_what_is_told_on_and_on_is_written_after_write_seconds(agreed: Drop) -> None:
    agreed.tell(stock(("A", 1)))
    agreed.finish(NOW, drained=False)
    agreed.finish(NOW + 59 * SECOND, drained=False)
    assert agreed.names("outbox") == []

    agreed.finish(NOW + MINUTE, drained=False)

    assert shown(agreed) == {"A": 1}


def test_one_file_in_write_seconds_at_most(agreed: Drop) -> None:
    for at in range(120):
        agreed.tell(stock(("A", at), version=at + 1))
        agreed.finish(NOW + at * SECOND)
        assert number(agreed) == 1 + at // 60

    agreed.finish(NOW + 120 * SECOND)

    assert (number(agreed), shown(agreed)) == (3, {"A": 119})


@pytest.mark.parametrize(("seconds", "files"), [(0, 3), (1, 3), (2, 2), (3600, 1)])
def test_the_pace_is_the_partners(agreed: Drop, seconds: int, files: int) -> None:
    agreed.settings["write_seconds"] = seconds
    for at in range(3):
        agreed.tell(stock(("A", at), version=at + 1))
        agreed.finish(NOW + at * SECOND)

    assert number(agreed) == files


def test_where_nothing_was_told_since_nothing_is_written_nor_asked(agreed: Drop) -> None:
    agreed.push(stock(("A", 1)))
    before = agreed.one("outbox").stat().st_ino

    agreed.tell(stock(("A", 9), version=0))
    agreed.finish(NOW + timedelta(days=1), known=["A", "B"])

    assert (agreed.one("outbox").stat().st_ino, number(agreed)) == (before, 1)


def test_a_first_file_waits_until_every_sku_was_told(agreed: Drop) -> None:
    agreed.tell(stock(("A", 1)))
    agreed.finish(NOW, drained=False, known=["A", "B"])

    told_again = agreed.finish(NOW + 90 * MINUTE, drained=False, known=["A", "B"])

    assert (told_again, agreed.names("outbox")) == ((), [])
    agreed.tell(stock(("B", 0)))
    agreed.finish(NOW + 91 * MINUTE, drained=False, known=["A", "B"])
    assert shown(agreed) == {"A": 1, "B": 0}


def test_what_nobody_is_about_to_tell_is_asked_for(agreed: Drop) -> None:
    agreed.tell(stock(("A", 1)))

    assert agreed.finish(NOW, drained=True, known=["A", "B", "C"]) == {"B", "C"}

    assert agreed.names("outbox") == []


def test_a_clock_that_was_set_back_holds_no_file_up(agreed: Drop) -> None:
    agreed.tell(stock(("A", 1)))
    agreed.finish(NOW + timedelta(days=1))

    agreed.tell(stock(("A", 2), version=2))
    agreed.finish(NOW)

    assert shown(agreed) == {"A": 2}


def test_a_file_that_can_not_be_written_stays_due(agreed: Drop) -> None:
    agreed.tell(stock(("A", 1)))
    outbox = agreed.place("outbox")
    outbox.rmdir()
    outbox.write_text("a file stands where the directory should")
    with pytest.raises(OSError, match="File exists"):
        agreed.finish(NOW)

    outbox.unlink()
    agreed.finish(NOW + SECOND)

    assert shown(agreed) == {"A": 1}


def test_a_new_file_takes_away_only_its_own_older_ones(agreed: Drop) -> None:
    others = ["listings_mall_000000000001.csv", "stock_mall_b_000000000001.csv", "stock_mall_note.csv"]
    for name in others:
        (agreed.place("outbox") / name).write_text("x")
    agreed.push(stock(("A", 1)))

    agreed.push(stock(("A", 2), version=2))

    assert agreed.names("outbox") == sorted([*others, "stock_mall_000000000002.csv"])


def test_one_that_can_not_be_taken_away_goes_with_the_next(agreed: Drop) -> None:
    agreed.push(stock(("A", 1)))
    stuck = agreed.one("outbox")
    stuck.unlink()
    stuck.mkdir()  # no unlink takes a directory away

    agreed.push(stock(("A", 2), version=2))
    assert agreed.names("outbox") == ["stock_mall_000000000001.csv", "stock_mall_000000000002.csv"]
    stuck.rmdir()
    stuck.write_text("x")
    agreed.push(stock(("A", 3), version=3))

    assert (number(agreed), shown(agreed)) == (3, {"A": 3})


def test_a_lost_memory_numbers_on_above_what_lies_there(agreed: Drop) -> None:
    agreed.push(stock(("A", 1)))
    agreed.push(stock(("A", 2), version=2))
    shutil.rmtree(agreed.place("state"))

    agreed.push(stock(("A", 3), version=3))

    assert (number(agreed), shown(agreed)) == (3, {"A": 3})


def test_what_earlier_versions_remembered_is_taken_over(agreed: Drop) -> None:
    old = {"sequence": 41, "items": {"A": {"sku": "A", "available": 4, "version": 9}}}
    before = agreed.place("state") / "stock.json"
    before.write_text(json.dumps(old))

    agreed.push(stock(("B", 1)))

    assert (number(agreed), shown(agreed), before.exists()) == (42, {"A": 4, "B": 1}, False)
    agreed.tell(stock(("A", 1), version=8))
    agreed.push(stock(("B", 2), version=2))
    assert shown(agreed) == {"A": 4, "B": 2}


def test_stock_and_listings_keep_their_own_pace(drop: Drop) -> None:
    drop.settings = {"stock": STOCK, "listings": ("sku=code", "price=price"), "supersede": True}
    drop.push(stock(("A", 1)))
    drop.tell([ListingItem("A", True, Decimal(500), True, "JPY", 1)], name="listings")

    drop.finish(NOW + drop.later + SECOND, name="listings")

    assert drop.names("outbox") == ["listings_mall_000000000001.csv", "stock_mall_000000000001.csv"]


def test_a_hundred_pushes_write_no_more_than_what_they_bring(agreed: Drop) -> None:
    """What a push costs doesn't grow with what was told before: 20,000 SKUs stay as they are."""
    agreed.push(stock(*((f"S{at:05}", at) for at in range(20_000))))
    database = agreed.place("state") / "stock.sqlite3"
    pages = database.read_bytes()

    agreed.tell(stock(("S00000", 7), version=2))

    after = database.read_bytes()
    changed = sum(pages[at : at + 4096] != after[at : at + 4096] for at in range(0, len(after), 4096))
    assert (len(after), changed <= 6) == (len(pages), True)
