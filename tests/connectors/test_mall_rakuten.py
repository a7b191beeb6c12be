"""Rakuten: what it would show, and which of its orders are booked, at what amounts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors import registry
from connectors.malls import rakuten_orders
from connectors.malls.rakuten import RakutenConnector
from connectors.models import Connection, InboundFailure, PushState, ShipmentNotice
from connectors.ports import Capability
from orders.models import LineDiscount, Order
from tests.connectors.malls import rakuten
from tests.connectors.malls.rakuten import RakutenMall, item, order
from tests.connectors.malls.shop import Shop, open_shop, payments
from tests.connectors.malls.standin import serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mall() -> Iterator[RakutenMall]:
    with serving(RakutenMall) as made:
        made.add_item("tee", "M", "L")
        made.add_item("mug", "normal-inventory")
        yield made


@pytest.fixture
def shop(mall: RakutenMall) -> Shop:
    made = open_shop("rakuten", mall.url, rakuten.SECRET, skus=["MUG-1=mug"])
    for sku, on_hand in (("tee/M", 10), ("tee/L", 3), ("MUG-1", 5)):
        made.article(sku, on_hand)
    return made


def test_availability_is_absolute_and_goes_in_one_request(mall: RakutenMall, shop: Shop) -> None:
    shop.touch()

    assert shop.push() == 3

    shown = [mall.shown("tee", "M"), mall.shown("tee", "L"), mall.shown("mug", "normal-inventory")]
    assert shown == [10, 3, 5]
    assert mall.asked["bulk-upsert"] == 1


def test_no_request_holds_more_than_rakuten_takes(
    mall: RakutenMall, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    Connection.objects.update(batch_size=1000)
    connection = Connection.objects.get()
    assert registry.most_in_a_push(connection, Capability.PUSH_STOCK) == 400
    monkeypatch.setattr(RakutenConnector, "batches", {Capability.PUSH_STOCK: 2})
    shop.touch()

    assert shop.push() == 3
    assert mall.asked["bulk-upsert"] == 2
    assert mall.shown("tee", "L") == 3


def test_a_mall_that_is_asked_too_often_is_asked_again(mall: RakutenMall, shop: Shop) -> None:
    shop.touch()
    mall.busy = 1

    assert shop.push() == 0
    assert "429" in Connection.objects.get().last_error
    assert not PushState.objects.exclude(dead_at=None).exists()
    assert shop.push() == 3
    assert mall.shown("tee", "M") == 10


def test_wrong_credentials_push_nothing_and_give_nothing_up(mall: RakutenMall, shop: Shop) -> None:
    Connection.objects.update(secret='{"service_secret": "SP000_secret", "license_key": "expired"}')
    shop.touch()

    for _ in range(6):
        assert shop.push() == 0

    assert mall.shown("tee", "M") == 0
    assert not PushState.objects.exclude(dead_at=None).exists()
    assert "401" in Connection.objects.get().last_error
    assert "expired" not in Connection.objects.get().last_error


def test_what_it_does_not_know_is_seen_by_the_comparison(mall: RakutenMall, shop: Shop) -> None:
    """Rakuten takes stock of an item that it has not, and says nothing."""
    shop.article("nowhere/X", 2)
    shop.touch()
    assert shop.push() == 4
    mall.stock["tee", "M"] = 99

    compared = shop.compare()

    drifted = {each["sku"]: each["theirs"] for each in compared.detail if isinstance(each["ours"], int)}
    assert (compared.error, compared.drifted) == ("", 2)
    assert drifted["tee/M"] == 99
    assert drifted["nowhere/X"] is None
    assert mall.shown("tee", "M") == 10


def test_prices_go_by_item_and_a_sku_is_hidden_alone(mall: RakutenMall, shop: Shop) -> None:
    shop.list_all()
    assert shop.push() == 3
    assert mall.asked["tee"] == 1
    shop.variants[1].listings.all().delete()
    shop.list_all()

    assert shop.push() == 1

    variants = mall.items["tee"]["variants"]
    assert variants["M"] == {"standardPrice": "1980", "hidden": False}
    assert variants["L"]["hidden"] is True
    compared = shop.compare()
    assert (compared.listings_drifted, compared.error) == (0, "")


def test_a_price_that_somebody_changed_there_is_mended(mall: RakutenMall, shop: Shop) -> None:
    shop.list_all()
    shop.push()
    mall.items["mug"]["variants"]["normal-inventory"]["standardPrice"] = "1"

    assert shop.compare().listings_drifted == 1
    assert mall.items["mug"]["variants"]["normal-inventory"]["standardPrice"] == "1980"


def test_an_order_is_booked_with_what_rakuten_bears_as_tenders(mall: RakutenMall, shop: Shop) -> None:
    sold = order("1-1", item("tee", "M", 2, 1980), postage=550, points=300, mall_coupon=500, shop_coupon=200)
    mall.orders["1-1"] = sold

    assert shop.poll() == ["1-1"]

    booked = Order.objects.get()
    assert (booked.total, booked.lines_amount, booked.discount_amount) == (4310, 3960, 200)
    assert booked.shipping_amount == 550
    assert LineDiscount.objects.get().amount == 200
    assert payments(booked) == {"external": 3510, "channel-points": 300, "channel-coupons": 500}
    assert booked.invoice_issuer == "CHANNEL"
    contact = booked.contact
    assert (contact.name, contact.postal_code, contact.phone) == ("楽天 花子", "150-0002", "03-1234-5678")
    assert booked.lines.get().variant.sku == "tee/M"


def test_an_order_paid_by_points_alone_is_booked(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "M", 1, 1980), points=1980)

    assert shop.poll() == ["1-1"]
    assert payments(Order.objects.get()) == {"channel-points": 1980}


@pytest.mark.parametrize("progress", [100, 200, 800, 900])
def test_what_is_not_confirmed_or_cancelled_is_not_booked(
    mall: RakutenMall, shop: Shop, progress: int
) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "M", 1, 1980), progress=progress)

    assert shop.poll() == []
    assert not InboundFailure.objects.exists()


def test_an_order_whose_amounts_are_not_settled_waits(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "M", 1, 1980), requestPrice=-9999)
    assert shop.poll() == []

    mall.orders["1-1"]["requestPrice"] = 1980
    assert shop.poll() == ["1-1"]


def test_an_order_that_is_ready_days_later_is_not_lost(mall: RakutenMall, shop: Shop) -> None:
    """Paid by bank transfer: placed before the last poll, ready after it."""
    late = order("1-1", item("tee", "M", 1, 1980), progress=100)
    mall.orders["1-1"] = late
    assert shop.poll() == []
    mall.orders["1-2"] = order("1-2", item("tee", "L", 1, 1980))
    assert shop.poll() == ["1-2"]

    late["orderProgress"] = 300
    assert shop.poll(later=timedelta(0)) == ["1-2"]
    assert shop.poll(later=timedelta(minutes=2)) == ["1-2", "1-1"]


def test_what_was_taken_is_not_asked_for_again(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "M", 1, 1980))
    assert shop.poll() == ["1-1"]
    mall.orders["1-1"]["requestPrice"] = 1

    assert shop.poll() == ["1-1"]

    assert (mall.asked["searchOrder"], mall.asked["getOrder"]) == (2, 1)
    assert Order.objects.get().total == 1980


def test_orders_from_before_the_shop_was_ours_are_left_alone(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "M", 1, 1980), orderDatetime="2026-01-05T12:00:00+0900")

    assert shop.poll() == []


def test_goods_of_a_sku_that_is_unknown_are_kept_for_a_person_once(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "XXL", 1, 1980))

    assert shop.poll() == []
    assert shop.poll() == []

    kept = InboundFailure.objects.get()
    assert (kept.external_number, kept.tries) == ("1-1", 1)
    assert "tee/XXL" in kept.error


def test_an_order_that_can_not_be_understood_is_kept_until_it_can_and_stops_no_other(
    mall: RakutenMall, shop: Shop
) -> None:
    odd = order("1-1", item("tee", "M", 1, 1980))
    packages = odd.pop("PackageModelList")
    mall.orders = {"1-1": odd, "1-2": order("1-2", item("tee", "L", 1, 1980))}

    assert shop.poll() == ["1-2"]
    kept = InboundFailure.objects.get()
    assert (kept.external_number, kept.resolved_at) == ("1-1", None)
    assert kept.body["not_understood"] == "KeyError: 'PackageModelList'"

    odd["PackageModelList"] = packages
    assert shop.poll() == ["1-2", "1-1"]
    kept.refresh_from_db()
    assert (kept.resolved_at is not None, kept.body) == (True, {})


def test_the_shops_own_sku_goes_before_rakutens(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "whatever", 1, 1980, own_sku="MUG-1"))

    shop.poll()

    assert Order.objects.get().lines.get().variant.sku == "MUG-1"


def test_an_address_that_is_still_waited_for_stays_empty(mall: RakutenMall, shop: Shop) -> None:
    """A social gift: its receiver has not said yet where they live."""
    sold = order("1-1", item("tee", "M", 1, 1980))
    sold["PackageModelList"][0]["SenderModel"] = {
        "zipCode1": "999",
        "zipCode2": "9999",
        **dict.fromkeys(("prefecture", "city", "subAddress", "familyName"), "入力待ち"),
    }
    mall.orders["1-1"] = sold

    assert shop.poll() == ["1-1"]

    contact = Order.objects.get().contact
    assert (contact.name, contact.postal_code, contact.prefecture, contact.city) == ("", "", "", "")


def test_an_order_without_any_address_is_booked(mall: RakutenMall, shop: Shop) -> None:
    sold = order("1-1", item("tee", "M", 1, 1980), OrdererModel=None)
    sold["PackageModelList"][0]["SenderModel"] = None
    mall.orders["1-1"] = sold

    assert shop.poll() == ["1-1"]
    assert Order.objects.get().contact.name == ""


def test_a_shipment_is_told_once_with_the_carriers_number(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "M", 1, 1980))
    shop.poll()

    shop.ship("1-1")
    ShipmentNotice.objects.update(acknowledged_at=None)
    shop.push()

    [package] = mall.orders["1-1"]["PackageModelList"]
    [parcel] = package["ShippingModelList"]
    assert (parcel["deliveryCompany"], parcel["shippingNumber"]) == ("1001", "4500-1111-2222")
    assert mall.orders["1-1"]["orderProgress"] == 500
    assert mall.asked["updateOrderShipping"] == 1
    assert ShipmentNotice.objects.get().acknowledged_at is not None


def test_a_shipment_of_an_order_that_is_gone_is_given_up(mall: RakutenMall, shop: Shop) -> None:
    mall.orders["1-1"] = order("1-1", item("tee", "M", 1, 1980))
    shop.poll()
    mall.orders.clear()

    shop.ship("1-1")

    notice = ShipmentNotice.objects.get()
    assert (notice.acknowledged_at, notice.tries) == (None, 1)
    assert "1-1" in notice.error


def test_more_orders_than_a_poll_reads_come_with_the_next(
    mall: RakutenMall, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rakuten_orders, "NUMBERS", 2)
    monkeypatch.setattr(rakuten_orders, "ORDERS", 1)
    monkeypatch.setattr(rakuten_orders, "MOST_ORDERS", 2)
    mall.orders = {f"1-{n}": order(f"1-{n}", item("tee", "M", 1, 1980)) for n in range(3)}

    assert shop.poll() == ["1-0", "1-1"]
    assert (mall.asked["searchOrder"], mall.asked["getOrder"]) == (2, 2)
    assert shop.poll() == ["1-0", "1-1", "1-2"]
