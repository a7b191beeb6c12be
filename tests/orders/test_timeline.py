"""An order's timeline: everything that happened to it, by whom, through what; less of it for the buyer."""

from datetime import datetime, timedelta

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Customer
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders import services
from orders.models import Fulfilment, Order
from orders.services.rejecting import Rejection
from orders.timeline import Moment, list_moments
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.orders.test_sale_api import client_of
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def claim_of(actor: Actor, key: str) -> Claim:
    return Claim.of(actor=actor, operation=key, key=key, request={})


def lived(site: Site, clerk: Actor, device: Actor, *, customer: Customer | None = None) -> Order:
    """Three units: one cancelled, the rest rejected and found again, one shipped, one returned."""
    item = site.item(1000)
    other = factories.location(capabilities=["SHIP", "RETURNS"], name={"ja": "横浜倉庫", "en": "Yokohama"})
    factories.stock(item, other, 5)
    number = place(site.cart((item, 3), customer=customer), customer=customer).number
    services.cancel_lines(
        number=number,
        portions=[services.Portion(1, 1)],
        reason="customer",
        customer=None,
        claim=claim_of(clerk, f"cancel-{number}"),
        actor=clerk,
        now=later(1),
    )
    part = Fulfilment.objects.get(order__number=number, status="RESERVED")
    services.reject_fulfilment(
        number=number,
        fulfilment_id=part.pk,
        portions=[services.Portion(1, 1)],
        rejection=Rejection("DAMAGED"),
        claim=claim_of(device, f"reject-{number}"),
        actor=device,
        now=later(2),
    )
    services.complete_fulfilment(
        number=number,
        fulfilment_id=part.pk,
        tracking_number="1234",
        claim=claim_of(device, f"ship-{number}"),
        actor=device,
        now=later(3),
    )
    services.receive_return(
        number=number,
        location_id=other.pk,
        items=[services.ReturnItem(1, 1)],
        reason="size",
        claim=claim_of(clerk, f"return-{number}"),
        actor=clerk,
        now=later(4),
    )
    return Order.objects.select_related("channel", "location").get(number=number)


@pytest.fixture
def clerk() -> Actor:
    return Actor.user(factories.user(is_staff=True, email="clerk@example.jp", name="佐藤").pk)


def test_it_tells_everything_with_who_and_through_what(clerk: Actor) -> None:
    till = Till.build(name={"ja": "渋谷店", "en": "Shibuya"})
    client_of(till, "orders:write", name="packer")
    device = Actor.api_key(till.location.api_keys.get().prefix)
    site = Site()
    order = lived(site, clerk, device)

    with override("en"):
        told = list_moments(order)

    staff, packer = (told[1].by, "staff screens"), ("packer", "Shibuya")
    assert [(each.kind, each.at, each.amount) for each in told] == [
        ("PLACED", NOW, 3000),
        ("LINES_CANCELLED", later(1), 1000),
        ("REJECTED", later(2), None),
        ("PAID", later(3), 2000),
        ("SHIPPED", later(3), None),
        ("REFUNDED", later(4), 1000),
        ("RETURNED", later(4), 1000),
    ]
    assert [(each.by, each.via) for each in told if each.by] == [staff, packer, packer, staff]
    assert (told[1].text, told[4].note, told[6].text) == ("Cancelled: 1", "1234", "Returned: Yokohama")


def test_in_japanese_too(clerk: Actor) -> None:
    order = lived(Site(), clerk, clerk)

    with override("ja"):
        told = list_moments(order)

    assert (told[1].text, told[-1].text) == ("キャンセル: 1点", "返品: 横浜倉庫")


def test_the_buyer_is_not_told_what_went_on_behind_the_counter(clerk: Actor) -> None:
    site = Site()
    order = lived(site, clerk, clerk)

    told: list[Moment] = list_moments(order, for_buyer=True)

    kinds = [each.kind for each in told]
    assert kinds == ["PLACED", "LINES_CANCELLED", "PAID", "SHIPPED", "REFUNDED", "RETURNED"]
    assert {(each.actor, each.by, each.note) for each in told} == {("", "", "")}


def test_a_cancelled_order_says_who_cancelled_it(clerk: Actor) -> None:
    site = Site()
    number = place(site.cart((site.item(), 1))).number
    services.cancel_order(
        number=number,
        reason="fraud: note",
        customer=None,
        claim=claim_of(clerk, "c"),
        actor=clerk,
        now=later(1),
    )

    told = list_moments(Order.objects.get(number=number))

    (cancelled,) = [each for each in told if each.kind == "CANCELLED"]
    assert (cancelled.at, cancelled.note, cancelled.actor) == (later(1), "fraud: note", str(clerk))


def test_as_many_queries_for_a_long_life_as_for_a_short_one(
    clerk: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    site = Site()
    short = Order.objects.select_related("channel", "location").get(
        number=place(site.cart((site.item(), 1))).number
    )
    long = lived(site, clerk, clerk)

    for order in (short, long):
        with django_assert_max_num_queries(10):
            list_moments(order)


def test_keys_that_read_orders_read_it_over_http(clerk: Actor) -> None:
    order = lived(Site(), clerk, clerk)
    client = client_of(Till.build(), "orders:read")

    answer = client.get(f"/api/v1/orders/{order.number}/timeline/", headers={"Accept-Language": "en"})

    assert answer.status_code == 200, answer.json()
    assert answer.json()["results"][0]["amount"] == "3000"
    assert len(answer.json()["results"]) == 7
    assert APIClient().get(f"/api/v1/orders/{order.number}/timeline/").status_code in (401, 403)
