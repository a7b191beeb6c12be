"""What shoppers do in the day: signing up, linking a card, filling carts, paying."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from stdnum import ean

from backoffice.walkthrough.stage import Stage, eventually, expect, key, ok

CONTACT = {
    "name": "塩見 花子",
    "name_kana": "シオミ ハナコ",
    "email": "hanako@example.jp",
    "phone": "+81312345678",
    "country": "JP",
    "postal_code": "150-0002",
    "prefecture": "東京都",
    "city": "渋谷区",
    "line1": "渋谷1-1-1",
}
ENOUGH_POINTS = 200


def new_member_with_points(stage: Stage) -> tuple[str, int]:
    """A shop hands out a card, and its new member earns points there; her number and points."""
    number = f"29{time.time_ns() // 1_000_000 % 10**10:010d}"
    number += ean.calc_check_digit(number)
    email = f"member-{uuid4().hex[:10]}@example.jp"
    till = stage.clients["till-shibuya"]
    body = {"member_number": number, "email": email, "email_confirmed": True, "family_name": "塩見"}
    ok(till.post("/api/v1/till/members/", json=body, headers=key()))
    stage.memory["member_email"] = email
    sku = stage.memory["dear"]
    stage.till_sells("till-shibuya", sku, quantity=2, member=number)
    points = points_at_till(stage, number)
    expect(points > ENOUGH_POINTS, "she has earned points in the shop", points)
    return number, points


def points_at_till(stage: Stage, number: str) -> int:
    member = ok(stage.clients["till-shibuya"].get(f"/api/v1/till/members/{number}/"))
    return int(member["points"]["balance"])


class Shopper:
    """Somebody signed in on the EC site, by allauth's headless API for apps."""

    def __init__(self, stage: Stage, client: httpx.Client) -> None:
        self.stage, self.client = stage, client

    @classmethod
    def sign_up(cls, stage: Stage) -> "Shopper":
        client = httpx.Client(base_url=stage.addresses.web, timeout=30)
        body = {"email": f"shopper-{uuid4().hex[:10]}@example.jp", "password": uuid4().hex}
        answer = client.post("/_allauth/app/v1/auth/signup", json=body)
        meta = answer.json().get("meta", {})
        expect(
            meta.get("is_authenticated"),
            "the sign-up signs her in",
            f"{answer.status_code} {answer.text[:300]}",
        )
        client.headers["X-Session-Token"] = meta["session_token"]
        return cls(stage, client)

    def points(self) -> dict[str, Any]:
        return ok(self.client.get("/api/v1/me/points/"))

    def link_card(self, number: str) -> None:
        """Ask for the one-time code, read it from the mail that the demo writes to files, confirm."""
        asked = ok(self.client.post("/api/v1/me/links/", json={"member_number": number}, headers=key()))
        address = self.stage.memory["member_email"]
        eventually(lambda: code_in_mail(self.stage.addresses.mail, address), "the code is mailed")
        code = code_in_mail(self.stage.addresses.mail, address)
        url = f"/api/v1/me/links/{asked['challenge']}/confirm/"
        wrong = self.client.post(url, json={"code": "not it"}, headers=key())
        expect(wrong.status_code == 422, "a wrong code is refused", wrong.text[:200])
        ok(self.client.post(url, json={"code": code}, headers=key()))

    def buy(self, basket: Mapping[str, int], *, points: int, tender: str, token: str = "") -> dict[str, Any]:
        cart = fill_cart(self.client, basket)
        body = {"contact": CONTACT, "tender": tender, "card_token": token, "points": points}
        return ok(self.client.post(f"/api/v1/carts/{cart}/checkout/", json=body, headers=key()))


def code_in_mail(folder: Path, address: str) -> str | None:
    """The newest six digits mailed to the address."""
    for path in sorted(folder.glob("*.log"), reverse=True):
        text = path.read_text(errors="replace")
        if address in text and (found := re.search(r"\b\d{6}\b", text.split("\n\n", 1)[-1])):
            return found.group()
    return None


def fill_cart(client: httpx.Client, basket: Mapping[str, int]) -> str:
    cart = str(ok(client.post("/api/v1/carts/", json={"channel": "ec-main"}, headers=key()))["id"])
    for sku, quantity in basket.items():
        line = {"sku": sku, "quantity": quantity}
        ok(client.post(f"/api/v1/carts/{cart}/lines/", json=line, headers=key()))
    return cart


def guest_cart(stage: Stage, basket: Mapping[str, int]) -> str:
    return fill_cart(stage.guest, basket)


def guest_checkout(stage: Stage, cart: str) -> httpx.Response:
    """A guest buys, to pay on delivery."""
    body = {"contact": CONTACT, "tender": "cod", "points": 0}
    return httpx.post(
        f"{stage.addresses.web}/api/v1/carts/{cart}/checkout/", json=body, headers=key(), timeout=60
    )


def leave_exactly(stage: Stage, sku: str, units: int) -> None:
    """Correct the stock of the EC site's sources until it may sell exactly so many."""
    for place, target in (("shibuya", 0), ("umeda", 0), ("kawagoe", units)):
        if delta := target - stage.to_give(sku, place):
            body = {
                "location": place,
                "sku": sku,
                "delta": delta,
                "reason": "correction",
                "note": "walkthrough",
            }
            ok(stage.at(place).post("/api/v1/stock/adjustments/", json=body, headers=key()))
    expect(stage.online(sku) == units, f"the EC site may sell {units}", stage.online(sku))


def hand_over_everything(stage: Stage, number: str) -> None:
    """What she ordered is sent: the warehouse completes its own, the EC site's key what shops send."""
    order = ok(stage.at("kawagoe").get(f"/api/v1/orders/{number}/fulfilments/"))
    for fulfilment in order["results"]:
        if fulfilment["status"] not in ("COMPLETED", "CANCELLED"):
            url = f"/api/v1/orders/{number}/fulfilments/{fulfilment['id']}/complete/"
            sender = (
                stage.at("kawagoe") if fulfilment["location"] == "kawagoe" else stage.clients["sandbox-ec"]
            )
            ok(sender.post(url, json={}, headers=key()))


def refunded(stage: Stage, number: str) -> bool:
    hanako: Shopper = stage.memory["hanako"]
    order = ok(hanako.client.get(f"/api/v1/me/orders/{number}/"))
    return any(float(payment["refunded_amount"]) > 0 for payment in order["payments"])
