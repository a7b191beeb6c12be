"""Orders that were sold outside: always booked, once, at the buyer's total."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from inventory.models import ChannelBuffer, Discrepancy, Reservation, StockLevel
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors, services
from orders.models import (
    FulfilmentLine,
    LineDiscount,
    Order,
    OrderLine,
    OrderTax,
    Payment,
    Refund,
    TenderType,
)
from orders.services.returns import ReturnItem, receive_return
from tests.conftest import NOW
from tests.orders.ec import Site, counted
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MALL = Actor.connection("mall")


def book(
    site: Site,
    lines: Sequence[tuple[Any, int, int]],
    *,
    total: int,
    shipping: int = 0,
    number: str = "SB-1",
    key: str = "SB-1",
    currency: str = "JPY",
    borne: Mapping[str, int] | None = None,
    **options: Any,
) -> services.ExternalOrderBooked:
    claim = Claim.of(actor=MALL, operation="take-order", key=key, request={"number": number, "total": total})
    return services.place_external_order(
        channel=site.channel,
        external_number=number,
        lines=[
            services.ExternalLine(variant.pk, quantity, Decimal(amount))
            for variant, quantity, amount in lines
        ],
        contact={"name": "佐藤 次郎"},
        total=Decimal(total),
        shipping=Decimal(shipping),
        placed_at=NOW,
        claim=claim,
        actor=MALL,
        now=NOW,
        currency=currency,
        borne={name: Decimal(amount) for name, amount in (borne or {}).items()},
        **options,
    )


def settled() -> dict[str, int]:
    """What the order is settled by."""
    return dict(Payment.objects.values_list("tender_type__code", "captured_amount"))


def test_it_is_booked_paid_to_the_channel_and_reserved() -> None:
    site = Site()
    tea = site.item(1100, stock=10)

    booked = book(site, [(tea, 2, 2200)], total=2750, shipping=550)

    order, payment = Order.objects.get(), Payment.objects.get()
    assert (booked.status, booked.total, booked.unallocated) == ("PLACED", 2750, 0)
    assert (order.total, order.shipping_amount, order.tax_amount, order.paid_at) == (2750, 550, 250, NOW)
    assert (order.external_number, order.contact.name) == ("SB-1", "佐藤 次郎")
    assert (payment.tender_type.kind, payment.status, payment.captured_amount) == (
        "EXTERNAL",
        "CAPTURED",
        2750,
    )
    assert (Reservation.objects.get().status, StockLevel.objects.get().reserved) == ("COMMITTED", 2)


def test_what_is_not_in_stock_is_booked_unallocated_with_a_discrepancy() -> None:
    site = Site()
    tea = site.item(1100, stock=3)

    booked = book(site, [(tea, 5, 5500)], total=5500)

    discrepancy = Discrepancy.objects.get()
    order = Order.objects.get()
    assert (booked.unallocated, StockLevel.objects.get().reserved) == (2, 3)
    assert (discrepancy.kind, discrepancy.quantity, discrepancy.location_id) == ("UNALLOCATED", 2, None)
    assert discrepancy.source == f"order:{order.pk}"
    parts = FulfilmentLine.objects.order_by("pk").values_list(
        "fulfilment__status", "quantity", "reservation__quantity"
    )
    assert list(parts) == [("RESERVED", 3, 3), ("PROPOSED", 2, None)]
    assert Event.objects.filter(type="inventory.discrepancy-opened.v1").count() == 1


def test_it_may_take_what_the_channel_holds_back() -> None:
    site = Site()
    tea = site.item(1100, stock=3)
    ChannelBuffer.objects.create(channel=site.channel, quantity=3)

    assert book(site, [(tea, 2, 2200)], total=2200).unallocated == 0


def test_goods_that_the_channel_no_longer_lists_are_booked() -> None:
    site = Site()
    tea = site.item(1100, stock=3)
    tea.listings.all().delete()

    assert book(site, [(tea, 1, 1100)], total=1100).number == Order.objects.get().number


def test_a_total_below_the_lines_is_the_channels_discount() -> None:
    site = Site()
    tea, cup = site.item(stock=3), site.item(stock=3)

    book(site, [(tea, 1, 1000), (cup, 1, 2000)], total=2900)

    order = Order.objects.get()
    assert (order.lines_amount, order.discount_amount, order.total) == (3000, 100, 2900)
    assert list(LineDiscount.objects.order_by("pk").values_list("code", "amount")) == [
        ("EXTERNAL", 33),
        ("EXTERNAL", 67),
    ]
    assert OrderTax.objects.get().tax == 263


def test_what_the_channel_bears_is_a_tender_and_no_discount() -> None:
    site = Site()
    tea = site.item(1100, stock=10)

    book(site, [(tea, 1, 1100)], total=1100, borne={"points": 300, "coupons": 500})

    order = Order.objects.get()
    assert (order.total, order.discount_amount, order.points_amount, order.tax_amount) == (1100, 0, 0, 100)
    assert settled() == {"external": 300, "channel-points": 300, "channel-coupons": 500}
    made = TenderType.objects.filter(code__startswith="channel-").values_list("kind", "refund_route")
    assert set(made) == {("EXTERNAL", "CHANNEL")}
    book(site, [(tea, 1, 1100)], total=1100, number="SB-2", key="SB-2")
    assert Payment.objects.filter(order__external_number="SB-2").get().tender_type.code == "external"


def test_a_channel_that_bears_all_of_it_leaves_nothing_to_pay() -> None:
    site = Site()

    book(site, [(site.item(1100, stock=1), 1, 1100)], total=1100, borne={"points": 1100})

    assert settled() == {"channel-points": 1100}
    assert Order.objects.get().paid_at == NOW


@pytest.mark.parametrize("borne", [{"points": 1101}, {"points": 600, "coupons": 501}, {"favours": 1}])
def test_more_than_the_total_or_something_else_is_not_borne(borne: dict[str, int]) -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    written = counted()

    with pytest.raises(InvalidField) as refused:
        book(site, [(tea, 1, 1100)], total=1100, borne=borne)

    assert refused.value.field == "borne"
    assert counted() == written


def test_what_comes_back_goes_by_the_channel_whoever_paid_it() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    number = book(site, [(tea, 2, 2200)], total=2200, borne={"coupons": 500}).number
    OrderLine.objects.update(fulfilled_quantity=2)

    done = receive_return(
        number=number,
        location_id=site.warehouse.pk,
        items=[ReturnItem(1, 2)],
        reason="size",
        claim=Claim.of(actor=MALL, operation="return", key="r", request={}),
        actor=MALL,
        now=NOW,
    )

    assert done.refund_amount == 2200
    given = Refund.objects.values_list("payment__tender_type__code", "amount", "status")
    assert set(given) == {("external", 1700, "DONE"), ("channel-coupons", 500, "DONE")}


def test_whose_the_invoice_is_stays_with_the_order() -> None:
    site = Site()
    tea = site.item(1100, stock=10)

    book(site, [(tea, 1, 1100)], total=1100)
    book(site, [(tea, 1, 1100)], total=1100, number="SB-2", key="SB-2", invoice_issuer="CHANNEL")

    issuers = Order.objects.order_by("external_number").values_list("invoice_issuer", flat=True)
    assert list(issuers) == ["SELLER", "CHANNEL"]


def test_it_lands_once_under_one_key() -> None:
    site = Site()
    tea = site.item(stock=10)
    first = book(site, [(tea, 1, 1100)], total=1100)
    written = counted()

    assert book(site, [(tea, 1, 1100)], total=1100) == first
    assert counted() == written


def test_it_lands_once_under_two_keys() -> None:
    site = Site()
    tea = site.item(stock=10)
    first = book(site, [(tea, 1, 1100)], total=1100)

    assert book(site, [(tea, 1, 1100)], total=1100, key="polled") == first
    assert (Order.objects.count(), StockLevel.objects.get().reserved) == (1, 1)


def test_other_content_under_its_number_is_refused() -> None:
    site = Site()
    tea = site.item(stock=10)
    first = book(site, [(tea, 1, 1100)], total=1100)

    with pytest.raises(errors.ExternalOrderDiffers) as refused:
        book(site, [(tea, 1, 1200)], total=1200, key="polled")

    assert refused.value.data()["order"] == first.number


def test_another_currency_is_refused() -> None:
    site = Site()

    with pytest.raises(errors.ExternalCurrency):
        book(site, [(site.item(), 1, 11)], total=11, currency="USD")

    assert Order.objects.count() == 0


def test_webhook_and_poll_at_once_land_one_order() -> None:
    site = Site()
    tea = site.item(stock=10)

    outcomes = at_once([partial(book, site, [(tea, 1, 1100)], total=1100, key=key) for key in "abcdef"])

    assert len(set(outcomes)) == 1, outcomes
    assert (Order.objects.count(), StockLevel.objects.get().reserved) == (1, 1)


def test_many_orders_for_too_little_are_all_booked() -> None:
    site = Site()
    tea = site.item(stock=5)

    outcomes = at_once(
        [
            partial(book, site, [(tea, 1, 1100)], total=1100, number=f"SB-{n}", key=f"SB-{n}")
            for n in range(12)
        ]
    )

    assert sum(outcome.unallocated for outcome in outcomes) == 7, outcomes
    assert (Order.objects.count(), StockLevel.objects.get().reserved) == (12, 5)
    assert Discrepancy.objects.count() == 7
