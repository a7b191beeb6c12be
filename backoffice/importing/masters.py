"""
What the history refers to: company, channel, shops, catalogue, members, tenders, points programme.

Everything is keyed by the source's own numbers and created once; running again adds what is new.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, TypeVar

from django.utils.text import slugify

from backoffice.importing.journey import TIME_ZONE, JourneyFiles, Product
from catalog import services as catalog
from catalog.models import Brand, Category, TaxClass, TaxRate, Variant
from catalog.models import Product as CatalogProduct
from customers import selectors as customers
from customers.services import Claimed, NewCustomer, Profile, register_customers
from loyalty.models import EarningRate, PointAccount, Programme
from omni.core import db
from orders.models import TenderType
from organisation.models import Company, Location, SalesChannel

CODE = "complete-journey"
SOURCE = "complete-journey"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
# The history says nothing of expiry: its points last for longer than it is of use.
VALID_DAYS = 36_500
BATCH = 2000
WITHOUT_STOCK = {"FUEL", "MISCELLANEOUS", "COUPON"}
MEMBER_PREFIX = "8451"

Thing = TypeVar("Thing")


class Sold(NamedTuple):
    """What a sale needs to know of a product."""

    variant_id: int
    keeps_stock: bool


@dataclass(frozen=True, slots=True)
class Masters:
    """Ids by the source's numbers."""

    channel_id: int
    tax_class_id: int
    paid_id: int
    coupon_id: int
    locations: dict[int, int]
    products: dict[int, Sold]
    members: dict[int, int]


def store_code(store_id: int) -> str:
    return f"cj-{store_id}"


def department_code(department: str) -> str:
    return f"cj-{slugify(department)}"


def member_number(household_id: int) -> str:
    return f"{MEMBER_PREFIX}{household_id:08d}"


def load(
    journey: JourneyFiles,
    *,
    stores: Iterable[int],
    households: Iterable[int],
    sold: set[int],
    whole: bool,
    now: datetime,
) -> Masters:
    """
    Create what is missing, a transaction for each kind of thing, and answer the ids.

    `sold` products always come in, also those that the product table lacks; with `whole` all of
    the table does.
    """
    company = _company()
    channel = _channel(company)
    tax_class = _untaxed()
    _programme(channel)
    products = {product.id: product for product in journey.products() if whole or product.id in sold}
    products |= {missing: Product(missing) for missing in sold - products.keys()}
    _add_products(list(products.values()), tax_class)
    return Masters(
        channel_id=channel.pk,
        tax_class_id=tax_class.pk,
        paid_id=_tender("history-paid", "CASH", "CASH", gives_change=True).pk,
        coupon_id=_tender("manufacturer-coupon", "COUPON", "NONE", gives_change=False).pk,
        locations=_locations(sorted(stores), company),
        products=_sold(sold),
        members=_members(sorted(households), now),
    )


def _company() -> Company:
    names = {"en": "Complete Journey Grocers", "ja": "コンプリート・ジャーニー食品"}
    return Company.objects.get_or_create(
        code=CODE, defaults={"name": names, "country": "US", "tax_rounding": "HALF_UP"}
    )[0]


def _channel(company: Company) -> SalesChannel:
    names = {"en": "Complete Journey stores", "ja": "コンプリート・ジャーニー店舗"}
    return SalesChannel.objects.get_or_create(
        code=f"{CODE}-stores",
        defaults={"kind": "STORE", "name": names, "company": company, "country": "US", "currency": "USD"},
    )[0]


def _untaxed() -> TaxClass:
    """The history names no tax: its amounts are booked at a rate of zero."""
    names = {"en": "Untaxed (history)", "ja": "非課税(履歴)"}
    tax_class, made = TaxClass.objects.get_or_create(code=f"{CODE}-untaxed", defaults={"name": names})
    if made:
        TaxRate.objects.bulk_create(
            TaxRate(tax_class=tax_class, country="US", service_mode=mode, rate=0, valid_from=date(2000, 1, 1))
            for mode in ("TAKE_OUT", "EAT_IN")
        )
    return tax_class


def _programme(channel: SalesChannel) -> Programme:
    """A point for each dollar paid in these stores, worth a cent."""
    names = {"en": "Complete Journey points", "ja": "コンプリート・ジャーニーポイント"}
    with db.transaction():
        programme, made = Programme.objects.get_or_create(
            code=CODE,
            defaults={
                "name": names,
                "currency": "USD",
                "point_value": Decimal("0.01"),
                "valid_days": VALID_DAYS,
            },
        )
        if made:
            EarningRate.objects.create(
                programme=programme, channel=channel, amount_per_point=1, valid_from=BEGINNING
            )
            kinds = [kind for kind in PointAccount.Kind.values if kind != PointAccount.Kind.MEMBER]
            PointAccount.objects.bulk_create(PointAccount(programme=programme, kind=kind) for kind in kinds)
    return programme


def _tender(code: str, kind: str, route: str, *, gives_change: bool) -> TenderType:
    names = {
        "history-paid": {"en": "Paid at the till (history)", "ja": "店頭支払い(履歴)"},
        "manufacturer-coupon": {"en": "Manufacturer's coupon", "ja": "メーカークーポン"},
    }
    return TenderType.objects.get_or_create(
        code=code,
        defaults={
            "name": names[code],
            "kind": kind,
            "refund_route": route,
            "gives_change": gives_change,
            "active": False,
        },
    )[0]


def _locations(stores: list[int], company: Company) -> dict[int, int]:
    Location.objects.bulk_create(
        (
            Location(
                code=store_code(store),
                kind="STORE",
                name={"en": f"Store {store}", "ja": f"{store}号店"},
                company=company,
                country="US",
                time_zone=TIME_ZONE,
                currency="USD",
                capabilities=["CARRY_OUT", "RETURNS"],
            )
            for store in stores
        ),
        ignore_conflicts=True,
    )
    found = dict(Location.objects.filter(company=company).values_list("code", "pk"))
    return {store: found[store_code(store)] for store in stores}


def _add_products(products: list[Product], tax_class: TaxClass) -> None:
    """Products that are new, each with its one variant, made findable as they come in."""
    brands, categories = _brands(products), _categories(products)
    for batch in _batched(iter(products), BATCH):
        with db.transaction():
            held = set(
                Variant.objects.filter(sku__in=[sku_of(p.id) for p in batch]).values_list("sku", flat=True)
            )
            new = [product for product in batch if sku_of(product.id) not in held]
            made = CatalogProduct.objects.bulk_create(
                CatalogProduct(
                    code=f"cj-{product.id}",
                    brand_id=brands[product.brand or "unknown"],
                    category_id=categories.get(_category_code(product)),
                    name={"en": _name(product)},
                )
                for product in new
            )
            Variant.objects.bulk_create(
                Variant(
                    sku=sku_of(product.id),
                    product=record,
                    tax_class=tax_class,
                    keeps_stock=product.department not in WITHOUT_STOCK,
                    options={"size": product.size} if product.size else {},
                )
                for product, record in zip(new, made, strict=True)
            )
            catalog.index_products(product_ids=[record.pk for record in made])


def sku_of(product_id: int) -> str:
    return f"CJ-{product_id}"


def _name(product: Product) -> str:
    """The table has no names: the type of goods, else what is next known, and the size."""
    known = product.type or product.category or product.department
    if known is None:
        return f"Product {product.id} (not in the product table)"
    return " ".join(part for part in (known.title(), product.size) if part)


def _brands(products: list[Product]) -> dict[str, int]:
    kinds = sorted({product.brand or "unknown" for product in products})
    Brand.objects.bulk_create(
        (Brand(code=f"cj-{slugify(kind)}", name={"en": f"{kind.title()} brand"}) for kind in kinds),
        ignore_conflicts=True,
    )
    found = dict(Brand.objects.filter(code__startswith="cj-").values_list("code", "pk"))
    return {kind: found[f"cj-{slugify(kind)}"] for kind in kinds}


def _category_code(product: Product) -> str:
    """The category, else (540 products have none) the department; empty without either."""
    if product.department is None:
        return ""
    code = department_code(product.department)
    return f"{code}-{slugify(product.category)}"[:64] if product.category else code


def _categories(products: list[Product]) -> dict[str, int]:
    """A tree of two levels: departments, and the categories in them."""
    departments = sorted({product.department for product in products if product.department})
    Category.objects.bulk_create(
        (
            Category(code=department_code(name), path=department_code(name), name={"en": name.title()})
            for name in departments
        ),
        ignore_conflicts=True,
    )
    roots = dict(
        Category.objects.filter(code__in=map(department_code, departments)).values_list("code", "pk")
    )
    leaves = {
        _category_code(p): (department_code(p.department), p.category)
        for p in products
        if p.department and p.category
    }
    Category.objects.bulk_create(
        (
            Category(code=code, parent_id=roots[root], path=f"{root}/{code}", name={"en": name.title()})
            for code, (root, name) in sorted(leaves.items())
        ),
        ignore_conflicts=True,
    )
    return dict(Category.objects.filter(code__startswith="cj-").values_list("code", "pk"))


def _sold(product_ids: set[int]) -> dict[int, Sold]:
    found: dict[int, Sold] = {}
    for batch in _batched(iter(sorted(product_ids)), BATCH * 5):
        rows = Variant.objects.filter(sku__in=[sku_of(pk) for pk in batch])
        for sku, pk, keeps_stock in rows.values_list("sku", "pk", "keeps_stock"):
            found[int(sku.removeprefix("CJ-"))] = Sold(pk, keeps_stock)
    return found


def _members(households: list[int], now: datetime) -> dict[int, int]:
    """Households as members, each with a member number and nothing personal: the source has none."""
    numbers = {household: member_number(household) for household in households}
    with db.transaction():
        held = customers.find_by_member_numbers(numbers=list(numbers.values()))
        new = [household for household, number in numbers.items() if number not in held]
        register_customers(
            customers=[
                NewCustomer(
                    Profile(family_name="Household", given_name=str(household), language="en"),
                    (Claimed("MEMBER_NUMBER", numbers[household], verified=True, country="US"),),
                )
                for household in new
            ],
            source=SOURCE,
            now=now,
        )
        held = customers.find_by_member_numbers(numbers=list(numbers.values()))
    return {household: held[number] for household, number in numbers.items()}


def _batched(things: Iterator[Thing], size: int) -> Iterator[list[Thing]]:
    while batch := list(islice(things, size)):
        yield batch
