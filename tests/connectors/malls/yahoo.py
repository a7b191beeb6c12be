"""A stand-in for Yahoo! Shopping's store APIs, written from developer.yahoo.co.jp."""

import base64
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.connectors.malls.shop import PLACED
from tests.connectors.malls.standin import Answer, Mall, Request, answer_json

SELLER = "snbx-shop"
JST = ZoneInfo("Asia/Tokyo")
SECRET = {"client_id": "app", "client_secret": "app-secret", "refresh_token": "refresh-me"}
ORDER_CALLS = ("orderList", "orderInfo", "orderShipStatusChange")


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


def public_key() -> str:
    return private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def error(status: int, code: str, message: str) -> Answer:
    text = f'<Error xmlns="urn:yahoo:api"><Message>{message}</Message><Code>{code}</Code></Error>'
    return status, text.encode()


def results(*rows: dict[str, Any], **attributes: Any) -> Answer:
    root = ElementTree.Element("ResultSet", {name: str(value) for name, value in attributes.items()})
    for row in rows:
        result = ElementTree.SubElement(root, "Result")
        for name, value in row.items():
            _fill(result, name, value)
    return 200, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _fill(parent: ElementTree.Element, name: str, value: Any) -> None:
    for one in value if isinstance(value, list) else [value]:
        made = ElementTree.SubElement(parent, name)
        if isinstance(one, dict):
            for inner, told in one.items():
                _fill(made, inner, told)
        else:
            made.text = "" if one is None else str(one)


@dataclass
class YahooMall(Mall):
    """
    `stock` is of codes, `items` what is written, `front` what buyers see once it was published. Of
    `untold` orders a search tells, and orderInfo nothing.
    """

    stock: dict[str, int] = field(default_factory=dict)
    items: dict[str, dict[str, str]] = field(default_factory=dict)
    front: dict[str, dict[str, str]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    signed: bool = False
    untold: set[str] = field(default_factory=set)

    def answer(self, request: Request) -> Answer:
        operation = request.path.rstrip("/").rsplit("/", 1)[-1]
        self.asked[operation] += 1
        if operation == "token":
            basic = "Basic " + base64.b64encode(b"app:app-secret").decode()
            if request.headers.get("authorization") != basic:
                return answer_json(401, {"error": "invalid_client"})
            return self.grant(request.form())
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return error(401, "px-04102", "AccessToken has been expired.")
        if self.busy:
            self.busy -= 1
            return error(429, "px-04106", "Too many requests")
        if operation in ORDER_CALLS:
            if self.signed and not self._is_signed(request):
                return error(401, "px-04201", "The signature is not valid.")
            return getattr(self, f"_{operation}")(ElementTree.fromstring(request.body))
        form = request.form()
        if form.get("seller_id") != SELLER:
            return error(400, "px-04001", "seller_id is not specified")
        return getattr(self, f"_{operation}")(form)

    def _is_signed(self, request: Request) -> bool:
        if request.headers.get("x-sws-signature-version") != "5":
            return False
        sealed = base64.b64decode(request.headers.get("x-sws-signature", ""))
        seller, _colon, at = private_key().decrypt(sealed, padding.PKCS1v15()).decode().partition(":")
        return seller == SELLER and abs(int(at) - time.time()) < 60

    def _setStock(self, form: dict[str, str]) -> Answer:
        codes, quantities = form["item_code"].split(","), form["quantity"].split(",")
        if len(codes) != len(quantities) or len(codes) > 1000:
            return error(400, "st-02101", "item_code() is invalid format.")
        if unknown := [code for code in codes if code not in self.stock]:
            return error(400, "st-02104", f"{unknown[0]} does not exist.")
        self.stock |= dict(zip(codes, map(int, quantities), strict=True))
        rows = [{**_code(code), "Quantity": self.stock[code]} for code in codes]
        return results(*rows, totalResultsReturned=len(rows))

    def _getStock(self, form: dict[str, str]) -> Answer:
        codes = form["item_code"].split(",")
        if len(codes) > 1000:
            return error(400, "st-01101", "item_code() is invalid format.")
        known = [
            {**_code(code), "Status": 1, "Quantity": self.stock[code]}
            if code in self.stock
            else {**_code(code), "Status": 0}
            for code in codes
        ]
        return results(*known)

    def _updateItems(self, form: dict[str, str]) -> Answer:
        """All of them, or none."""
        given = [
            {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
            for name, text in form.items()
            if name.startswith("item")
        ]
        if not 1 <= len(given) <= 100:
            return error(400, "it-02001", "item1 to item100")
        for one in given:
            if one["item_code"] not in self.items:
                return error(400, "it-02002", f"{one['item_code']} does not exist.")
            if "price" in one and "sale_price" not in one:
                return error(400, "it-02022", "sale_price is not specified")
        for one in given:
            self.items[one["item_code"]] |= one
        return results({"Status": "OK"})

    def _reservePublish(self, form: dict[str, str]) -> Answer:
        if form.get("mode") != "1":
            return error(400, "pm-05005", "mode is not specified")
        self.front = {code: dict(item) for code, item in self.items.items()}
        return results({"Status": "OK"})

    def _orderList(self, asked: ElementTree.Element) -> Answer:
        if asked.findtext("SellerId") != SELLER:
            return error(400, "od00001", "SellerId")
        start, end = (
            datetime.strptime(f"{asked.findtext(f'Search/Condition/OrderTime{side}')}+0900", "%Y%m%d%H%M%S%z")
            for side in ("From", "To")
        )
        found = [
            {
                "OrderId": order["OrderId"],
                "OrderTime": order["OrderTime"],
                "OrderStatus": order["OrderStatus"],
                "PayStatus": order["Pay"]["PayStatus"],
                "ShipStatus": order["Ship"]["ShipStatus"],
            }
            for order in sorted(self.orders.values(), key=lambda one: one["OrderTime"])
            if start <= datetime.fromisoformat(order["OrderTime"]) <= end
        ]
        first, size = (int(asked.findtext(f"Search/{name}") or 0) for name in ("Start", "Result"))
        page = found[first - 1 : first - 1 + size]
        search = ElementTree.Element("Result")
        _fill(search, "Status", "OK")
        _fill(search, "Search", {"TotalCount": len(found), "OrderInfo": page})
        return 200, ElementTree.tostring(search, encoding="utf-8")

    def _orderInfo(self, asked: ElementTree.Element) -> Answer:
        number = asked.findtext("Target/OrderId") or ""
        if number not in self.orders or number in self.untold:
            return error(400, "od90101", "Not Exists : OrderId")
        return results({"Status": "OK", "OrderInfo": self.orders[number]})

    def _orderShipStatusChange(self, asked: ElementTree.Element) -> Answer:
        order = self.orders.get(asked.findtext("Target/OrderId") or "")
        ship = asked.find("Order/Ship")
        if order is None or ship is None or asked.findtext("Target/IsPointFix") != "true":
            return error(400, "od90101", "Not Exists : OrderId")
        order["Ship"] |= {each.tag: each.text for each in ship}
        return results({"Status": "OK"})


def _code(code: str) -> dict[str, str]:
    item, _colon, sub = code.partition(":")
    return {"ItemCode": item, "SubCode": sub}


def order(number: str, *items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An order as orderInfo tells it: what is not of interest here is left out."""
    goods = sum(int(one["UnitPrice"]) * one["Quantity"] for one in items)
    ship, points = changes.pop("shipping", 0), changes.pop("points", 0)
    coupon, discount = changes.pop("mall_coupon", 0), changes.pop("discount", 0)
    at = changes.pop("at", PLACED).astimezone(JST)
    return {
        "OrderId": f"{SELLER}-{number}",
        "OrderTime": at.isoformat(),
        "OrderStatus": changes.pop("status", 2),
        "Pay": {"PayStatus": 1, "BillMailAddress": "hanako@example.jp"},
        "Ship": {
            "ShipStatus": changes.pop("ship_status", 1),
            "ShipInvoiceNumber1": None,
            "ShipInvoiceNumber2": None,
            "ShipLastName": "山田",
            "ShipFirstName": "花子",
            "ShipZipCode": "1500002",
            "ShipPrefecture": "東京都",
            "ShipCity": "渋谷区",
            "ShipAddress1": "渋谷1-2-3",
            "ShipAddress2": "ビル4F",
            "ShipPhoneNumber": "0312345678",
        },
        "Detail": {
            "PayCharge": 0,
            "ShipCharge": ship,
            "GiftWrapCharge": 0,
            "Discount": discount,
            "Adjustments": 0,
            "UsePoint": points,
            "TotalMallCouponDiscount": coupon,
            "TotalPrice": goods + ship - discount - points - coupon,
        },
        "Item": list(items),
        **changes,
    }


def item(code: str, quantity: int, price: int) -> dict[str, Any]:
    item_code, _colon, sub = code.partition(":")
    return {"LineId": 1, "ItemId": item_code, "SubCode": sub, "UnitPrice": price, "Quantity": quantity}
