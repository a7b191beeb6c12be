"""Promotions at the till: the same engine, on the receipt, counted, at the shop's own hour."""

from decimal import Decimal
from typing import Any

import pytest

from omni.core.idempotency import Claim
from orders.models import LineDiscount, Order, OrderPromotion
from orders.services.tenders import Handed
from orders.services.till import Rung, TillSale, ring_up
from promotions.models import Redemption, Target
from tests import factories
from tests.conftest import NOW
from tests.orders.test_sale_api import JAN, bento, client_of, post
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)


def sale(**fields: Any) -> dict[str, Any]:
    return {"receipt_number": "1", "lines": [{"code": JAN, "quantity": 3}], **fields}


def test_a_tills_quote_and_receipt_have_what_promotions_take_off() -> None:
    till = Till.build()
    variant = bento(till, price=500)
    three = factories.promotion(
        code="three", effect="SET_PRICE", percent=None, buy_quantity=3, amount=1200, most_uses=9
    )
    Target.objects.create(promotion=three, variant=variant)
    client = client_of(till)

    quote = post(client, "till/quotes/", {"lines": [{"code": JAN, "quantity": 3}]}).json()
    receipt = post(client, "till/sales/", sale(tenders=[{"tender": "cash", "amount": "1200"}])).json()

    assert (quote["lines_amount"], quote["discount_amount"], quote["total"]) == ("1500", "300", "1200")
    assert [(one["code"], one["amount"]) for one in quote["promotions"]] == [("three", "300")]
    assert (receipt["total"], receipt["discount_amount"], receipt["lines"][0]["amount"]) == (
        "1200",
        "300",
        "1200",
    )
    assert receipt["promotions"] == quote["promotions"]
    order = Order.objects.get()
    assert (order.discount_amount, order.total) == (300, 1200)
    assert LineDiscount.objects.values_list("code", "amount").get() == ("three", 300)
    assert OrderPromotion.objects.values_list("code", "amount").get() == ("three", 300)
    assert Redemption.objects.get().source == f"order:{order.pk}"
    three.refresh_from_db()
    assert three.uses == 1


def test_a_quote_writes_nothing() -> None:
    till = Till.build()
    bento(till)
    factories.promotion(most_uses=1)

    post(client_of(till), "till/quotes/", {"lines": [{"code": JAN}]})

    assert (Order.objects.count(), Redemption.objects.count()) == (0, 0)


def test_what_a_cashier_priced_is_not_reduced_again() -> None:
    till = Till.build()
    bento(till, price=500)
    factories.promotion()
    lines = [Rung(JAN, 1, unit_price=Decimal(300), reason="expiring"), Rung(JAN, 1)]

    receipt = ring_up(
        till=TillSale(receipt_number="1", lines=lines, tenders=[Handed("cash")]),
        location_id=till.location.pk,
        channel_id=till.channel.pk,
        claim=Claim.of(actor=TILL, operation="sale", key="key-1", request={}),
        actor=TILL,
        now=NOW,
    )

    assert [line.amount for line in receipt.lines] == [300, 450]


def test_a_coupon_at_the_till_is_counted_for_the_member_and_refused_the_second_time() -> None:
    till = Till.build()
    bento(till, price=500)
    member = factories.member("2900000000017")
    factories.coupon(factories.promotion(most_per_person=1), "ONCE")
    client = client_of(till)
    body = sale(coupons=["once"], member="2900000000017", tenders=[{"tender": "cash"}])

    first = post(client, "till/sales/", body)
    second = post(client, "till/sales/", {**body, "receipt_number": "2"}, key="key-2")

    assert (first.status_code, first.json()["discount_amount"]) == (201, "150")
    assert (second.status_code, second.json()["code"], second.json()["by_you"]) == (
        422,
        "coupon-used-up",
        True,
    )
    assert Redemption.objects.values_list("customer_id", "amount").get() == (member.pk, Decimal(150))
    assert Order.objects.count() == 1
