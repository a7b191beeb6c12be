"""An afternoon without the network: what a till takes along, does by itself, and brings back."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Price
from inventory.models import Discrepancy, StockLevel
from loyalty import services as loyalty
from loyalty.selectors import balance_of
from omni.core import clock, db
from omni.core.actor import SYSTEM
from orders.models import Order, Payment
from tests import factories
from tests.tills.device import Device
from tests.tills.tills import Counter, post
from tills import chain, signing, verification
from tills.models import CashSession, JournalEntry, ReceiptBlock, TillRecord, TillTask
from tills.services import journals
from tills.services.receipts import explain_gaps

pytestmark = pytest.mark.django_db(transaction=True)

MEMBER = "2900000000017"


@pytest.fixture
def counter() -> Counter:
    counter = Counter.build(now=clock.now(), stock=3)
    counter.open(now=clock.now())
    return counter


@pytest.fixture
def device(counter: Counter) -> Device:
    device = Device(counter.client(), counter.till.code, signing.public_key())
    device.prepare()
    return device


def reprice(counter: Counter, price: int) -> None:
    """The shop asks another price than the device was told."""
    Price.objects.create(
        variant=counter.variant, currency="JPY", location=counter.shop.location, amount=Decimal(price),
        valid_from=factories.EARLY,
    )  # fmt: skip


def ago(minutes: int) -> datetime:
    return clock.now() - timedelta(minutes=minutes)


def test_an_offline_afternoon_at_a_till(counter: Counter, device: Device) -> None:
    """Four sales, a void, cash in, a spoilt number, the day closed meanwhile: all of it is in the books once."""
    sku = counter.variant.sku
    first = device.sell(sku, ago(90))
    second = device.sell(sku, ago(80), 2)
    device.write("void", ago(70), {"receipt_number": first, "reason": "wrong article"})
    device.write("cash", ago(65), {"direction": "IN", "amount": "500", "reason": "CHANGE"})
    device.write("spoil", ago(62), {"numbers": [3], "reason": "paper jam"})
    device.numbers.pop(0)
    third = device.sell(sku, ago(60), 3)
    # In the office the drawer is closed before the line is back.
    counter.close(30, now=clock.now())
    device.write("return", ago(30), {"receipt_number": third, "lines": [{"code": sku}], "reason": "size"})

    early = device.upload()
    opened = counter.open(now=clock.now(), float_=33)
    late = device.upload(device.journal)
    again = device.upload(device.journal)

    # Cash belongs to an open day, so it waited; the rest was booked at once, for the day to come.
    assert [entry["status"] for entry in early.json()["entries"]] == [
        *["BOOKED"] * 3,
        "FAILED",
        *["BOOKED"] * 3,
    ]
    assert opened.late == 5
    assert {entry["status"] for entry in late.json()["entries"]} == {"BOOKED"}
    assert late.content == again.content
    assert late.json()["last_sequence"] == 7
    numbers = [f"{counter.shop.location.code}.{each}" for each in (first, second, third)]
    assert list(Order.objects.order_by("pk").values_list("number", flat=True)) == numbers
    # 3 − 1 − 2 + 1 − 3 + 1, and below zero for a while: inventory told of it.
    assert StockLevel.objects.get(variant=counter.variant).on_hand == -1
    assert Discrepancy.objects.filter(kind="BELOW_ZERO").exists()
    session = CashSession.objects.get(status="OPEN")
    assert set(TillRecord.objects.values_list("session", "offline")) == {(session.pk, True)}
    # 33,000 + 1,000 − 1,000 + 2,000 + 3,000 − 1,000 + 500
    assert counter.close(37, now=clock.now()).expected == 37_500
    assert JournalEntry.objects.exclude(payload={}).count() == 0
    assert explain_gaps(ReceiptBlock.objects.get()) == {3: "paper jam"}
    assert verification.find_drifts() == []
    assert not TillTask.objects.filter(resolved_at=None).exclude(kind="OVER_SHORT").exists()


def test_a_gap_is_detected_shown_and_healed(counter: Counter, device: Device) -> None:
    for minutes in (9, 8, 7):
        device.sell(counter.variant.sku, ago(minutes))

    refused = device.upload(device.journal[1:])
    nothing = (Order.objects.count(), JournalEntry.objects.count())
    healed = device.upload(device.journal)

    body = refused.json()
    assert (refused.status_code, body["code"], body["expected_sequence"]) == (409, "journal-gap", 1)
    assert body["expected_previous"] == chain.NO_HASH
    assert nothing == (0, 0)
    assert (healed.status_code, Order.objects.count()) == (200, 3)
    assert TillTask.objects.get().kind == "GAP"


def test_a_lost_stretch_is_given_up_by_a_person_alone(counter: Counter, device: Device) -> None:
    for minutes in (9, 8, 7):
        device.sell(counter.variant.sku, ago(minutes))
    device.upload(device.journal[1:])
    with db.transaction():
        journals.go_on_after(task=TillTask.objects.get(), actor=SYSTEM, now=clock.now())

    answer = device.upload(device.journal[1:])

    assert [entry["sequence"] for entry in answer.json()["entries"]] == [2, 3]
    assert Order.objects.count() == 2
    assert TillTask.objects.get().resolution == "went on at 2"


@pytest.mark.parametrize("rule", ["hash", "previous", "changed"])
def test_a_changed_entry_is_refused_and_shown(counter: Counter, device: Device, rule: str) -> None:
    device.sell(counter.variant.sku, ago(9))
    device.sell(counter.variant.sku, ago(8))
    links = list(device.journal)
    if rule == "changed":
        device.upload()
    changed = replace(links[0], kind="void")
    links[0] = changed if rule == "hash" else replace(changed, hash=chain.hash_of(changed))
    before = Order.objects.count()

    answer = device.upload(links)

    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (
        409,
        "journal-changed",
        rule,
    )
    assert Order.objects.count() == before
    task = TillTask.objects.get()
    assert (task.kind, task.details["rule"]) == ("CHANGED", rule)


def test_prices_that_had_ended_are_booked_as_charged(counter: Counter, device: Device) -> None:
    reprice(counter, 1200)
    device.sell(counter.variant.sku, ago(5))

    device.upload()

    assert Order.objects.get().total == 1000
    task = TillTask.objects.get()
    assert (task.kind, task.details["lines"][0]["charged"], task.details["lines"][0]["listed"]) == (
        "PRICE", "1000", "1200",
    )  # fmt: skip


def test_points_that_were_not_there_are_told_and_the_sale_stands(counter: Counter, device: Device) -> None:
    member = factories.member(MEMBER)
    give_points(counter, member, 300)
    device.sell(counter.variant.sku, ago(9), member=MEMBER, points=200)
    device.sell(counter.variant.sku, ago(8), member=MEMBER, points=400)

    answer = device.upload()

    assert {entry["status"] for entry in answer.json()["entries"]} == {"BOOKED"}
    assert balance_of(member.person_id, now=clock.now()).balance == 6
    first, second = Order.objects.order_by("pk")
    assert (first.points_spent, second.points_spent) == (200, 108)
    paid = {payment.tender_type.code: payment.amount for payment in Payment.objects.filter(order=second)}
    assert paid == {"cash": 600, "points-uncovered": 292}
    task = TillTask.objects.get()
    assert (task.kind, task.order_id, task.details) == (
        "POINTS", second.pk, {"spent": 600, "uncovered": 292, "allowance": 500},
    )  # fmt: skip


def give_points(counter: Counter, member: Any, points: int) -> None:
    with db.transaction():
        loyalty.accrue(
            accruals=[loyalty.Accrual(counter.shop.programme.pk, member.pk, points, "test:1", clock.now())],
            pending=False,
            actor=SYSTEM,
            now=clock.now(),
        )


def test_an_unknown_member_is_told_and_an_unknown_article_waits(counter: Counter, device: Device) -> None:
    device.sell(counter.variant.sku, ago(9), member="2900000000024")
    line = {"code": "NEW", "quantity": 1, "unit_price": "300"}
    device.write(
        "sale",
        ago(8),
        {"receipt_number": device.numbers.pop(0), "lines": [line], "tenders": [{"tender": "cash"}]},
    )

    failed = device.upload().json()["entries"]
    factories.listing(factories.variant(sku="NEW"), counter.shop.channel, 300, valid_from=factories.EARLY)
    booked = journals.book_waiting(till=counter.till, actor=SYSTEM, now=clock.now())

    assert [entry["status"] for entry in failed] == ["BOOKED", "FAILED"]
    assert failed[1]["error"]["code"] == "unknown-sku"
    assert booked == 1
    assert list(Order.objects.order_by("pk").values_list("total", flat=True)) == [1000, 300]
    states = {task.kind: task.resolved_at is None for task in TillTask.objects.all()}
    assert states == {"MEMBER": True, "FAILED": False}


def test_a_snapshot_is_signed_and_sent_once(counter: Counter, device: Device) -> None:
    content = device.snapshot
    assert [(each["sku"], each["price"]) for each in content["articles"]] == [(counter.variant.sku, "1000")]
    assert content["offline_points"] == 500
    assert device.prepare() == 304
    assert not signing.is_signed(chain.canonical({**content, "offline_points": 9}), "", device.key)

    reprice(counter, 900)

    assert device.prepare() == 200
    assert device.price(counter.variant.sku) == "900"


def test_receipt_numbers_are_given_once_and_not_hoarded(counter: Counter, device: Device) -> None:
    second = post(counter.client(), "receipt-numbers/", {"count": 1000}, key="a").json()
    again = post(counter.client(), "receipt-numbers/", {"count": 1000}, key="a").json()
    too_many = post(counter.client(), "receipt-numbers/", {"count": 1000}, key="b")

    assert second == again
    assert (second["first"], second["last"]) == (6, 1005)
    assert (too_many.status_code, too_many.json()["code"]) == (422, "receipt-numbers-left")
