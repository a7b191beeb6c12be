"""Exchanges, parked sales, and tills in training."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from inventory.models import StockEntry, StockLevel
from loyalty.selectors import balance_of
from omni.core import clock
from omni.core.models import Claim
from orders.models import Order, Payment, Refund, TenderType
from orders.services.returnable import ReturnItem
from orders.services.tenders import Handed
from orders.services.till import Rung, TillSale
from tests import factories
from tests.tills.tills import Counter, claim, post
from tills import verification
from tills.models import CashSession, ParkedSale, TillRecord
from tills.selectors import get_report
from tills.services import exchanging, parking

pytestmark = pytest.mark.django_db(transaction=True)

MEMBER = "2900000000017"


def other_article(counter: Counter, price: int) -> Any:
    variant = factories.variant()
    factories.listing(variant, counter.shop.channel, price)
    factories.stock(variant, counter.shop.location, 5)
    return variant


def swap(counter: Counter, number: str, code: str, *, now: datetime, **fields: Any) -> exchanging.Exchanged:
    sale = TillSale(**{"receipt_number": "X-1", "lines": [Rung(code, 1)], "tenders": [], **fields})
    return exchanging.exchange(
        desk=counter.desk,
        number=number,
        items=[ReturnItem(1, 1)],
        reason="size",
        sale=sale,
        claim=claim(),
        now=now,
    )


def test_goods_for_dearer_ones_cost_the_difference(now: datetime) -> None:
    counter = Counter.build(now=now)
    member = factories.member(MEMBER)
    counter.open(now=now)
    sold = counter.sell("A-1", now=now, member=MEMBER)
    dearer = other_article(counter, 1500)

    done = swap(
        counter, sold.number, dearer.sku, now=now, member=MEMBER, tenders=[Handed("cash", Decimal(1000))]
    )

    assert (done.offset, done.returned.refund_amount, done.returned.refunds) == (1000, 1000, ())
    assert [(paid.tender, paid.amount, paid.change) for paid in done.receipt.tenders] == [
        ("exchange", 1000, 0), ("cash", 500, 500),
    ]  # fmt: skip
    levels = StockLevel.objects.filter(location=counter.shop.location)
    assert dict(levels.values_list("variant__sku", "on_hand")) == {counter.variant.sku: 100, dearer.sku: 4}
    assert balance_of(member.person_id, now=now).balance == 15
    report = get_report(CashSession.objects.get())
    assert report.expected == 31_500
    assert [(each.tender, each.sales, each.refunds) for each in report.tenders] == [
        ("cash", 1500, 0), ("exchange", 1000, 1000),
    ]  # fmt: skip
    counter.close(31, now=now)
    assert verification.find_drifts() == []


def test_goods_for_cheaper_ones_give_the_difference_back(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    sold = counter.sell("A-1", now=now)
    cheaper = other_article(counter, 300)

    done = swap(counter, sold.number, cheaper.sku, now=now)

    assert (done.offset, done.receipt.total, done.receipt.change) == (300, 300, 0)
    assert [(part.tender, part.amount, part.status) for part in done.returned.refunds] == [
        ("cash", 700, "DONE")
    ]
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [300, 700]
    assert Payment.objects.get(order__number=sold.number).refunded_amount == 1000
    assert get_report(CashSession.objects.get()).expected == 30_300


def test_an_exchange_that_is_not_paid_writes_nothing(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    sold = counter.sell("A-1", now=now)
    dearer = other_article(counter, 1500)
    before = (Order.objects.count(), StockEntry.objects.count(), Claim.objects.count())

    with pytest.raises(Exception, match="tenders-do-not-add-up"):
        swap(counter, sold.number, dearer.sku, now=now)

    assert (Order.objects.count(), StockEntry.objects.count(), Claim.objects.count()) == before
    assert not Refund.objects.exists()


def test_nobody_pays_with_what_only_the_platform_books(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    TenderType.objects.create(code="exchange", kind="CASH", name={"ja": "交換"})

    answer = post(
        counter.client(),
        "sales/",
        {
            "receipt_number": "A-1",
            "lines": [{"code": counter.variant.sku}],
            "tenders": [{"tender": "exchange"}],
        },
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "tender-unknown")
    assert not Order.objects.exists()


def test_an_exchange_over_http_is_answered_again_as_it_was(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    sold = counter.sell("A-1", now=now)
    cheaper = other_article(counter, 300)
    body = {
        "order": sold.number,
        "lines": [{"position": 1, "quantity": 1}],
        "reason": "size",
        "sale": {"receipt_number": "X-1", "lines": [{"code": cheaper.sku}]},
    }

    first, again = (post(counter.client(), "exchanges/", body, key="x") for _ in range(2))

    assert first.status_code == 201, first.json()
    assert (first.json()["offset"], first.json()["returned"]["refunds"][0]["amount"]) == ("300", "700")
    assert first.content == again.content
    assert Order.objects.count() == 2


def test_a_parked_sale_is_gone_on_with_at_one_till_once(now: datetime) -> None:
    counter = Counter.build(now=clock.now())
    second = Counter.at(counter.shop, now=clock.now())
    stranger = Counter.build(now=clock.now())
    factories.member(MEMBER)
    body = {"lines": [{"code": counter.variant.sku, "quantity": 2}], "member": MEMBER, "note": "blue coat"}

    parked = post(counter.client(), "parked-sales/", body).json()
    listed = second.client().get("/api/v1/till/parked-sales/").json()["results"]
    elsewhere = stranger.client().get("/api/v1/till/parked-sales/").json()["results"]
    resumed = post(second.client(), f"parked-sales/{parked['parked_id']}/resume/", {}, key="r")
    again = post(second.client(), f"parked-sales/{parked['parked_id']}/resume/", {}, key="r")
    late = post(counter.client(), f"parked-sales/{parked['parked_id']}/resume/", {})

    assert ([each["parked_id"] for each in listed], elsewhere) == ([parked["parked_id"]], [])
    assert resumed.json()["member"] == MEMBER
    assert resumed.json()["lines"] == [
        {"code": counter.variant.sku, "quantity": 2, "service_mode": "TAKE_OUT"}
    ]
    assert resumed.content == again.content
    assert (late.status_code, late.json()["status"]) == (409, "RESUMED")
    assert StockLevel.objects.get(variant=counter.variant).reserved == 0


def test_a_parked_sale_runs_out_and_is_forgotten(now: datetime) -> None:
    counter = Counter.build(now=now)
    factories.member(MEMBER)
    lines = [{"code": counter.variant.sku, "quantity": 1}]
    parking.park_sale(desk=counter.desk, lines=lines, member=MEMBER, note="", claim=claim(), now=now)

    later = now + timedelta(hours=25)
    assert parking.list_parked(desk=counter.desk, now=later) == []
    assert parking.expire_parked(now=later) == 1

    parked = ParkedSale.objects.get()
    assert (parked.status, parked.customer, parked.lines) == ("EXPIRED", None, [])


def test_a_till_in_training_answers_and_writes_nothing(now: datetime) -> None:
    counter = Counter.build(now=clock.now())
    counter.till.training = True
    counter.till.save()
    factories.member(MEMBER)
    sale = {
        "receipt_number": "A-1",
        "member": MEMBER,
        "lines": [{"code": counter.variant.sku, "quantity": 2}],
        "tenders": [{"tender": "cash", "amount": "5000"}],
    }
    before = (StockEntry.objects.count(), Claim.objects.count())

    receipt = post(counter.client(), "sales/", sale).json()
    opened = post(counter.signed_in(now=clock.now()), "session/", {"float": []})
    returned = post(
        counter.client(),
        "returns/",
        {"order": "x", "reason": "size", "lines": [{"position": 1, "quantity": 1}]},
    )

    assert (receipt["training"], receipt["number"], receipt["total"], receipt["change"]) == (
        True, "TRAINING", "2000", "3000",
    )  # fmt: skip
    assert (receipt["points_earned"], receipt["points_balance"]) == (20, None)
    assert [each.json()["code"] for each in (opened, returned)] == ["till-in-training"] * 2
    assert (StockEntry.objects.count(), Claim.objects.count()) == before
    assert not Order.objects.exists()
    assert not TillRecord.objects.exists()
