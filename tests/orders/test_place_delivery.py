"""Orders whose buyers say how, when and to whom they are delivered."""

from datetime import date
from typing import Any

import pytest

from omni.core.errors import DomainError, InvalidField
from orders.errors import DateNotOffered, DeliveryLinesUnfit, FieldMissing, SlotNotOffered
from orders.models import (
    CarrierSlot,
    Fulfilment,
    MethodRate,
    Order,
    OrderAddress,
    OrderDelivery,
    OrderLine,
    ShippingMethod,
    ShippingZone,
)
from orders.wishes import PLAIN, Gift, ShipWish
from orders.writing import NewContact
from tests.orders.ec import CONTACT, Site, counted, place

pytestmark = pytest.mark.django_db

OSAKA = NewContact(
    name="佐藤 太郎", postal_code="530-0001", prefecture="大阪府", city="大阪市北区", line1="梅田1-1"
)


def zoned(site: Site, **fields: Any) -> ShippingMethod:
    """550 in Tokyo, 770 in Osaka; there the next day and the day after, with a morning slot."""
    method = site.shipping(9999, **{"code": "parcel", "cut_off": "23:59:59", **fields})
    method.rates.all().delete()
    for name, lead_days, amount in (("東京都", 1, 550), ("大阪府", 2, 770)):
        zone, _ = ShippingZone.objects.get_or_create(
            carrier=method.carrier, code=str(amount), defaults={"prefectures": [name], "lead_days": lead_days}
        )
        MethodRate.objects.create(method=method, zone=zone, amount=amount)
    CarrierSlot.objects.get_or_create(
        carrier=method.carrier, code="am", defaults={"name": {"ja": "午前中"}, "label_code": "0812"}
    )
    return method


def test_an_order_that_goes_the_usual_way_writes_nothing_of_it() -> None:
    site = Site()
    zoned(site)

    place(site.cart((site.item(1100), 1)))

    assert Order.objects.get().shipping_amount == 550
    assert not OrderDelivery.objects.exists()


def test_a_day_and_a_slot_are_kept_as_they_were_chosen() -> None:
    site = Site()
    method = zoned(site)
    # The tests' day is Sunday, 2026-11-22, in Japan.
    wish = ShipWish(day=date(2026, 11, 28), slot="am")

    placed = place(site.cart((site.item(1100), 2)), wishes=(wish,))

    delivery = OrderDelivery.objects.get()
    assert delivery.order.number == placed.number
    assert (delivery.positions, delivery.method, delivery.carrier) == ([1], "parcel", method.carrier.code)
    assert (delivery.date, delivery.slot, delivery.slot_name, delivery.slot_label) == (
        date(2026, 11, 28), "am", "午前中", "0812",
    )  # fmt: skip
    assert (delivery.amount, delivery.parcels) == (550, 1)
    assert not OrderAddress.objects.exists()


@pytest.mark.parametrize(
    ("wish", "error", "data"),
    [
        (
            ShipWish(day=date(2026, 11, 20)),
            DateNotOffered,
            {"field": "delivery.date", "rule": "offered"},
        ),
        (ShipWish(slot="night"), SlotNotOffered, {"field": "delivery.slot", "offered": ["am"]}),
        (
            ShipWish(gift=Gift(wrapping="GIFT-BOX")),
            InvalidField,
            {"field": "delivery.gift.wrapping", "rule": "in-cart"},
        ),
    ],
)
def test_what_the_carrier_does_not_do_is_refused_and_writes_nothing(
    wish: ShipWish, error: type[DomainError], data: dict[str, Any]
) -> None:
    site = Site()
    zoned(site)
    cart = site.cart((site.item(), 1))
    before = counted()

    with pytest.raises(error) as refused:
        place(cart, wishes=(wish,))

    assert data.items() <= refused.value.data().items()
    assert counted() == before


def test_lines_go_to_several_addresses_and_each_pays_for_its_own() -> None:
    site = Site()
    zoned(site)
    tea, cup = site.item(1100), site.item(2200)
    cart = site.cart((tea, 3), (cup, 1))
    first = cart.lines.get(variant=tea)
    gift = Gift(noshi="BOW", noshi_text="内祝", noshi_name="山田", message="お元気で", hides_prices=True)
    wishes = (PLAIN, ShipWish(portions={first.pk: 2}, address=OSAKA, gift=gift))

    placed = place(cart, wishes=wishes)

    order = Order.objects.get(number=placed.number)
    assert (order.lines_amount, order.shipping_amount, order.total) == (5500, 550 + 770, 6820)
    lines = OrderLine.objects.order_by("position").values_list("position", "variant", "quantity")
    assert list(lines) == [(1, tea.pk, 1), (2, tea.pk, 2), (3, cup.pk, 1)]
    home, gone = OrderDelivery.objects.order_by("pk")
    assert (home.positions, home.amount, home.hides_prices) == ([1, 3], 550, False)
    assert (gone.positions, gone.amount, gone.noshi, gone.noshi_text) == ([2], 770, "BOW", "内祝")
    address = OrderAddress.objects.get()
    assert (address.delivery, address.name, address.prefecture) == (gone, "佐藤 太郎", "大阪府")
    assert (address.noshi_name, address.message) == ("山田", "お元気で")
    parts = [
        sorted(part.lines.values_list("order_line__position", "quantity", "reservation__quantity"))
        for part in Fulfilment.objects.order_by("pk")
    ]
    assert parts == [[(1, 1, 1), (3, 1, 1)], [(2, 2, 2)]]


@pytest.mark.parametrize(("units", "rule"), [(4, "quantity"), (0, "quantity")])
def test_no_more_goes_elsewhere_than_there_is(units: int, rule: str) -> None:
    site = Site()
    zoned(site)
    cart = site.cart((site.item(), 3))
    line = cart.lines.get()
    before = counted()

    with pytest.raises(DeliveryLinesUnfit) as refused:
        place(cart, wishes=(PLAIN, ShipWish(portions={line.pk: units}, address=OSAKA)))

    assert refused.value.data() == {"field": "deliveries.0.lines", "rule": rule, "line": line.pk}
    assert counted() == before


def test_each_address_must_be_whole() -> None:
    site = Site()
    zoned(site)
    cart = site.cart((site.item(), 1))
    nowhere = NewContact(name="佐藤", prefecture="大阪府", postal_code="530-0001", city="大阪市北区")

    with pytest.raises(FieldMissing) as refused:
        place(cart, wishes=(PLAIN, ShipWish(portions={cart.lines.get().pk: 1}, address=nowhere)))

    assert refused.value.field == "deliveries.0.address.line1"


def test_chilled_goods_are_a_parcel_and_a_fulfilment_of_their_own() -> None:
    site = Site()
    method = zoned(site)
    zoned(site, code="cool", carrier=method.carrier, temperature="CHILLED")
    cart = site.cart((site.item(1100), 1), (site.item(1100, temperature="CHILLED"), 1))

    place(cart)

    deliveries = OrderDelivery.objects.order_by("pk").values_list(
        "method", "temperature", "positions", "amount"
    )
    assert list(deliveries) == [("parcel", "AMBIENT", [1], 550), ("cool", "CHILLED", [2], 550)]
    assert Order.objects.get().shipping_amount == 1100
    assert Fulfilment.objects.count() == 2


def test_a_contact_without_prefecture_is_asked_for_it_where_it_matters() -> None:
    site = Site()
    zoned(site)
    contact = NewContact(name="山田", email="a@example.jp", postal_code="000-0000", city="市", line1="1")

    with pytest.raises(FieldMissing) as refused:
        place(site.cart((site.item(), 1)), contact=contact)

    assert refused.value.field == "contact.prefecture"
    assert CONTACT.prefecture == "東京都"


def test_wrapping_is_bought_like_any_article() -> None:
    site = Site()
    zoned(site)
    box = site.item(330, stock=None, sku="GIFT-BOX")
    wish = ShipWish(gift=Gift(wrapping="GIFT-BOX"))

    place(site.cart((site.item(1100), 1), (box, 1)), wishes=(wish,))

    order, delivery = Order.objects.get(), OrderDelivery.objects.get()
    assert (order.lines_amount, order.total) == (1430, 1980)
    assert (delivery.wrapping, delivery.positions) == ("GIFT-BOX", [1, 2])
