"""A stand-in for the Selling Partner API, written from its published models."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.connectors.malls.shop import PLACED
from tests.connectors.malls.standin import Answer, Mall, Request, answer_json

SELLER, JAPAN = "A2SELLER", "A1VC38T7YXB528"
SECRET = {"client_id": "amzn1.app", "client_secret": "amzn1.secret", "refresh_token": "refresh-me"}


def error(status: int, code: str, message: str) -> Answer:
    return answer_json(status, {"errors": [{"code": code, "message": message, "details": ""}]})


@dataclass
class AmazonMall(Mall):
    """`items` holds each SKU's attributes; `orders` what searchOrders tells; `tokens` the pages given out."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    parcels: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    page: int = 100
    tokens: dict[str, int] = field(default_factory=dict)

    def quantity(self, sku: str) -> int | None:
        return next((one["quantity"] for one in self.items[sku].get("fulfillment_availability", [])), None)

    def price(self, sku: str) -> int | None:
        offers = self.items[sku].get("purchasable_offer", [])
        return next((one["our_price"][0]["schedule"][0]["value_with_tax"] for one in offers), None)

    def answer(self, request: Request) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts[-1] == "token":
            self.asked["token"] += 1
            given = request.form()
            if given.get("client_secret") != SECRET["client_secret"]:
                return answer_json(401, {"error": "invalid_client"})
            return self.grant(given)
        if request.headers.get("x-amz-access-token") != self.token:
            return error(403, "Unauthorized", "Access to requested resource is denied.")
        if self.busy:
            self.busy -= 1
            return error(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
        match request.method, parts:
            case "PATCH", ["listings", "2021-08-01", "items", seller, sku]:
                return self._counted("patch", self._patch(seller, sku, request))
            case "GET", ["listings", "2021-08-01", "items", seller]:
                return self._counted("search", self._search(seller, request.query))
            case "GET", ["listings", "2021-08-01", "items", _seller, sku]:
                known = sku in self.items
                return answer_json(200, self._item(sku)) if known else error(404, "NotFound", "SKU")
            case "GET", ["orders", "2026-01-01", "orders"]:
                return self._counted("orders", self._search_orders(request.query))
            case "GET", ["orders", "2026-01-01", "orders", number]:
                return self._get_order(number)
            case "POST", ["orders", "v0", "orders", number, "shipmentConfirmation"]:
                return self._counted("confirm", self._confirm(number, request.json()))
        return error(404, "NotFound", "Resource not found.")

    def _counted(self, operation: str, answer: Answer) -> Answer:
        self.asked[operation] += 1
        return answer

    def _patch(self, seller: str, sku: str, request: Request) -> Answer:
        if seller != SELLER or request.query.get("marketplaceIds") != JAPAN:
            return error(400, "InvalidInput", "marketplaceIds")
        if sku not in self.items:
            return error(404, "NotFound", f"SKU '{sku}' not found in marketplace")
        for change in request.json()["patches"]:
            name = change["path"].removeprefix("/attributes/")
            before = self.items[sku].get(name, [])
            if name == "purchasable_offer" and change["op"] == "replace":
                price = change["value"][0]["our_price"][0]["schedule"][0]["value_with_tax"]
                if price < 1:
                    issue = {"code": "90220", "message": "value_with_tax is too low", "severity": "ERROR"}
                    return answer_json(200, {"sku": sku, "status": "INVALID", "issues": [issue]})
            match change["op"]:
                case "merge":
                    merged = before[0] | change["value"][0] if before else change["value"][0]
                    self.items[sku][name] = [merged]
                case "replace":
                    self.items[sku][name] = change["value"]
                case "delete":
                    self.items[sku].pop(name, None)
        return answer_json(200, {"sku": sku, "status": "ACCEPTED", "submissionId": "s-1", "issues": []})

    def _search(self, seller: str, query: dict[str, str]) -> Answer:
        named = [one for one in query.get("identifiers", "").split(",") if one]
        if seller != SELLER or len(named) > 20 or int(query.get("pageSize", "10")) > 20:
            return error(400, "InvalidInput", "identifiers")
        return answer_json(200, {"items": [self._item(sku) for sku in named if sku in self.items]})

    def _item(self, sku: str) -> dict[str, Any]:
        price, quantity = self.price(sku), self.quantity(sku)
        offers = [] if price is None else [{"currencyCode": "JPY", "amount": str(price)}]
        stock = [] if quantity is None else [quantity]
        return {
            "sku": sku,
            "offers": [{"marketplaceId": JAPAN, "offerType": "B2C", "price": one} for one in offers],
            "fulfillmentAvailability": [
                {"fulfillmentChannelCode": "DEFAULT", "quantity": one} for one in stock
            ],
        }

    def _search_orders(self, query: dict[str, str]) -> Answer:
        after, before = (datetime.fromisoformat(query[f"lastUpdated{side}"]) for side in ("After", "Before"))
        if before < after or before > datetime.now(UTC) - timedelta(minutes=2):
            return error(400, "InvalidInput", "lastUpdatedBefore must be two minutes before now")
        token = query.get("paginationToken")
        if token is not None and token not in self.tokens:
            return error(400, "InvalidInput", "paginationToken is invalid or has expired")
        found = [
            each
            for each in self.orders.values()
            if after <= datetime.fromisoformat(each["lastUpdatedTime"]) <= before
            and each["fulfillment"]["fulfillmentStatus"] in query["fulfillmentStatuses"].split(",")
            and each["fulfillment"]["fulfilledBy"] in query["fulfilledBy"].split(",")
        ]
        start = self.tokens[token] if token else 0
        body: dict[str, Any] = {"orders": found[start : start + self.page]}
        if start + self.page < len(found):
            name = f"page-{start + self.page}"
            self.tokens[name] = start + self.page
            body["pagination"] = {"nextToken": name}
        return answer_json(200, body)

    def _get_order(self, number: str) -> Answer:
        if number not in self.orders:
            return error(404, "NotFound", "order")
        return answer_json(200, {"order": self.orders[number]})

    def _confirm(self, number: str, given: dict[str, Any]) -> Answer:
        parcel = given["packageDetail"]
        if given["marketplaceId"] != JAPAN or not parcel["packageReferenceId"].isdigit():
            return error(400, "InvalidInput", "packageReferenceId must be a positive number")
        ordered = {one["orderItemId"]: one["quantityOrdered"] for one in self.orders[number]["orderItems"]}
        for one in parcel["orderItems"]:
            if one["quantity"] > ordered.get(one["orderItemId"], 0):
                return error(400, "InvalidInput", "orderItems")
        self.parcels.setdefault(number, {})[parcel["packageReferenceId"]] = parcel
        return answer_json(204)


def order(number: str, *items: dict[str, Any], status: str = "UNSHIPPED", **changes: Any) -> dict[str, Any]:
    """An order as searchOrders tells it: what is not of interest here is left out."""
    shipping, discount = changes.pop("shipping", 0), changes.pop("discount", 0)
    goods = sum(int(one["proceeds"]["breakdowns"][0]["subtotal"]["amount"]) for one in items)
    parts = {"ITEM": goods, "SHIPPING": shipping, "DISCOUNT": -discount}
    changed = changes.pop("changed", PLACED)
    return {
        "orderId": number,
        "createdTime": moment(changes.pop("created", PLACED)),
        "lastUpdatedTime": moment(changed),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": JAPAN},
        "buyer": {"buyerEmail": "xyz@marketplace.amazon.co.jp"},
        "recipient": {
            "deliveryAddress": {
                "name": "山田 花子",
                "addressLine1": "渋谷1-2-3",
                "addressLine2": "ビル4F",
                "stateOrRegion": "東京都",
                "city": "渋谷区",
                "postalCode": "150-0002",
                "countryCode": "JP",
                "phone": "0312345678",
            }
        },
        "proceeds": {
            "grandTotal": yen(goods + shipping - discount),
            "breakdowns": [{"type": name, "subtotal": yen(amount)} for name, amount in parts.items()],
        },
        "fulfillment": {"fulfillmentStatus": status, "fulfilledBy": changes.pop("by", "MERCHANT")},
        "orderItems": list(items),
        **changes,
    }


def item(name: str, sku: str, quantity: int, price: int) -> dict[str, Any]:
    amount = yen(price * quantity)
    return {
        "orderItemId": name,
        "quantityOrdered": quantity,
        "product": {"asin": "B0", "sellerSku": sku, "price": {"unitPrice": yen(price)}},
        "proceeds": {"proceedsTotal": amount, "breakdowns": [{"type": "ITEM", "subtotal": amount}]},
    }


def yen(amount: int) -> dict[str, str]:
    return {"amount": str(amount), "currencyCode": "JPY"}


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
