"""Yahoo! Shopping: what it would show, and which of its orders are booked, at what amounts."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors import services
from connectors.malls import yahoo_orders
from connectors.models import Connection, InboundFailure, ListingState, PushState, ShipmentNotice
from connectors.ports import Capability
from connectors.registry import capabilities
from omni.core import db
from orders.models import Order
from tests.connectors.malls import yahoo
from tests.connectors.malls.shop import Shop, open_shop, payments
from tests.connectors.malls.standin import serving
from tests.connectors.malls.yahoo import SELLER, YahooMall, item, order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mall() -> Iterator[YahooMall]:
    with serving(YahooMall) as made:
        made.stock = {"tee:tee-m": 0, "tee:tee-l": 0, "mug": 0}
        made.items = {"tee": {"item_code": "tee"}, "mug": {"item_code": "mug"}}
        yield made


@pytest.fixture
def shop(mall: YahooMall) -> Shop:
    token_url = f"{mall.url}/yconnect/v2/token"
    made = open_shop(
        "yahoo", mall.url, yahoo.SECRET, seller_id=SELLER, token_url=token_url, skus=["MUG-1=mug"]
    )
    for sku, on_hand in (("tee:tee-m", 10), ("tee:tee-l", 3), ("MUG-1", 5)):
        made.article(sku, on_hand)
    return made


def add(mall: YahooMall, *orders: dict[str, Any]) -> None:
    mall.orders |= {one["OrderId"]: one for one in orders}


def test_availability_is_absolute_and_goes_in_one_request(mall: YahooMall, shop: Shop) -> None:
    shop.touch()

    assert shop.push() == 3

    assert mall.stock == {"tee:tee-m": 10, "tee:tee-l": 3, "mug": 5}
    assert (mall.asked["setStock"], mall.asked["token"]) == (1, 1)


def test_an_unknown_code_is_given_up_alone(mall: YahooMall, shop: Shop) -> None:
    shop.article("nowhere", 2)
    shop.touch()

    for _ in range(6):
        shop.push()

    assert mall.stock == {"tee:tee-m": 10, "tee:tee-l": 3, "mug": 5}
    [dead] = PushState.objects.exclude(dead_at=None)
    assert dead.variant.sku == "nowhere"
    assert "st-02104" in dead.error


def test_an_expired_token_is_fetched_again_once(mall: YahooMall, shop: Shop) -> None:
    shop.touch()
    shop.push()
    mall.expire()
    shop.set_on_hand(shop.variants[0], 8)

    assert shop.push() == 1

    assert mall.stock["tee:tee-m"] == 8
    assert (mall.asked["token"], mall.asked["setStock"]) == (2, 3)


def test_a_refused_refresh_token_gives_no_item_up_and_says_so(mall: YahooMall, shop: Shop) -> None:
    mall.refresh_token = "another"
    shop.touch()

    for _ in range(6):
        assert shop.push() == 0

    assert not PushState.objects.exclude(dead_at=None).exists()
    error = Connection.objects.get().last_error
    assert error.startswith("No access token: HTTP 400")
    assert "invalid_grant" in error
    assert "refresh-me" not in error


def test_a_mall_that_is_asked_too_often_is_asked_again(mall: YahooMall, shop: Shop) -> None:
    shop.touch()
    mall.busy = 1

    assert shop.push() == 0
    assert shop.push() == 3
    assert mall.stock["mug"] == 5


def test_drift_is_found_and_mended(mall: YahooMall, shop: Shop) -> None:
    shop.touch()
    shop.push()
    mall.stock |= {"mug": 99, "tee:tee-l": 0}

    compared = shop.compare()

    assert (compared.compared, compared.drifted, compared.error) == (3, 2, "")
    assert mall.stock == {"tee:tee-m": 10, "tee:tee-l": 3, "mug": 5}


def test_prices_are_written_and_published(mall: YahooMall, shop: Shop) -> None:
    shop.list_all()

    assert shop.push() == 3

    assert mall.front["tee"] == {"item_code": "tee", "price": "1980", "sale_price": "", "display": "1"}
    assert mall.front["mug"]["price"] == "1980"
    assert (mall.asked["updateItems"], mall.asked["reservePublish"]) == (1, 1)
    assert Capability.READ_LISTINGS not in capabilities(shop.connection)


def test_an_item_that_is_not_listed_is_hidden(mall: YahooMall, shop: Shop) -> None:
    shop.list_all()
    shop.push()
    assert mall.front["mug"]["display"] == "1"

    shop.variants[2].listings.all().delete()
    shop.list_all()
    shop.push()

    assert mall.front["mug"]["display"] == "0"
    assert mall.front["tee"]["display"] == "1"


def test_sub_codes_at_two_prices_are_given_up_until_they_agree(mall: YahooMall, shop: Shop) -> None:
    shop.list_all()
    shop.push()
    shop.variants[1].listings.update(price=2980)
    shop.list_all()
    for _ in range(6):
        shop.push()

    dead = ListingState.objects.exclude(dead_at=None).get()
    assert (dead.variant.sku, "one price for all sub-codes" in dead.error) == ("tee:tee-l", True)
    assert mall.front["tee"]["price"] == "1980"

    shop.variants[0].listings.update(price=2980)
    shop.list_all()
    with db.transaction():
        services.replay_dead(connection_id=shop.connection.pk)
    shop.push()
    assert mall.front["tee"]["price"] == "2980"


def test_an_order_is_booked_with_what_yahoo_bears_as_tenders(mall: YahooMall, shop: Shop) -> None:
    goods = item("tee:tee-m", 2, 1980)
    add(mall, order("1", goods, shipping=550, points=300, mall_coupon=500, discount=200))

    assert shop.poll() == [f"{SELLER}-1"]

    booked = Order.objects.get()
    assert (booked.total, booked.lines_amount, booked.discount_amount) == (4310, 3960, 200)
    assert booked.shipping_amount == 550
    assert payments(booked) == {"external": 3510, "channel-points": 300, "channel-coupons": 500}
    assert booked.invoice_issuer == "CHANNEL"
    contact = booked.contact
    assert (contact.name, contact.email, contact.line2) == ("山田 花子", "hanako@example.jp", "ビル4F")


@pytest.mark.parametrize(("status", "ship_status"), [(1, 1), (3, 1), (4, 1), (2, 0)])
def test_what_is_reserved_held_cancelled_or_unpaid_is_not_booked(
    mall: YahooMall, shop: Shop, status: int, ship_status: int
) -> None:
    add(mall, order("1", item("mug", 1, 1980), status=status, ship_status=ship_status))

    assert shop.poll() == []
    assert (mall.asked["orderInfo"], InboundFailure.objects.count()) == (0, 0)


def test_an_order_that_is_ready_days_later_is_not_lost(mall: YahooMall, shop: Shop) -> None:
    late = order("1", item("mug", 1, 1980), ship_status=0)
    add(mall, late, order("2", item("tee:tee-l", 1, 1980)))
    assert shop.poll() == [f"{SELLER}-2"]

    late["Ship"]["ShipStatus"] = 1
    assert shop.poll(later=timedelta(minutes=2)) == [f"{SELLER}-2", f"{SELLER}-1"]
    assert mall.asked["orderInfo"] == 2


def test_a_page_of_a_search_is_not_all_of_it(
    mall: YahooMall, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yahoo_orders, "PAGE", 1)
    monkeypatch.setattr(yahoo_orders, "MOST_ORDERS", 2)
    add(mall, *(order(str(n), item("mug", 1, 1980)) for n in range(3)))

    assert len(shop.poll()) == 2
    assert len(shop.poll()) == 3


def test_an_order_that_yahoo_tells_nothing_of_is_kept_and_stops_no_other(mall: YahooMall, shop: Shop) -> None:
    add(mall, order("1", item("mug", 1, 1980)), order("2", item("mug", 1, 1980)))
    mall.untold = {f"{SELLER}-1"}

    assert shop.poll() == [f"{SELLER}-2"]
    kept = InboundFailure.objects.get()
    assert (kept.external_number, "od90101" in kept.body["not_understood"]) == (f"{SELLER}-1", True)

    mall.untold.clear()
    assert shop.poll() == [f"{SELLER}-2", f"{SELLER}-1"]


def test_an_order_without_an_address_is_booked(mall: YahooMall, shop: Shop) -> None:
    sold = order("1", item("mug", 1, 1980))
    sold["Ship"] = {"ShipStatus": 1}
    sold["Pay"] = {"PayStatus": 1}
    add(mall, sold)

    assert shop.poll() == [f"{SELLER}-1"]
    assert (Order.objects.get().contact.name, Order.objects.get().contact.city) == ("", "")


def test_order_calls_are_signed_with_the_stores_key(mall: YahooMall, shop: Shop) -> None:
    mall.signed = True
    add(mall, order("1", item("mug", 1, 1980)))
    assert shop.poll() == []

    keys = {**yahoo.SECRET, "public_key": yahoo.public_key(), "public_key_version": "5"}
    Connection.objects.update(secret=json.dumps(keys))

    assert shop.poll() == [f"{SELLER}-1"]


def test_shipments_are_told_once_and_a_second_parcel_beside_the_first(mall: YahooMall, shop: Shop) -> None:
    add(mall, order("1", item("mug", 1, 1980)))
    shop.poll()
    ship = mall.orders[f"{SELLER}-1"]["Ship"]

    shop.ship(f"{SELLER}-1", "4500-1111-2222")
    ShipmentNotice.objects.update(acknowledged_at=None)
    shop.push()
    assert (ship["ShipStatus"], ship["ShipCompanyCode"]) == ("3", "1001")
    assert (ship["ShipInvoiceNumber1"], ship["ShipInvoiceNumber2"]) == ("4500-1111-2222", None)
    assert mall.asked["orderShipStatusChange"] == 1

    ShipmentNotice.objects.update(acknowledged_at=None)
    shop.ship(f"{SELLER}-1", "4500-3333-4444")
    assert (ship["ShipInvoiceNumber1"], ship["ShipInvoiceNumber2"]) == ("4500-1111-2222", "4500-3333-4444")
