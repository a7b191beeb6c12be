"""The `vendure` connector against answers in the form of its Admin API; `make test-peers` has the server."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import PushFailed
from connectors.ports import (
    Counterpart,
    ListingItem,
    RemoteListing,
    RemoteStock,
    Shipment,
    ShipmentLine,
    StockItem,
)
from connectors.vendure.connector import VendureConnector
from connectors.vendure.settings import VendureSettings
from tests.connectors.standins import standing_in

KEY = "key"


@dataclass
class Vendure:
    """A server with one variant; what it was told is in `written`."""

    on_hand: int = 0
    allocated: int = 0
    threshold: int = 0
    locations: int = 1
    precision: int = 2
    # Allocations that happen just before each write.
    sales: list[int] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    written: list[dict[str, Any]] = field(default_factory=list)
    short: bool = False
    url: str = ""

    def answer(self, method: str, path: str, query: Any, body: Any, headers: Any) -> tuple[int, Any]:
        if headers.get("vendure-api-key") != KEY:
            error = {"message": "You are not currently authorized", "extensions": {"code": "FORBIDDEN"}}
            return 200, {"errors": [error], "data": None}
        return 200, {"data": self.data(body["query"], body["variables"])}

    def data(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "updateProductVariants" in query:
            return {"updateProductVariants": [self.write(one) for one in variables["input"]]}
        if "addFulfillmentToOrder" in query:
            if self.short and self.on_hand < 1:
                return {
                    "addFulfillmentToOrder": {
                        "errorCode": "INSUFFICIENT_STOCK_ON_HAND_ERROR",
                        "message": "short",
                    }
                }
            self.written.append(variables["input"])
            return {"addFulfillmentToOrder": {"id": "7", "state": "Pending"}}
        if "transitionFulfillmentToState" in query:
            return {"transitionFulfillmentToState": {"id": "7", "state": "Shipped"}}
        if "orders(" in query:
            return {"orders": {"items": self.orders, "totalItems": len(self.orders)}}
        return {
            "globalSettings": {
                "outOfStockThreshold": 0,
                "serverConfig": {"moneyStrategyPrecision": self.precision},
            },
            "stockLocations": {"items": [{"id": str(one + 1)} for one in range(self.locations)]},
            "activeChannel": {
                "pricesIncludeTax": True,
                "defaultCurrencyCode": "JPY",
                "availableCurrencyCodes": ["JPY"],
            },
            "productVariants": {"items": [self.variant()], "totalItems": 1},
        }

    def variant(self) -> dict[str, Any]:
        level = {"stockLocationId": "1", "stockOnHand": self.on_hand, "stockAllocated": self.allocated}
        return {
            "id": "3",
            "sku": "TEE",
            "enabled": True,
            "outOfStockThreshold": self.threshold,
            "useGlobalOutOfStockThreshold": self.threshold == 0,
            "stockLevels": [level],
            "prices": [{"currencyCode": "JPY", "price": 148_000}],
            "product": {"id": "2", "enabled": True},
        }

    def write(self, change: dict[str, Any]) -> dict[str, Any]:
        self.written.append(change)
        for level in change.get("stockLevels", ()):
            self.on_hand = level["stockOnHand"]
        self.threshold = change.get("outOfStockThreshold", self.threshold)
        if self.sales:
            sold = self.sales.pop(0)
            self.allocated += sold
            self.orders.append(order("NEW", sold))
        return self.variant()


@pytest.fixture
def vendure() -> Iterator[Vendure]:
    shop = Vendure()
    with standing_in(shop.answer) as url:
        shop.url = url
        yield shop


def to(shop: Vendure, *booked: str, key: str = KEY) -> Counterpart[VendureSettings]:
    def told(numbers: Collection[str]) -> frozenset[str]:
        return frozenset(set(numbers) & set(booked))

    return Counterpart("vendure", shop.url, key, VendureSettings(), booked=told)


def order(code: str, units: int, *, sent: int = 0, state: str = "PaymentSettled") -> dict[str, Any]:
    sent_lines = [{"quantity": sent, "fulfillment": {"state": "Shipped"}}] if sent else []
    gone = [{"quantity": 1, "fulfillment": {"state": "Cancelled"}}]
    line = {
        "id": "9",
        "quantity": units,
        "proratedLinePriceWithTax": 148_050 * units,
        "productVariant": {"sku": "TEE"},
        "fulfillmentLines": [*sent_lines, *gone],
    }
    return {
        "id": "5",
        "code": code,
        "orderPlacedAt": datetime.now(UTC).isoformat(),
        "state": state,
        "currencyCode": "JPY",
        "totalWithTax": 148_050 * units + 50_000,
        "shippingWithTax": 50_000,
        "customer": {
            "firstName": "花子",
            "lastName": "山田",
            "emailAddress": "h@example.jp",
            "phoneNumber": "",
        },
        "shippingAddress": {"city": "渋谷区", "postalCode": "150-0001"},
        "lines": [line],
        "fulfillments": [],
    }


def test_on_hand_is_what_is_available_and_what_booked_orders_hold(vendure: Vendure) -> None:
    """Five sold there, two of them booked here: our 10 lack two, and three more are gone."""
    vendure.allocated, vendure.orders = 5, [order("A", 2), order("B", 4, sent=1)]

    VendureConnector().push_stock(to(vendure, "A"), [StockItem("TEE", 10, 1)])

    assert vendure.on_hand == 12
    assert vendure.on_hand - vendure.allocated == 10 - 3


def test_counts_that_vendure_lost_do_not_make_it_sell_more(vendure: Vendure) -> None:
    """It sold 8 and counts 3: what it subtracts is 3, what is not booked comes from the orders' lines."""
    vendure.allocated, vendure.orders = 3, [order("A", 8)]

    VendureConnector().push_stock(to(vendure), [StockItem("TEE", 10, 1)])

    assert vendure.on_hand - vendure.allocated == 2


def test_more_sold_than_there_is_leaves_nothing_and_nothing_negative(vendure: Vendure) -> None:
    vendure.allocated, vendure.orders = 3, [order("A", 8)]

    VendureConnector().push_stock(to(vendure), [StockItem("TEE", 3, 1)])

    assert vendure.written == [{"id": "3", "stockLevels": [{"stockLocationId": "1", "stockOnHand": 0}]}]


def test_the_threshold_is_on_top(vendure: Vendure) -> None:
    vendure.threshold = 4

    VendureConnector().push_stock(to(vendure), [StockItem("TEE", 10, 1)])

    assert vendure.on_hand == 14


def test_what_is_sold_while_it_is_told_makes_it_tell_again(vendure: Vendure) -> None:
    """An order of one comes between reading and writing, and is found when the orders are read anew."""
    vendure.sales = [1]

    VendureConnector().push_stock(to(vendure), [StockItem("TEE", 10, 1)])

    assert len(vendure.written) == 2
    assert vendure.on_hand - vendure.allocated == 9


def test_an_unknown_sku_is_refused_and_the_others_are_told(vendure: Vendure) -> None:
    items = [StockItem("TEE", 10, 1), StockItem("CAP", 1, 1)]
    vendure.sales = [1]

    with pytest.raises(PushFailed, match=r"^Vendure has no variant with the SKU CAP$") as failed:
        VendureConnector().push_stock(to(vendure), items)

    assert (failed.value.permanent, vendure.on_hand - vendure.allocated) == (True, 9)


def test_among_several_stock_locations_one_must_be_named(vendure: Vendure) -> None:
    vendure.locations = 2

    with pytest.raises(PushFailed, match="stock_location must name one") as failed:
        VendureConnector().push_stock(to(vendure), [StockItem("TEE", 10, 1)])

    assert (failed.value.permanent, vendure.written) == (True, [])


def test_a_wrong_key_is_refused_for_good(vendure: Vendure) -> None:
    with pytest.raises(PushFailed, match=r"^Vendure refuses the API key") as failed:
        VendureConnector().check_health(to(vendure, key="other"))

    assert failed.value.permanent


def test_what_is_not_booked_is_still_to_settle(vendure: Vendure) -> None:
    vendure.on_hand, vendure.allocated, vendure.orders = 10, 3, [order("A", 2), order("B", 1)]

    shown = list(VendureConnector().read_stock(to(vendure, "B")))

    assert shown == [RemoteStock("TEE", 7, 0, unsettled=2)]


@pytest.mark.parametrize(("precision", "price"), [(2, 148_000), (0, 1480)])
def test_yen_have_the_decimals_of_the_server(vendure: Vendure, precision: int, price: int) -> None:
    vendure.precision = precision

    VendureConnector().push_listings(to(vendure), [ListingItem("TEE", True, Decimal(1480), True, "JPY", 1)])

    [told] = vendure.written
    assert (told["enabled"], told["prices"]) == (True, [{"currencyCode": "JPY", "price": price}])


def test_listings_are_read_as_they_were_written(vendure: Vendure) -> None:
    [shown] = VendureConnector().read_listings(to(vendure))

    assert shown == RemoteListing("TEE", True, Decimal(1480), True, "JPY")


def test_an_order_is_read_in_whole_yen(vendure: Vendure) -> None:
    vendure.orders = [order("A", 1), order("B", 1, state="Cancelled")]

    [message] = VendureConnector().read_orders(to(vendure), "").orders

    assert {name: message[name] for name in ("order_number", "total", "shipping", "lines", "buyer")} == {
        "order_number": "A",
        "total": "1981",
        "shipping": "500",
        "lines": [{"sku": "TEE", "quantity": 1, "amount": "1481"}],
        "buyer": {"name": "山田 花子", "email": "h@example.jp", "postal_code": "150-0001", "city": "渋谷区"},
    }


def shipment(units: int) -> Shipment:
    return Shipment("0199", "A", "1", datetime.now(UTC), "", "45-1", (ShipmentLine("TEE", units),))


def test_a_shipment_is_a_fulfilment_under_its_id(vendure: Vendure) -> None:
    vendure.orders = [order("A", 2)]

    VendureConnector().acknowledge_shipment(to(vendure), shipment(2))
    vendure.orders[0]["fulfillments"] = [{"id": "7", "state": "Shipped", "method": "omni 0199"}]
    VendureConnector().acknowledge_shipment(to(vendure), shipment(2))

    [told] = vendure.written
    assert told["lines"] == [{"orderLineId": "9", "quantity": 2}]
    assert told["handler"]["arguments"] == [
        {"name": "method", "value": "omni 0199"},
        {"name": "trackingCode", "value": "45-1"},
    ]


def test_what_was_oversold_is_sent_without_anything_to_buy_meanwhile(vendure: Vendure) -> None:
    vendure.orders, vendure.short = [order("A", 2)], True

    VendureConnector().acknowledge_shipment(to(vendure), shipment(2))

    lifted, _, lowered = vendure.written
    assert (lifted["stockLevels"][0]["stockOnHand"], lifted["outOfStockThreshold"]) == (2, 2)
    assert (lowered["stockLevels"][0]["stockOnHand"], lowered["outOfStockThreshold"]) == (0, 0)


def test_more_than_the_order_has_open_is_refused(vendure: Vendure) -> None:
    vendure.orders = [order("A", 2, sent=1)]

    with pytest.raises(PushFailed, match=r"^Vendure's order A has not 2 TEE open$") as failed:
        VendureConnector().acknowledge_shipment(to(vendure), shipment(2))

    assert (failed.value.permanent, vendure.written) == (True, [])
