"""Prices and listings of a Vendure server: a variant's price in a currency, and whether it is enabled."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.errors import PushFailed
from connectors.ports import ListingItem, RemoteListing
from connectors.vendure.admin_api import MOST, PAGE, ask, by_sku
from connectors.vendure.money import amount_of, value_of
from connectors.vendure.settings import To

LISTED = """
query ($options: ProductVariantListOptions) {
  globalSettings { serverConfig { moneyStrategyPrecision } }
  activeChannel { pricesIncludeTax defaultCurrencyCode availableCurrencyCodes }
  productVariants(options: $options) {
    totalItems
    items { id sku enabled prices { currencyCode price } product { id enabled } }
  }
}
"""
WRITE = "mutation ($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }"
ENABLE = "mutation ($input: [UpdateProductInput!]!) { updateProducts(input: $input) { id } }"


def push_listings(to: To, items: Sequence[ListingItem]) -> None:
    """
    Write prices, and enable or disable variants; a product is enabled with the first of its variants.

    Raises:
        PushFailed: for good, where an item can't be told; then those that can have been.
    """
    skus = [item.sku for item in items]
    answer = ask(to, LISTED, options={"filter": {"sku": {"in": skus}}, "take": min(MOST, 2 * len(skus))})
    variants, told = by_sku(answer["productVariants"]["items"], skus)
    reasons = [told] if told else []
    fit = []
    for item in items:
        if reason := misfit(item, answer["activeChannel"]):
            reasons.append(reason)
        elif item.sku in variants:
            fit.append(item)
    write(to, fit, variants, precision_in(answer))
    if reasons:
        raise PushFailed("; ".join(reasons), permanent=True)


def misfit(item: ListingItem, channel: Mapping[str, Any]) -> str:
    """Why a price can't be told: there it would be read as another one."""
    if not item.listed:
        return ""
    if item.currency not in channel["availableCurrencyCodes"]:
        return f"{item.sku}: Vendure's channel does not sell in {item.currency}"
    if item.tax_inclusive != channel["pricesIncludeTax"]:
        sort = "inclusive" if channel["pricesIncludeTax"] else "exclusive"
        return f"{item.sku}: prices of Vendure's channel are {sort} of tax, and this one is not"
    return ""


def write(to: To, items: Sequence[ListingItem], variants: Mapping[str, Any], precision: int) -> None:
    inputs = []
    for item in items:
        wanted: dict[str, Any] = {"id": variants[item.sku]["id"], "enabled": item.listed}
        if item.price is not None:
            price = value_of(item.price, precision)
            wanted["prices"] = [{"currencyCode": item.currency, "price": price}]
        inputs.append(wanted)
    if inputs:
        ask(to, WRITE, input=inputs)
    products = [variants[item.sku]["product"] for item in items if item.listed]
    if hidden := sorted({product["id"] for product in products if not product["enabled"]}):
        ask(to, ENABLE, input=[{"id": product, "enabled": True} for product in hidden])


def precision_in(answer: Mapping[str, Any]) -> int:
    return int(answer["globalSettings"]["serverConfig"]["moneyStrategyPrecision"])


def read_listings(to: To) -> Iterator[RemoteListing]:
    skip, total = 0, 1
    while skip < total:
        answer = ask(to, LISTED, options={"skip": skip, "take": PAGE, "sort": {"id": "ASC"}})
        for variant in answer["productVariants"]["items"]:
            yield remote_listing(variant, answer["activeChannel"], precision_in(answer))
        skip, total = skip + PAGE, answer["productVariants"]["totalItems"]


def remote_listing(variant: Mapping[str, Any], channel: Mapping[str, Any], precision: int) -> RemoteListing:
    """In the channel's currency: what it also sells for in others is not compared."""
    currency = channel["defaultCurrencyCode"]
    prices = [
        amount_of(one["price"], precision) for one in variant["prices"] if one["currencyCode"] == currency
    ]
    listed = variant["enabled"] and variant["product"]["enabled"] and bool(prices)
    price = prices[0] if prices else None
    return RemoteListing(variant["sku"], listed, price, channel["pricesIncludeTax"], currency)
