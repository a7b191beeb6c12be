"""Small reads that pages need beside their data: what articles are called, what a postal code says."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Variant
from omni.core.text import pick


@dataclass(frozen=True, slots=True)
class Article:
    """What a sku is called, in the reader's language, and the product that it is one of."""

    sku: str
    name: str
    product: str
    product_name: str
    brand_name: str


def list_articles(skus: Sequence[str]) -> list[Article]:
    """The articles of those skus that exist, sold still or not; one statement."""
    variants = Variant.objects.filter(sku__in=skus).select_related("product__brand").order_by("sku")
    return [
        Article(
            sku=variant.sku,
            name=pick(variant.name),
            product=variant.product.code,
            product_name=pick(variant.product.name),
            brand_name=pick(variant.product.brand.name),
        )
        for variant in variants
    ]
