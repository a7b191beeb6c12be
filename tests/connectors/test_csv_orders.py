"""Orders that partners drop as files: each lands once, none by halves, and what is bad is shown."""

import csv
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import selectors, services
from connectors.admin.connections import settings_help
from connectors.models import Connection, InboundFailure, RefusedFile
from connectors.services import polling
from omni.core import db
from omni.core.actor import SYSTEM
from orders.models import Order
from tests import factories
from tests.connectors.drops import ORDERS, Drop, drop, order_lines
from tests.threads import at_once

__all__ = ["drop"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mall(drop: Drop, transactional_db: None) -> Connection:
    """A partner that sells SKU-1 and SKU-2 and drops its orders."""
    factories.tender("external", "EXTERNAL", refund_route="CHANNEL")
    channel, location = factories.channel(code="mall"), factories.location()
    factories.source(channel, location)
    for sku in ("SKU-1", "SKU-2"):
        variant = factories.variant(sku=sku)
        factories.listing(variant, channel)
        factories.stock(variant, location, 100)
    return connect(drop, Connection(code="mall", name="Mall", kind="csv", channel=channel))


def connect(drop: Drop, connection: Connection, **settings: Any) -> Connection:
    drop.settings = {"orders": ORDERS, **settings}
    connection.settings = {**drop.settings, "orders": list(drop.settings["orders"])}
    with db.transaction():
        services.save_connection(connection=connection, actor=SYSTEM, now=datetime.now(UTC))
    return connection


def poll(connection: Connection) -> int:
    return services.poll_orders(connection_id=connection.pk, now=datetime.now(UTC))


def booked() -> dict[str, int]:
    return {order.external_number: int(order.total) for order in Order.objects.order_by("external_number")}


def reported(drop: Drop) -> list[list[str]]:
    content = drop.one("quarantine", ".report.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(content.splitlines()))[1:]


GOOD = (
    'R-1,2026/11/22 12:00,SKU-1,2,"2,000",0,山田 花子',
    "R-2,2026/11/22 12:30,SKU-1,1,1000,0,髙﨑 ﾊﾝｶｸ①",
    "R-1,2026/11/22 12:00,SKU-2,1,500,0,山田 花子",
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-bom", "cp932"])
def test_orders_are_booked_once_and_their_file_is_archived(
    mall: Connection, drop: Drop, encoding: str
) -> None:
    connect(drop, mall, encoding=encoding)
    mark = b"\xef\xbb\xbf" if encoding == "utf-8-bom" else b""
    codec = "cp932" if encoding == "cp932" else "utf-8"
    drop.drop("受注.csv", mark + order_lines(*GOOD).encode(codec))

    assert poll(mall) == 2
    assert poll(mall) == 0

    assert booked() == {"R-1": 2500, "R-2": 1000}
    second = Order.objects.get(external_number="R-2")
    assert second.contact.name == "髙﨑 ﾊﾝｶｸ①"
    assert second.placed_at == datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
    assert (drop.names("archive"), drop.names("inbox"), drop.names("work")) == (["受注.csv"], [], [])


def test_what_a_mall_bears_and_issues_stands_in_its_file(mall: Connection, drop: Drop) -> None:
    more = ("channel_points=ポイント|,", "channel_coupons=クーポン|,", "invoice_issuer='channel")
    connect(drop, mall, orders=(*ORDERS, *more))
    header, line = order_lines('R-1,2026/11/22 12:00,SKU-1,2,"2,000",0,山田 花子').splitlines()
    drop.drop("orders.csv", f'{header},ポイント,クーポン\n{line},"1,200",\n')

    assert poll(mall) == 1

    order = Order.objects.get()
    paid = dict(order.payments.values_list("tender_type__code", "captured_amount"))
    assert (paid, order.discount_amount) == ({"external": 800, "channel-points": 1200}, 0)
    assert order.invoice_issuer == "CHANNEL"


def test_the_same_orders_in_another_file_land_once(mall: Connection, drop: Drop) -> None:
    drop.drop("a.csv", order_lines(*GOOD))
    drop.drop("b.csv", order_lines(*GOOD[1:2]))

    poll(mall)

    assert booked() == {"R-1": 2500, "R-2": 1000}
    assert drop.names("archive") == ["a.csv", "b.csv"]


def test_a_file_that_is_being_written_is_left_alone(mall: Connection, drop: Drop) -> None:
    drop.drop("a.csv", order_lines(*GOOD[:1]), age=0)

    assert (poll(mall), booked(), drop.names("inbox")) == (0, {}, ["a.csv"])


def test_a_file_is_taken_with_its_marker_where_that_is_agreed(mall: Connection, drop: Drop) -> None:
    connect(drop, mall, ready="done")
    drop.drop("a.csv", order_lines(*GOOD))
    assert poll(mall) == 0

    drop.drop("a.csv.done", "")

    assert poll(mall) == 2
    assert drop.names("inbox") == []


def test_a_bad_line_refuses_the_file_and_says_why(mall: Connection, drop: Drop) -> None:
    bad = ("R-3,2026-11-22,SKU-1,two,1000,0,鈴木", "R-4,2026/11/22 12:00,SKU-1,1,,0,佐藤")
    drop.drop("a.csv", order_lines(*GOOD, *bad))

    poll(mall)

    assert booked() == {}
    assert drop.names("quarantine") == ["a.csv", "a.csv.report.csv"]
    assert reported(drop) == [
        ["5", "受注日時", "2026-11-22", "must be a time of the form %Y/%m/%d %H:%M"],
        ["5", "数量", "two", "must be a number, not negative and without commas"],
        ["6", "金額", "", "must not be empty"],
    ]
    shown = RefusedFile.objects.get()
    assert (shown.whole, shown.count, shown.lines[2]) == (
        True,
        3,
        {"line": 6, "column": "金額", "rule": "must not be empty"},
    )
    health = selectors.get_health(connection_id=mall.pk)
    assert (health.files_refused, health.amiss) == (1, True)


def test_by_rows_good_orders_are_taken_and_a_bad_one_is_kept_whole(mall: Connection, drop: Drop) -> None:
    connect(drop, mall, refuse="rows")
    half = ("R-3,2026/11/22 12:00,SKU-1,1,1000,0,鈴木", "R-3,2026/11/22 12:00,SKU-2,0,500,0,鈴木")
    drop.drop("a.csv", order_lines(half[0], *GOOD, half[1]))

    poll(mall)

    assert booked() == {"R-1": 2500, "R-2": 1000}
    assert drop.names("archive") == ["a.csv"]
    rows = drop.one("quarantine", ".rows.csv").read_bytes().decode()
    assert rows == order_lines(*half)
    assert reported(drop) == [["6", "数量", "0", "must be a whole number from 1"]]
    assert RefusedFile.objects.get().whole is False


def test_lines_that_were_mended_are_taken_when_they_are_dropped_again(mall: Connection, drop: Drop) -> None:
    connect(drop, mall, refuse="rows")
    drop.drop("a.csv", order_lines(*GOOD, "R-3,2026/11/22 12:00,SKU-1,x,1000,0,鈴木"))
    poll(mall)

    drop.drop("a.csv", drop.one("quarantine", ".rows.csv").read_text(encoding="utf-8").replace(",x,", ",1,"))
    poll(mall)

    assert booked() == {"R-1": 2500, "R-2": 1000, "R-3": 1000}
    with db.transaction():
        services.settle_refused(file_id=RefusedFile.objects.get().pk, actor=SYSTEM, now=datetime.now(UTC))
    assert selectors.get_health(connection_id=mall.pk).files_refused == 0


def test_a_line_of_nobodys_order_refuses_the_file(mall: Connection, drop: Drop) -> None:
    connect(drop, mall, refuse="rows")
    drop.drop("a.csv", order_lines(*GOOD[:1], ",2026/11/22 12:00,SKU-2,1,500,0,山田 花子"))

    poll(mall)

    assert (booked(), drop.names("quarantine")) == ({}, ["a.csv", "a.csv.report.csv"])


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        (b"\x83\x00\xff\r\n", [["1", "", "83 00 ff 0d", "is not utf-8"]]),
        ("受注番号,商品コード\r\nR-1,SKU-1\r\n".encode(), None),
        ((order_lines() + 'R-1,"2026/11/22 12:00,SKU-1').encode(), None),
    ],
    ids=["bytes", "header", "quotes"],
)
def test_what_is_no_such_file_is_refused(
    mall: Connection, drop: Drop, content: bytes, reasons: list[list[str]] | None
) -> None:
    drop.drop("a.csv", content)

    poll(mall)

    assert (booked(), drop.names("quarantine")) == ({}, ["a.csv", "a.csv.report.csv"])
    if reasons:
        assert reported(drop)[0][:2] == reasons[0][:2]
        assert reported(drop)[0][3] == reasons[0][3]


def test_lines_of_an_order_that_disagree_refuse_it(mall: Connection, drop: Drop) -> None:
    connect(drop, mall, refuse="rows")
    drop.drop("a.csv", order_lines(GOOD[0], GOOD[1], "R-1,2026/11/22 12:00,SKU-2,1,500,300,山田 花子"))

    poll(mall)

    assert booked() == {"R-2": 1000}
    assert reported(drop) == [["4", "送料", "300", "differs from line 2 of the same order"]]


def test_an_unknown_sku_is_kept_as_of_any_channel(mall: Connection, drop: Drop) -> None:
    drop.drop("a.csv", order_lines(*GOOD[:2], "R-9,2026/11/22 12:00,NOWHERE,1,500,0,山田 花子"))

    poll(mall)

    assert (booked(), drop.names("archive")) == ({"R-1": 2000, "R-2": 1000}, ["a.csv"])
    assert InboundFailure.objects.get().external_number == "R-9"


def test_another_order_under_a_number_that_was_taken_is_shown(mall: Connection, drop: Drop) -> None:
    drop.drop("a.csv", order_lines(GOOD[1]))
    poll(mall)

    drop.drop("b.csv", order_lines(GOOD[1].replace(",1,1000,", ",9,9000,")))
    poll(mall)

    assert booked() == {"R-2": 1000}
    shown = RefusedFile.objects.get()
    assert (shown.name.split("__")[1], shown.whole, shown.count) == ("b.csv", False, 1)
    assert shown.lines == [{"line": 0, "column": "R-2", "rule": "another order was taken under this number"}]


def test_pollers_at_once_book_each_order_once(mall: Connection, drop: Drop) -> None:
    for number in range(12):
        drop.drop(f"{number}.csv", order_lines(f"R-{number},2026/11/22 12:00,SKU-1,1,1000,0,鈴木"))

    at_once([lambda: poll(mall)] * 4)
    poll(mall)

    assert booked() == {f"R-{number}": 1000 for number in range(12)}
    assert sorted(drop.names("archive")) == sorted(f"{number}.csv" for number in range(12))
    assert drop.names("work") == []


def test_a_file_stays_in_work_until_its_orders_are_settled(
    mall: Connection, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.drop("a.csv", order_lines(*GOOD))
    taking = polling.take_order
    monkeypatch.setattr(polling, "take_order", _fails)
    with pytest.raises(OSError, match="the database went away"):
        poll(mall)
    assert (drop.names("work"), booked()) == (["a.csv"], {})
    monkeypatch.setattr(polling, "take_order", taking)

    poll(mall)

    assert (drop.names("archive"), booked()) == (["a.csv"], {"R-1": 2500, "R-2": 1000})


def _fails(**_: Any) -> None:
    raise OSError("the database went away")


def test_the_settings_of_a_kind_stand_in_the_admins_form() -> None:
    assert "csv: “refuse”" in settings_help()
