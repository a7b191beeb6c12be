"""
The API against its own OpenAPI file: schemathesis calls every operation, as each kind of caller.

Generated values alone would only ever meet "not found", so in half of the cases path parameters
and lines name things that exist.
"""

import random
from copy import deepcopy
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from customers import services as customers
from customers.models import Customer
from inventory import services as inventory
from inventory.models import PurchaseOrder
from omni.core import clock
from omni.core.actor import GUEST
from omni.core.idempotency import Claim
from omni.wsgi import application
from orders import services as orders
from orders.models import Cart, CartLine, Fulfilment
from orders.writing import NewContact
from organisation import services as organisation
from organisation.models import ApiKey, User
from tests import factories

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Of each operation, each called as each of these.
EXAMPLES = 5
CALLERS = ("guest", "shopper", "staff", "till")
CONTACT = NewContact(
    name="山田 花子", postal_code="150-0002", city="渋谷区", line1="渋谷1-1", email="h@example.jp"
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


class World:
    """One of everything, so that generated requests can name what exists."""

    def __init__(self) -> None:
        self.channel = factories.channel(code="ec-main")
        self.stores = factories.channel(code="stores", kind="STORE")
        self.shop = factories.location(code="shibuya")
        factories.source(self.channel, self.shop)
        self.variant = factories.variant(sku="TEE-M")
        for channel in (self.channel, self.stores):
            factories.listing(self.variant, channel)
        factories.stock(self.variant, self.shop, 1000)
        factories.programme(code="points")
        for code, kind in [("cash", "CASH"), ("card", "CARD"), ("cod", "DEFERRED"), ("points", "POINTS")]:
            factories.tender(code, kind)
        self.user = factories.user(email="hanako@example.jp")
        self.staff = factories.user(email="staff@example.jp", is_staff=True, is_superuser=True)
        self.member = factories.member("2900000000017")
        self.carts = [self.cart(None), self.cart(self.shopper_record())]
        self.numbers = [self.order(customer) for customer in (None, self.shopper_record())]
        self.numbers += [self.transfer(), self.purchase()]

    def shopper_record(self) -> Customer:
        return customers.ensure_customer_for(user=self.user, now=clock.now())

    def cart(self, customer: Customer | None) -> str:
        """A cart with one line, a guest's or the shopper's."""
        cart = Cart.objects.create(channel=self.channel, customer=customer)
        cart.lines.create(variant=self.variant, quantity=2)
        return str(cart.pk)

    def order(self, customer: Customer | None) -> str:
        """An order to be paid on delivery, a guest's or the shopper's."""
        placed = orders.place_order(
            cart_id=UUID(self.cart(customer)),
            checkout=orders.Checkout(contact=CONTACT, tender_code="cod"),
            claim=Claim.of(actor=GUEST, operation="test", key=str(factories.number()), request={}),
            actor=GUEST,
            customer=customer,
            now=clock.now(),
        )
        return placed.number

    def context(self) -> dict[str, Any]:
        claim = Claim.of(actor=GUEST, operation="test", key=str(factories.number()), request={})
        return {"claim": claim, "actor": GUEST, "now": clock.now()}

    def transfer(self) -> str:
        """Five units asked for from the shop, to be shipped."""
        return inventory.request_transfer(
            origin_id=self.shop.pk,
            destination_id=factories.location(code="ginza").pk,
            lines=[(self.variant.pk, 5)],
            **self.context(),
        ).number

    def purchase(self) -> str:
        """A thousand units on their way to the shop."""
        drafted = inventory.draft_purchase_order(
            supplier_id=factories.supplier(code="maker").pk,
            destination_id=self.shop.pk,
            lines=[inventory.OrderedLine(self.variant.pk, 1000, Decimal(100))],
            **self.context(),
        )
        order = PurchaseOrder.objects.get(number=drafted.number)
        return inventory.place_purchase_order(order_id=order.pk, **self.context()).number

    def headers(self, caller: str) -> dict[str, str]:
        if caller == "guest":
            return {}
        if caller == "till":
            key = organisation.create_api_key(
                name="till",
                scopes=[scope.value for scope in ApiKey.Scope],
                location=self.shop,
                channel=self.stores,
                now=clock.now(),
            )[1]
            return {"Authorization": f"Bearer {key}"}
        return {"X-Session-Token": session_of(self.user if caller == "shopper" else self.staff)}

    def known(self) -> dict[str, Any]:
        return {
            "sku": self.variant.sku,
            "code": random.choice(
                [self.shop.code, self.variant.product.code, self.variant.sku, "2900000000017"]
            ),
            "connection": "sandbox-ec",
            "cart_id": random.choice(self.carts),
            "number": random.choice(self.numbers),
            "order": random.choice(self.numbers),
            "member": "2900000000017",
            "member_number": "2900000000017",
            "channel": self.channel.code,
            "location": self.shop.code,
            "tender": random.choice(["cash", "cod", "points"]),
            "position": 1,
            "line_id": CartLine.objects.values_list("pk", flat=True).first(),
            "fulfilment_id": Fulfilment.objects.values_list("pk", flat=True).first(),
        }


@pytest.fixture
def world() -> World:
    random.seed(20261122)
    return World()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    assert spectacular_settings.OAS_VERSION.startswith("3.1")
    return dict(document)


def name_what_exists(value: Any, known: dict[str, Any]) -> None:
    """Put known values where a parameter or a field of the body bears their name, half of the time."""
    if isinstance(value, list):
        for item in value:
            name_what_exists(item, known)
    elif isinstance(value, dict):
        for key in value:
            if key in known and random.random() < 0.5:
                value[key] = known[key]
            else:
                name_what_exists(value[key], known)


def test_every_operation_answers_as_documented(world: World, document: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    callers = [world.headers(caller) for caller in CALLERS]
    called = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            drawn = case.headers, case.path_parameters, case.body
            for headers in callers:
                call_as(case, deepcopy(drawn), headers, world.known())

        check()
        called += 1
    assert called > 20


def call_as(case: Any, drawn: Any, headers: dict[str, str], known: dict[str, Any]) -> None:
    """Drawing a case takes three times as long as calling it, so each is called as everybody."""
    case.headers, case.path_parameters, case.body = drawn
    name_what_exists(case.path_parameters, known)
    name_what_exists(case.body, known)
    case.headers = {**(case.headers or {}), **headers}
    case.validate_response(case.call(), checks=CHECKS)
