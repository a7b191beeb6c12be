"""A shop's registered till, its staff and its drawer: what tests of tills begin with."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework.test import APIClient

from catalog.models import Variant
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders.services.tenders import Handed
from orders.services.till import Rung, TillSale
from organisation.models import StaffAssignment, User
from organisation.services import create_api_key
from tests import factories
from tests.orders.tills import Till as Shop
from tills.models import Till
from tills.services import cash_sessions, operators, trade
from tills.services.trade import Desk

ACTOR = Actor.api_key("till-1")
PIN = "2580"


def claim(operation: str = "test", key: str = "") -> Claim:
    return Claim.of(actor=ACTOR, operation=operation, key=key or f"key-{factories.number()}", request={})


def staff(shop: Shop, role: str = "MANAGER", *, now: datetime) -> User:
    """Somebody with a role in the shop, a staff number and a PIN."""
    user = factories.user(is_staff=True, name="店長")
    StaffAssignment.objects.create(user=user, role=role, location=shop.location)
    operators.set_pin(user=user, number=f"{factories.number():06d}", pin=PIN, now=now)
    return user


@dataclass
class Counter:
    """A till of a shop with an article of ¥1,000, and whoever is signed in at it."""

    shop: Shop
    till: Till
    secret: str
    variant: Variant
    desk: Desk

    @classmethod
    def build(cls, *, now: datetime, stock: int = 100, role: str = "MANAGER", **shop: Any) -> "Counter":
        return cls.at(Shop.build(**shop), now=now, stock=stock, role=role)

    @classmethod
    def at(cls, shop: Shop, *, now: datetime, stock: int = 100, role: str = "MANAGER") -> "Counter":
        key, secret = create_api_key(
            name="till", scopes=["till"], location=shop.location, channel=shop.channel, now=now
        )
        till = Till.objects.create(api_key=key, location=shop.location, code=f"t{factories.number() % 9999}")
        variant = factories.variant()
        factories.listing(variant, shop.channel, 1000)
        factories.stock(variant, shop.location, stock)
        user = staff(shop, role, now=now)
        return cls(shop, till, secret, variant, Desk(till, user, Actor.user(user.pk)))

    def open(self, *, now: datetime, float_: int = 30, **options: Any) -> cash_sessions.Session:
        """Open the day with so many thousand-yen notes."""
        return cash_sessions.open_session(
            **{
                "till": self.till,
                "pieces": {Decimal(1000): float_},
                "business_date": None,
                "claim": claim(),
                "actor": self.desk.actor,
                "now": now,
                **options,
            }
        )

    def close(self, notes: int, *, now: datetime, deposit: int = 0) -> cash_sessions.Closing:
        return cash_sessions.close_session(
            till=self.till,
            pieces={Decimal(1000): notes},
            deposit=Decimal(deposit),
            claim=claim(),
            actor=self.desk.actor,
            now=now,
        )

    def sell(self, receipt: str, quantity: int = 1, *, now: datetime, **fields: Any) -> Any:
        sale = TillSale(
            **{
                "receipt_number": receipt,
                "lines": [Rung(self.variant.sku, quantity)],
                "tenders": [Handed("cash")],
                **fields,
            }
        )
        return trade.sell(desk=self.desk, sale=sale, claim=claim(), now=now)

    def client(self, token: str = "") -> APIClient:
        client = APIClient()
        headers = {"HTTP_TILL_OPERATOR": token} if token else {}
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.secret}", **headers)
        return client

    def signed_in(self, *, now: datetime) -> APIClient:
        """A client whose operator has signed in by PIN."""
        assert self.desk.operator is not None
        number = self.desk.operator.operator.number
        token = operators.sign_in(till=self.till, number=number, pin=PIN, now=now).token
        return self.client(token)


def post(client: APIClient, path: str, body: dict[str, Any], key: str = "") -> Any:
    headers = {"Idempotency-Key": key or f"key-{factories.number()}"}
    return client.post(f"/api/v1/till/{path}", body, format="json", headers=headers)
