"""
Writes of the catalogue: building blocks, called in the transaction of whoever has the claim.

A form's page, an action's or a file's is one claim, whether it writes one row or thousands.
"""

from catalog.services.bundles import set_components
from catalog.services.charging import listing_changed, recharge
from catalog.services.codes import add_code, check_code, checked_sku, in_store_code, remove_code
from catalog.services.indexing import index_products
from catalog.services.listings import NewListing, add_listings, end_listing, set_price
from catalog.services.options import checked_options
from catalog.services.prices import NewPrice, Scope, end_prices, set_prices
from catalog.services.products import (
    archive_product,
    archive_variant,
    create_category,
    create_product,
    create_variant,
    move_category,
    rename_category,
    update_product,
    update_variant,
)
from catalog.services.watching import tell_due

__all__ = [
    "NewListing",
    "NewPrice",
    "Scope",
    "add_code",
    "add_listings",
    "archive_product",
    "archive_variant",
    "check_code",
    "checked_options",
    "checked_sku",
    "create_category",
    "create_product",
    "create_variant",
    "end_listing",
    "end_prices",
    "in_store_code",
    "index_products",
    "listing_changed",
    "move_category",
    "recharge",
    "remove_code",
    "rename_category",
    "set_components",
    "set_price",
    "set_prices",
    "tell_due",
    "update_product",
    "update_variant",
]
