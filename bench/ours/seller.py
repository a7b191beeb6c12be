"""
Placing orders as the storefront's view does, without HTTP: a claim, then `place_order`.

Each order is of one line, delivered, paid on delivery but for ten points, by one of 200 members
taken at random: pricing, tax, points, stock, idempotency and the outbox all take part.
"""

import random
from collections import defaultdict
from uuid import UUID, uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.ours.fill import CHANNEL
from catalog.models import Variant
from customers.models import Customer
from inventory.errors import InsufficientStock
from omni.core import clock, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders.services.checkout import Checkout
from orders.services.place import place_order
from orders.writing import NewContact
from organisation.models import SalesChannel

POINTS = 10
CONTACT = NewContact(
    name="山田 花子", email="hanako@example.jp", phone="+81312345678", postal_code="150-0002",
    prefecture="東京都", city="渋谷区", line1="渋谷1-2-3",
)  # fmt: skip

FILL_CARTS = """
WITH cart AS (
    INSERT INTO orders_cart (id, channel_id, customer_id, status, created_at, updated_at)
    SELECT id, %(channel)s::bigint, customer_id, 'OPEN', %(now)s::timestamptz, %(now)s::timestamptz
    FROM unnest(%(ids)s::uuid[], %(customers)s::bigint[]) AS cart (id, customer_id)
)
INSERT INTO orders_cartline (cart_id, variant_id, quantity, kind, service_mode)
SELECT id, variant_id, 1, 'SHIP', 'TAKE_OUT'
FROM unnest(%(ids)s::uuid[], %(variants)s::bigint[]) AS line (id, variant_id)
"""


class PlatformSeller:
    def __init__(self) -> None:
        self.channel = SalesChannel.objects.get(code=CHANNEL)
        self.customers = list(Customer.objects.order_by("pk"))
        self.variants = list(Variant.objects.order_by("pk").values_list("pk", flat=True))
        self.carts: dict[int, list[tuple[UUID, Customer]]] = defaultdict(list)
        self.chosen = len(self.variants)

    def stock_up(self, *, variants: int, carts: int) -> None:
        self.chosen = variants
        missing = max(0, carts - len(self.carts[variants]))
        made = [(uuid4(), customer) for customer in random.choices(self.customers, k=missing)]
        sql.fetch_all(
            FILL_CARTS,
            {
                "channel": self.channel.pk,
                "now": clock.now(),
                "ids": [cart_id for cart_id, _ in made],
                "customers": [customer.pk for _, customer in made],
                "variants": random.choices(self.variants[:variants], k=missing),
            },
        )
        self.carts[variants] += made

    def place_one(self) -> bool:
        cart_id, customer = self.carts[self.chosen].pop()
        checkout = Checkout(contact=CONTACT, tender_code="deferred", points=POINTS)
        actor = Actor("customer", str(customer.pk))
        claim = Claim.of(
            actor=actor,
            operation="checkout",
            key=str(uuid4()),
            request={"cart": cart_id, "contact": CONTACT, "tender": "deferred", "points": POINTS},
        )
        try:
            place_order(
                cart_id=cart_id, checkout=checkout, claim=claim, actor=actor, customer=customer, now=clock.now()
            )  # fmt: skip
        except InsufficientStock:
            return False
        return True

    def count_queries(self) -> int:
        with CaptureQueriesContext(connection) as captured:
            self.place_one()
        return len(captured)
