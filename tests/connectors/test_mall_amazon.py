"""Amazon: what it would show, and which of its orders are booked, at what amounts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.models import Connection, PushState, ShipmentNotice
from orders.models import Order
from tests.connectors.malls import amazon
from tests.connectors.malls.amazon import SELLER, AmazonMall, item, order
from tests.connectors.malls.shop import PLACED, Shop, open_shop, payments
from tests.connectors.malls.standin import answer_json, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mall() -> Iterator[AmazonMall]:
    with serving(AmazonMall) as made:
        made.items = {sku: {} for sku in ("TEE-M", "TEE L", "MUG")}
        yield made


@pytest.fixture
def shop(mall: AmazonMall) -> Shop:
    token_url = f"{mall.url}/auth/o2/token"
    made = open_shop("amazon", mall.url, amazon.SECRET, seller_id=SELLER, token_url=token_url)
    for sku, on_hand in (("TEE-M", 10), ("TEE L", 3), ("MUG", 5)):
        made.article(sku, on_hand)
    return made


def add(mall: AmazonMall, *orders: dict[str, object]) -> None:
    mall.orders |= {str(one["orderId"]): one for one in orders}


def test_availability_is_absolute_and_merged_into_what_is_there(mall: AmazonMall, shop: Shop) -> None:
    mall.items["MUG"]["fulfillment_availability"] = [{"lead_time_to_ship_max_days": 2, "quantity": 99}]
    shop.touch()

    assert shop.push() == 3

    assert [mall.quantity(sku) for sku in ("TEE-M", "TEE L", "MUG")] == [10, 3, 5]
    assert mall.items["MUG"]["fulfillment_availability"][0]["lead_time_to_ship_max_days"] == 2
    assert (mall.asked["patch"], mall.asked["token"]) == (3, 1)


def test_an_unknown_sku_is_given_up_alone(mall: AmazonMall, shop: Shop) -> None:
    shop.article("NOWHERE", 2)
    shop.touch()

    for _ in range(6):
        shop.push()

    assert [mall.quantity(sku) for sku in ("TEE-M", "TEE L", "MUG")] == [10, 3, 5]
    assert PushState.objects.exclude(dead_at=None).get().variant.sku == "NOWHERE"


def test_a_quota_that_is_spent_is_waited_for(mall: AmazonMall, shop: Shop) -> None:
    shop.touch()
    mall.busy = 2

    assert (shop.push(), shop.push()) == (0, 0)
    assert "QuotaExceeded" in Connection.objects.get().last_error
    while shop.push():
        pass
    assert [mall.quantity(sku) for sku in ("TEE-M", "TEE L", "MUG")] == [10, 3, 5]
    assert not PushState.objects.exclude(dead_at=None).exists()


def test_an_expired_token_is_fetched_again_once(mall: AmazonMall, shop: Shop) -> None:
    shop.touch()
    shop.push()
    mall.expire()
    shop.set_on_hand(shop.variants[0], 8)

    assert shop.push() == 1
    assert (mall.quantity("TEE-M"), mall.asked["token"]) == (8, 2)


def test_an_account_without_access_is_asked_for_a_token_once_more_and_no_oftener(
    mall: AmazonMall, shop: Shop
) -> None:
    shop.touch()
    mall.token = "token-7"
    answers = iter(["token-1", "token-2"])
    mall.grant = lambda given: answer_json(  # type: ignore[method-assign]
        200, {"access_token": next(answers), "expires_in": 3600}
    )

    assert shop.push() == 0

    error = Connection.objects.get().last_error
    assert error.startswith("HTTP 403")
    assert "token-" not in error


def test_a_price_is_replaced_and_an_offer_deleted(mall: AmazonMall, shop: Shop) -> None:
    shop.list_all()
    assert shop.push() == 3
    assert [mall.price(sku) for sku in ("TEE-M", "TEE L", "MUG")] == [1980, 1980, 1980]

    shop.variants[2].listings.all().delete()
    shop.list_all()
    shop.push()

    assert (mall.price("MUG"), mall.price("TEE-M")) == (None, 1980)
    compared = shop.compare()
    assert (compared.listings_drifted, compared.error) == (0, "")


def test_drift_is_found_and_mended(mall: AmazonMall, shop: Shop) -> None:
    shop.touch()
    shop.list_all()
    shop.push()
    mall.items["TEE L"]["fulfillment_availability"][0]["quantity"] = 99
    offer = mall.items["MUG"]["purchasable_offer"][0]
    offer["our_price"] = [{"schedule": [{"value_with_tax": 1}]}]

    compared = shop.compare()

    assert (compared.drifted, compared.listings_drifted, compared.error) == (1, 1, "")
    assert (mall.quantity("TEE L"), mall.price("MUG")) == (3, 1980)


def test_an_order_is_booked_at_what_the_seller_is_paid(mall: AmazonMall, shop: Shop) -> None:
    goods = item("i-1", "TEE-M", 2, 1980), item("i-2", "MUG", 1, 980)
    add(mall, order("250-1", *goods, shipping=550, discount=200))

    assert shop.poll() == ["250-1"]

    booked = Order.objects.get()
    assert (booked.total, booked.lines_amount, booked.discount_amount) == (5290, 4940, 200)
    assert booked.shipping_amount == 550
    assert payments(booked) == {"external": 5290}
    assert booked.invoice_issuer == "CHANNEL"
    assert (booked.contact.name, booked.contact.prefecture) == ("山田 花子", "東京都")


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY", "CANCELLED", "UNFULFILLABLE"])
def test_what_is_not_paid_or_cancelled_is_not_booked(mall: AmazonMall, shop: Shop, status: str) -> None:
    add(mall, order("250-1", item("i-1", "MUG", 1, 980), status=status))

    assert shop.poll() == []


def test_what_amazon_ships_itself_is_not_booked(mall: AmazonMall, shop: Shop) -> None:
    add(mall, order("250-1", item("i-1", "MUG", 1, 980), by="AMAZON"))

    assert shop.poll() == []


def test_an_order_that_is_paid_later_is_not_lost(mall: AmazonMall, shop: Shop) -> None:
    late = order("250-1", item("i-1", "MUG", 1, 980), status="PENDING")
    add(mall, late, order("250-2", item("i-1", "TEE-M", 1, 1980)))
    assert shop.poll() == ["250-2"]

    late["fulfillment"]["fulfillmentStatus"] = "UNSHIPPED"
    late["lastUpdatedTime"] = amazon.moment(PLACED + timedelta(minutes=20))

    assert shop.poll() == ["250-2", "250-1"]


def test_pages_are_read_to_the_end_of_a_window(mall: AmazonMall, shop: Shop) -> None:
    mall.page = 2
    add(mall, *(order(f"250-{n}", item("i-1", "MUG", 1, 980)) for n in range(5)))

    assert shop.poll() == [f"250-{n}" for n in range(5)]
    assert mall.asked["orders"] == 3
    assert "|" not in Connection.objects.get().orders_cursor


def test_a_page_whose_token_expired_is_read_from_the_windows_beginning(mall: AmazonMall, shop: Shop) -> None:
    mall.page = 2
    add(mall, *(order(f"250-{n}", item("i-1", "MUG", 1, 980)) for n in range(3)))
    end = amazon.moment(PLACED + timedelta(minutes=25))
    Connection.objects.update(orders_cursor=f"{amazon.moment(PLACED)}|{end}|gone")

    assert shop.poll(later=timedelta(0)) == []
    assert "|" not in Connection.objects.get().orders_cursor
    assert shop.poll() == ["250-0", "250-1", "250-2"]


def test_orders_are_not_asked_for_before_their_time(mall: AmazonMall, shop: Shop) -> None:
    Connection.objects.update(settings={**shop.connection.settings, "poll_seconds": 180})
    shop.poll()
    shop.poll(later=timedelta(seconds=5))
    assert mall.asked["orders"] == 1

    shop.poll(later=timedelta(seconds=200))
    assert mall.asked["orders"] == 2


def test_orders_placed_before_the_shop_was_ours_are_left_alone(mall: AmazonMall, shop: Shop) -> None:
    """It changed today, but was placed long ago."""
    add(mall, order("250-1", item("i-1", "MUG", 1, 980), created=PLACED - timedelta(days=4)))

    assert shop.poll() == []


def test_an_order_without_the_buyers_address_is_booked(mall: AmazonMall, shop: Shop) -> None:
    add(mall, order("250-1", item("i-1", "MUG", 1, 980), recipient=None, buyer=None))

    assert shop.poll() == ["250-1"]
    assert (Order.objects.get().contact.name, Order.objects.get().contact.postal_code) == ("", "")


def test_a_sku_with_a_comma_is_compared_by_itself(mall: AmazonMall, shop: Shop) -> None:
    mall.items["TEE,S"] = {}
    shop.article("TEE,S", 7)
    shop.article("GONE,S", 1)
    shop.touch()
    for _ in range(2):
        shop.push()
    mall.items["TEE,S"]["fulfillment_availability"][0]["quantity"] = 99

    compared = shop.compare()

    drifted = {each["sku"]: each["theirs"] for each in compared.detail if isinstance(each["ours"], int)}
    assert (drifted.get("TEE,S"), compared.error) == (99, "")
    assert mall.quantity("TEE,S") == 7


def test_a_shipment_is_confirmed_with_its_items_and_the_same_number_again(
    mall: AmazonMall, shop: Shop
) -> None:
    """One SKU on two of Amazon's items."""
    add(mall, order("250-1", item("i-1", "MUG", 1, 980), item("i-2", "MUG", 2, 980)))
    shop.poll()

    shop.ship("250-1")
    ShipmentNotice.objects.update(acknowledged_at=None)
    shop.push()

    [parcel] = mall.parcels["250-1"].values()
    assert (parcel["carrierCode"], parcel["carrierName"]) == ("Other", "Yamato Transport")
    assert parcel["trackingNumber"] == "4500-1111-2222"
    assert parcel["orderItems"] == [
        {"orderItemId": "i-1", "quantity": 1},
        {"orderItemId": "i-2", "quantity": 2},
    ]
    assert mall.asked["confirm"] == 2


def test_a_mall_that_nothing_is_shipped_for_is_told_of_no_shipment(mall: AmazonMall, shop: Shop) -> None:
    settings = {name: value for name, value in shop.connection.settings.items() if name != "carrier"}
    Connection.objects.update(settings=settings)
    add(mall, order("250-1", item("i-1", "MUG", 1, 980)))
    shop.poll()

    shop.ship("250-1")

    assert not ShipmentNotice.objects.exists()
    assert mall.parcels == {}
