"""
The shop that is measured: 5,000 products of two variants, 200 members with points, two places.

Products go in as rows; stock and points through the services, so that the books are whole.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice

from django.core.management import call_command
from django.db import connection

from catalog.models import Brand, Category, Listing, Product, TaxClass, TaxRate, Variant
from connectors import services as connectors
from connectors.models import Connection
from customers.models import Customer, Identity
from inventory import services as inventory
from inventory.models import ChannelSource
from loyalty import services as loyalty
from loyalty.models import EarningRate, PointAccount, Programme
from omni.core import clock, db
from omni.core.actor import SYSTEM
from orders.models import TenderType
from organisation.models import Company, Location, SalesChannel

PRODUCTS = 5000
CUSTOMERS = 200
PLENTY = 100_000_000
POINTS = 10_000_000
CHANNEL = "ec-main"
WAREHOUSE = "warehouse"
OPEN_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
POSTED_AT_ONCE = 2000


def fill() -> None:
    """Make the tables and the shop, and let the planner know them."""
    call_command("migrate", verbosity=0)
    channel = make_group()
    make_goods(channel, numbers=range(PRODUCTS))
    make_members(make_programme())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_group() -> SalesChannel:
    company = Company.objects.create(code="bench", name={"ja": "計測商事"})
    channel = SalesChannel.objects.create(
        code=CHANNEL, kind=SalesChannel.Kind.EC, name={"ja": "本店"}, company=company
    )
    for priority, (code, kind) in enumerate(((WAREHOUSE, "WAREHOUSE"), ("shop", "STORE"))):
        place = Location.objects.create(
            code=code, kind=kind, name={"ja": code}, company=company, capabilities=["SHIP", "PICKUP"],
            latitude=35.66, longitude=139.7,
        )  # fmt: skip
        ChannelSource.objects.create(channel=channel, location=place, priority=priority)
    for code, tender in (("deferred", "DEFERRED"), ("points", "POINTS")):
        TenderType.objects.get_or_create(code=code, defaults={"kind": tender, "name": {"ja": code}})
    return channel


def make_goods(channel: SalesChannel, *, numbers: range) -> None:
    """Products of two variants each, listed in the channel, with more of everything than will be sold."""
    variants = make_variants(numbers)
    list_variants(channel, [variant.pk for variant in variants])
    stock_up([variant.pk for variant in variants])


def list_variants(channel: SalesChannel, variant_ids: list[int]) -> None:
    Listing.objects.bulk_create(
        (
            Listing(variant_id=variant_id, channel=channel, price=Decimal(1100), valid_from=OPEN_SINCE)
            for variant_id in variant_ids
        ),
        batch_size=5000,
    )


def make_variants(numbers: range) -> list[Variant]:
    brand, _ = Brand.objects.get_or_create(code="brand", defaults={"name": {"ja": "ブランド"}})
    category, _ = Category.objects.get_or_create(
        code="goods", defaults={"path": "goods", "name": {"ja": "衣料品"}}
    )
    tax_class, made = TaxClass.objects.get_or_create(
        code="bench-standard", defaults={"name": {"ja": "標準税率"}}
    )
    if made:
        TaxRate.objects.create(tax_class=tax_class, rate=Decimal("0.10"), valid_from=date(2019, 10, 1))
    products = Product.objects.bulk_create(
        Product(
            code=f"product-{n}", brand=brand, category=category, name={"ja": f"商品 {n}", "en": f"Item {n}"},
            description={"ja": "綿 100 %、日本製。" * 4},
        )
        for n in numbers
    )  # fmt: skip
    return Variant.objects.bulk_create(
        Variant(
            sku=f"SKU-{product.code[8:]:0>5}-{size}", product=product, name={"ja": f"{product.name['ja']} {size}"},
            options={"size": size}, tax_class=tax_class, position=position,
        )
        for position, size in enumerate("ML")
        for product in products
    )  # fmt: skip


def stock_up(variant_ids: list[int]) -> None:
    """More of everything than will be sold, at both places."""
    pairs = (
        inventory.Movement(variant_id, location_id, PLENTY, "RECEIPT")
        for location_id in Location.objects.order_by("pk").values_list("pk", flat=True)
        for variant_id in variant_ids
    )
    at = clock.now()
    while movements := list(islice(pairs, POSTED_AT_ONCE)):
        number = f"{movements[0].variant_id}-{movements[0].location_id}"
        with db.transaction():
            inventory.post_documents(
                documents=[(inventory.DocumentRef("OPENING", f"opening-{number}"), movements, at)],
                actor=SYSTEM,
                now=at,
                publish=False,
            )


def make_programme() -> Programme:
    programme = Programme.objects.create(code="bench", name={"ja": "ポイント"})
    EarningRate.objects.create(programme=programme, amount_per_point=Decimal(100), valid_from=OPEN_SINCE)
    for kind in ("ISSUED", "REDEEMED", "EXPIRED", "ADJUSTED"):
        PointAccount.objects.create(programme=programme, kind=kind)
    return programme


def make_members(programme: Programme) -> None:
    customers = [Customer.objects.create(family_name="計測", given_name=str(n)) for n in range(CUSTOMERS)]
    Identity.objects.bulk_create(
        Identity(
            customer=customer, kind="MEMBER_NUMBER", value=f"29{n:011d}", source="bench", verified_at=OPEN_SINCE
        )
        for n, customer in enumerate(customers)
    )  # fmt: skip
    at = clock.now()
    gifts = [
        loyalty.Accrual(programme.pk, customer.pk, POINTS, f"gift:{customer.pk}", at)
        for customer in customers
    ]
    with db.transaction():
        loyalty.accrue(accruals=gifts, pending=False, actor=SYSTEM, now=at)


def connect(url: str, secret: str) -> None:
    """Let an outside shop sell the channel's stock, and show it all of it."""
    connection = Connection.objects.create(
        code="sandbox-ec",
        name="Sandbox",
        channel=SalesChannel.objects.get(code=CHANNEL),
        url=url,
        secret=secret,
        settings={"listings": True, "shipments": True},
    )
    connectors.compare(connection_id=connection.pk, now=clock.now())
