"""A stand-in for RMS WEB SERVICE, written from public copies of its reference."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.connectors.malls.shop import PLACED
from tests.connectors.malls.standin import Answer, Mall, Request, answer_json

SECRET = {"service_secret": "SP000_secret", "license_key": "SL000_key"}
KEY = base64.b64encode(b"SP000_secret:SL000_key").decode()


def error(status: int, code: str, message: str) -> Answer:
    return answer_json(status, {"errors": [{"code": code, "message": message, "metadata": {}}]})


@dataclass
class RakutenMall(Mall):
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_item(self, number: str, *variants: str, price: int = 1) -> None:
        self.items[number] = {
            "manageNumber": number,
            "hideItem": False,
            "payment": {"taxIncluded": True},
            "variants": {one: {"standardPrice": str(price), "hidden": False} for one in variants},
        }
        self.stock |= {(number, one): 0 for one in variants}

    def shown(self, number: str, variant: str) -> int | None:
        """What a buyer could order; of an item that Rakuten doesn't know nothing is shown."""
        known = variant in self.items.get(number, {}).get("variants", {})
        return self.stock.get((number, variant)) if known else None

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"ESA {KEY}":
            return error(401, "GA0001", "Un-Authorised")
        operation = request.path.rstrip("/").rsplit("/", 1)[-1]
        self.asked[operation] += 1
        if self.busy:
            self.busy -= 1
            return error(429, "GA0003", "Too Many Requests")
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["2.1", "inventories", "bulk-upsert"]:
                return self._upsert(request.json()["inventories"])
            case "POST", ["2.1", "inventories", "bulk-get"]:
                return self._get_stock(request.json()["inventories"])
            case "GET", ["2.0", "items", "search"]:
                return self._search_items(request.query)
            case "PATCH", ["2.0", "items", "manage-numbers", number]:
                return self._patch(number, request.json())
            case "POST", ["2.0", "order", "searchOrder"]:
                return self._search_orders(request.json())
            case "POST", ["2.0", "order", "getOrder"]:
                return self._get_orders(request.json())
            case "POST", ["2.0", "order", "updateOrderShipping"]:
                return self._ship(request.json())
        return error(404, "GE0014", "Not found")

    def _upsert(self, given: list[dict[str, Any]]) -> Answer:
        if not 1 <= len(given) <= 400:
            return error(400, "IE0121", "inventories must be 1 to 400")
        for one in given:
            if one["mode"] != "ABSOLUTE" or not 0 <= one["quantity"] <= 99_999:
                return error(400, "IE0003", "quantity must be between 0 and 99999.")
        self.stock |= {(one["manageNumber"].lower(), one["variantId"]): one["quantity"] for one in given}
        return answer_json(204)

    def _get_stock(self, given: list[dict[str, Any]]) -> Answer:
        if not 1 <= len(given) <= 1000:
            return error(400, "IE0121", "inventories must be 1 to 1000")
        places = [(one["manageNumber"].lower(), one["variantId"]) for one in given]
        shown = [(place, self.shown(*place)) for place in places]
        found = [
            {"manageNumber": number, "variantId": variant, "quantity": quantity}
            for (number, variant), quantity in shown
            if quantity is not None
        ]
        return answer_json(200, {"inventories": found})

    def _search_items(self, query: dict[str, str]) -> Answer:
        """Pages of one, whatever was asked for: so that pages are read at all."""
        names = sorted(self.items)
        at = 0 if query.get("cursorMark", "*") == "*" else int(query["cursorMark"])
        results = [{"item": self.items[name]} for name in names[at : at + 1]]
        mark = str(min(at + 1, len(names)))
        return answer_json(200, {"numFound": len(names), "results": results, "nextCursorMark": mark})

    def _patch(self, number: str, given: dict[str, Any]) -> Answer:
        if number not in self.items:
            return error(404, "GE0014", f"Not found for inputs; manageNumber={number}")
        variants = self.items[number]["variants"]
        for name, changed in given["variants"].items():
            if name not in variants:
                return error(400, "IE0117", f"variant {name} does not exist")
            variants[name] |= changed
        return answer_json(204)

    def _search_orders(self, given: dict[str, Any]) -> Answer:
        start, end = (
            datetime.strptime(given[name], "%Y-%m-%dT%H:%M:%S%z") for name in ("startDatetime", "endDatetime")
        )
        if not 0 <= (end - start).days <= 63 or given["dateType"] not in range(1, 7):
            return self._told(400, "ORDER_EXT_API_SEARCH_ORDER_ERROR_009", "the period is not valid")
        found = sorted(
            (order["orderDatetime"], number)
            for number, order in self.orders.items()
            if order["orderProgress"] in given["orderProgressList"]
            and start <= datetime.strptime(order["orderDatetime"], "%Y-%m-%dT%H:%M:%S%z") <= end
        )
        asked = given["PaginationRequestModel"]
        size = min(asked["requestRecordsAmount"], 1000)
        pages = -(-len(found) // size)
        page = found[(asked["requestPage"] - 1) * size :][:size]
        pagination = {
            "totalRecordsAmount": len(found),
            "totalPages": pages,
            "requestPage": asked["requestPage"],
        }
        told = [
            {"messageType": "INFO", "messageCode": "ORDER_EXT_API_SEARCH_ORDER_INFO_101", "message": "ok"}
        ]
        numbers = [number for _at, number in page]
        body = {"MessageModelList": told, "orderNumberList": numbers, "PaginationResponseModel": pagination}
        return answer_json(200, body)

    def _get_orders(self, given: dict[str, Any]) -> Answer:
        if not 1 <= len(given["orderNumberList"]) <= 100 or not 3 <= given["version"] <= 10:
            return self._told(400, "ORDER_EXT_API_GET_ORDER_ERROR_004", "not valid")
        found = [self.orders[number] for number in given["orderNumberList"] if number in self.orders]
        return answer_json(
            200, {"MessageModelList": [], "OrderModelList": found, "version": given["version"]}
        )

    def _ship(self, given: dict[str, Any]) -> Answer:
        order = self.orders.get(given["orderNumber"])
        if order is None:
            return self._told(200, "ORDER_EXT_API_UPDATE_ORDERSHIPPING_ERROR_014", "no such order")
        for basket in given["BasketidModelList"]:
            [package] = [one for one in order["PackageModelList"] if one["basketId"] == basket["basketId"]]
            package["ShippingModelList"] += basket["ShippingModelList"]
        order["orderProgress"] = 500
        return self._told(200, "ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_101", "ok", kind="INFO")

    def _told(self, status: int, code: str, message: str, kind: str = "ERROR") -> Answer:
        told = {"messageType": kind, "messageCode": code, "message": message}
        return answer_json(status, {"MessageModelList": [told]})


def order(number: str, *items: dict[str, Any], progress: int = 300, **changes: Any) -> dict[str, Any]:
    """An order as getOrder tells it: what is not of interest here is left out."""
    goods = sum(one["priceTaxIncl"] * one["units"] for one in items)
    postage, points = changes.pop("postage", 0), changes.pop("points", 0)
    shop_coupon, mall_coupon = changes.pop("shop_coupon", 0), changes.pop("mall_coupon", 0)
    return {
        "orderNumber": number,
        "orderProgress": progress,
        "orderDatetime": PLACED.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "goodsPrice": goods,
        "postagePrice": postage,
        "deliveryPrice": 0,
        "paymentCharge": 0,
        "totalPrice": goods + postage,
        "requestPrice": goods + postage - shop_coupon - mall_coupon - points,
        "couponAllTotalPrice": shop_coupon + mall_coupon,
        "couponShopPrice": shop_coupon,
        "couponOtherPrice": mall_coupon,
        "additionalFeeOccurAmountToUser": 0,
        "OrdererModel": {"emailAddress": "1a2b3c@fw.rakuten.ne.jp"},
        "PointModel": {"usedPoint": points},
        "PackageModelList": [
            {
                "basketId": 7,
                "postagePrice": postage,
                "SenderModel": {
                    "zipCode1": "150",
                    "zipCode2": "0002",
                    "prefecture": "東京都",
                    "city": "渋谷区",
                    "subAddress": "渋谷1-2-3",
                    "familyName": "楽天",
                    "firstName": "花子",
                    "familyNameKana": "ラクテン",
                    "firstNameKana": "ハナコ",
                    "phoneNumber1": "03",
                    "phoneNumber2": "1234",
                    "phoneNumber3": "5678",
                },
                "ItemModelList": list(items),
                "ShippingModelList": [],
            }
        ],
        **changes,
    }


def item(number: str, variant: str, units: int, price: int, own_sku: str | None = None) -> dict[str, Any]:
    return {
        "itemDetailId": 1,
        "manageNumber": number,
        "price": price,
        "priceTaxIncl": price,
        "units": units,
        "taxRate": 0.1,
        "includeTaxFlag": 1,
        "deleteItemFlag": 0,
        "SkuModelList": [{"variantId": variant, "merchantDefinedSkuId": own_sku, "skuInfo": None}],
    }
