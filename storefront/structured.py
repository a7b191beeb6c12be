"""schema.org data of pages, for search engines: what is sold, at what price, and whether it is there."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

SCHEMA = "https://schema.org"


def product_url(code: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('storefront:product', args=[code])}"


def art_url(code: str, sku: str = "") -> str:
    address = f"{settings.PUBLIC_URL}{reverse('storefront:art', args=[code])}"
    return f"{address}?sku={sku}" if sku else address


def of_list(products: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "@context": SCHEMA,
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "url": product_url(one["code"]), "name": one["name"]}
            for position, one in enumerate(products, start=1)
        ],
    }


def of_product(product: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@context": SCHEMA,
        "@type": "Product",
        "name": product["name"],
        "description": product["description"],
        "sku": product["code"],
        "brand": {"@type": "Brand", "name": product["brand"]["name"]},
        "image": art_url(product["code"]),
        "offers": [_offer(product, variant) for variant in product["variants"]],
    }


def _offer(product: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, Any]:
    in_stock = not variant["keeps_stock"] or variant["available"] > 0
    return {
        "@type": "Offer",
        "sku": variant["sku"],
        "url": f"{product_url(product['code'])}?sku={variant['sku']}",
        "price": variant["price_with_tax"],
        "priceCurrency": product["currency"],
        "availability": f"{SCHEMA}/{'InStock' if in_stock else 'OutOfStock'}",
    }
