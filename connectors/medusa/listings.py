"""
Prices and listings of a Medusa server: a variant's base price in the connection's currency.

Medusa publishes products, not variants. A variant that is not listed has no price, so nobody can buy
it; a product none of whose variants has one is a draft, so nobody sees it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.errors import PushFailed
from connectors.medusa.admin_api import ask, chunks, find_variants, pages, unknown
from connectors.medusa.settings import To
from connectors.ports import ListingItem, RemoteListing

PRICES = "prices.id,prices.amount,prices.currency_code,prices.min_quantity,prices.max_quantity,prices.rules"
FIELDS = f"id,sku,product_id,product.status,{PRICES}"
STATUS = (
    "id,status,variants.id,variants.prices.currency_code,variants.prices.min_quantity,variants.prices.rules"
)


def push_listings(to: To, items: Sequence[ListingItem]) -> None:
    """
    Write prices, a request a product, then publish the products that have one and hide the others.

    Raises:
        PushFailed: for good, where an item can't be told; then those that can have been.
    """
    variants = find_variants(to, [item.sku for item in items], FIELDS)
    reasons = unknown([item.sku for item in items if item.sku not in variants])
    inclusive = is_tax_inclusive(to)
    wanted: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        if reason := misfit(to, item, inclusive):
            reasons.append(reason)
        elif item.sku in variants:
            variant = variants[item.sku]
            wanted[variant["product_id"]].append({"id": variant["id"], "prices": prices(to, item, variant)})
    for product, updates in wanted.items():
        ask(to, "POST", f"products/{product}/variants/batch", body={"update": updates})
    publish(to, list(wanted))
    if reasons:
        raise PushFailed("; ".join(reasons), permanent=True)


def is_tax_inclusive(to: To) -> bool:
    """Whether prices in the connection's currency are read as having tax inside."""
    params = [("attribute", "currency_code"), ("value", to.settings.currency.lower())]
    found = ask(to, "GET", "price-preferences", params)["price_preferences"]
    return bool(found and found[0]["is_tax_inclusive"])


def misfit(to: To, item: ListingItem, inclusive: bool) -> str:
    """Why a price can't be told: there it would be read as another one."""
    if not item.listed:
        return ""
    if item.currency != to.settings.currency:
        return f"{item.sku}: it is priced in {item.currency}, and the connection's currency is another"
    if item.tax_inclusive != inclusive:
        sort = "inclusive" if inclusive else "exclusive"
        return f"{item.sku}: prices of Medusa's currency are {sort} of tax, and this one is not"
    return ""


def prices(to: To, item: ListingItem, variant: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All prices of the variant as they are to be: what is left out is taken away."""
    own = base_prices(to, variant)
    kept = [plain(price) for price in variant["prices"] if price not in own]
    if item.price is None:
        return kept
    price: dict[str, Any] = {"currency_code": item.currency.lower(), "amount": number(item.price)}
    return [*kept, {"id": own[0]["id"], **price} if own else price]


def base_prices(to: To, variant: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that hold for anybody and any quantity."""
    currency = to.settings.currency.lower()
    return [
        price
        for price in variant["prices"] or ()
        if price["currency_code"] == currency and not price["rules"] and price["min_quantity"] is None
    ]


def plain(price: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "currency_code", "min_quantity", "max_quantity", "rules")
    told = {name: price[name] for name in names if price.get(name) not in (None, {})}
    return {**told, "amount": number(Decimal(price["amount"]))}


def number(amount: Decimal) -> int | float:
    """As JSON has it: Medusa keeps what it reads as a decimal."""
    return int(amount) if amount == int(amount) else float(amount)


def publish(to: To, products: Sequence[str]) -> None:
    """Products with a price are published, and others are drafts; only what differs is written."""
    changes = []
    for chunk in chunks(products):
        params = [("fields", STATUS), *(("id[]", product) for product in chunk)]
        for page in pages(to, "products", "products", params):
            changes += [change for product in page if (change := status_change(to, product))]
    if changes:
        ask(to, "POST", "products/batch", body={"update": changes})


def status_change(to: To, product: Mapping[str, Any]) -> dict[str, str] | None:
    sold = any(base_prices(to, variant) for variant in product["variants"])
    status = "published" if sold else "draft"
    return None if product["status"] == status else {"id": product["id"], "status": status}


def read_listings(to: To) -> Iterator[RemoteListing]:
    inclusive = is_tax_inclusive(to)
    for page in pages(to, "product-variants", "variants", [("fields", FIELDS), ("order", "id")]):
        for variant in page:
            if variant["sku"]:
                yield remote_listing(to, variant, inclusive)


def remote_listing(to: To, variant: Mapping[str, Any], inclusive: bool) -> RemoteListing:
    own = base_prices(to, variant)
    price = Decimal(own[0]["amount"]) if own else None
    listed = bool(own) and variant["product"]["status"] == "published"
    return RemoteListing(variant["sku"], listed, price, inclusive, to.settings.currency)
