"""What is sold and what it costs: products, their variants and codes, listings and prices."""

from catalog.models.goods import (
    Brand,
    Category,
    CategoryQuerySet,
    Component,
    Product,
    ProductQuerySet,
    ServiceMode,
    TaxClass,
    TaxRate,
    Temperature,
    Variant,
    VariantCode,
    VariantQuerySet,
)
from catalog.models.prices import Listing, ListingQuerySet, Price, PriceQuerySet, PriceWatch

__all__ = [
    "Brand",
    "Category",
    "CategoryQuerySet",
    "Component",
    "Listing",
    "ListingQuerySet",
    "Price",
    "PriceQuerySet",
    "PriceWatch",
    "Product",
    "ProductQuerySet",
    "ServiceMode",
    "TaxClass",
    "TaxRate",
    "Temperature",
    "Variant",
    "VariantCode",
    "VariantQuerySet",
]
