"""An EC site in small: a channel with a warehouse and a shop, a programme, ways to pay, and buyers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection

from catalog.models import TaxClass, Variant
from customers.models import Customer
from loyalty import services as loyalty
from loyalty.models import Programme
from omni.core import db
from omni.core.actor import GUEST, SYSTEM
from omni.core.idempotency import Claim
from orders.models import Cart, CartLine, MethodRate, ShippingMethod
from orders.services.checkout import Checkout
from orders.services.outcome import PlacedOrder
from orders.services.place import place_order
from orders.wishes import NO_WISHES, ShipWish
from orders.writing import NewContact
from organisation.models import Location, SalesChannel
from tests import factories
from tests.conftest import NOW

CONTACT = NewContact(
    name="山田 花子",
    email="hanako@example.jp",
    phone="+81312345678",
    postal_code="150-0002",
    prefecture="東京都",
    city="渋谷区",
    line1="渋谷1-2-3",
)


@dataclass
class Site:
    channel: SalesChannel = field(default_factory=factories.channel)
    warehouse: Location = field(default_factory=factories.location)
    standard: TaxClass = field(default_factory=factories.tax_class)
    programme: Programme = field(default_factory=factories.programme)

    def __post_init__(self) -> None:
        factories.source(self.channel, self.warehouse)
        for code, kind in (
            ("deferred", "DEFERRED"),
            ("card", "CARD"),
            ("cash", "CASH"),
            ("points", "POINTS"),
        ):
            factories.tender(code, kind)

    def item(self, price: int | str = 1100, *, stock: int | None = 10, **fields: Any) -> Variant:
        """A variant on sale here, with `stock` in the warehouse (None: it keeps none)."""
        made = factories.variant(**{"tax_class": self.standard, "keeps_stock": stock is not None, **fields})
        factories.listing(made, self.channel, price)
        if stock is not None:
            factories.stock(made, self.warehouse, stock)
        return made

    def cart(self, *lines: tuple[Variant, int], customer: Customer | None = None, **fields: Any) -> Cart:
        cart = Cart.objects.create(channel=self.channel, customer=customer, created_at=NOW, updated_at=NOW)
        for variant, quantity in lines:
            CartLine.objects.create(cart=cart, variant=variant, quantity=quantity, **fields)
        return cart

    def member(self, points: int = 0) -> Customer:
        """A member with active points."""
        made = factories.member()
        if points:
            accrual = loyalty.Accrual(self.programme.pk, made.pk, points, f"gift:{made.pk}", NOW)
            with db.transaction():
                loyalty.accrue(accruals=[accrual], pending=False, actor=SYSTEM, now=NOW)
        return made

    def shipping(self, amount: int = 550, free_from: int | None = None, **fields: Any) -> ShippingMethod:
        """The usual method of a temperature: so much wherever it goes."""
        made = factories.shipping_method(channel=self.channel, tax_class=self.standard, **fields)
        MethodRate.objects.create(method=made, amount=amount)
        if free_from is not None:
            MethodRate.objects.create(method=made, from_amount=free_from, amount=0)
        return made


def claim_for(cart: Cart, key: str | None = None, **request: Any) -> Claim:
    return Claim.of(
        actor=f"cart:{cart.pk}",
        operation="checkout",
        key=key or str(uuid4()),
        request={"cart": cart.pk, **request},
    )


def place(
    cart: Cart,
    *,
    tender: str = "deferred",
    token: str = "",
    points: int = 0,
    customer: Customer | None = None,
    claim: Claim | None = None,
    now: datetime = NOW,
    contact: NewContact = CONTACT,
    wishes: tuple[ShipWish, ...] = NO_WISHES,
) -> PlacedOrder:
    """Place a cart's order as the storefront does."""
    return place_order(
        cart_id=cart.pk,
        checkout=Checkout(
            contact=contact, tender_code=tender, card_token=token, points=points, wishes=wishes
        ),
        claim=claim or claim_for(cart),
        actor=GUEST,
        customer=customer,
        now=now,
    )


def counted() -> dict[str, int]:
    """How many rows each table has that an order writes: a refusal leaves them all as they were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in WRITTEN))
        return dict(zip(WRITTEN, cursor.fetchone(), strict=True))


WRITTEN = (
    "orders_order",
    "orders_orderline",
    "orders_ordertax",
    "orders_ordercontact",
    "orders_orderdelivery",
    "orders_orderaddress",
    "orders_payment",
    "orders_refund",
    "orders_fulfilment",
    "orders_fulfilmentline",
    "inventory_reservation",
    "inventory_discrepancy",
    "loyalty_pointhold",
    "loyalty_pointtransaction",
    "loyalty_pointentry",
    "outbox_event",
    "core_claim",
)
