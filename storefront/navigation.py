"""What the storefront's menus offer: the categories and brands of which a channel sells something."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache

from catalog.models import Brand, Category
from omni.core import sql
from omni.core.text import pick
from organisation.models import SalesChannel

KEPT_SECONDS = 30

# Every listing of the channel is read, hence the cache.
SOLD = """
SELECT DISTINCT product.brand_id, product.category_id
FROM catalog_listing AS listing
JOIN catalog_variant AS variant ON variant.id = listing.variant_id AND variant.archived_at IS NULL
JOIN catalog_product AS product ON product.id = variant.product_id AND product.archived_at IS NULL
WHERE listing.channel_id = %(channel)s::bigint AND listing.valid_from <= %(now)s
  AND (listing.valid_until IS NULL OR listing.valid_until > %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A brand or category by its code, and its names by language; `path` of categories only."""

    code: str
    names: dict[str, str]
    path: str = ""

    @property
    def name(self) -> str:
        return pick(self.names) or self.code

    @property
    def depth(self) -> int:
        return self.path.count("/")

    @property
    def parent(self) -> str:
        return self.path.split("/")[-2] if self.depth else ""


@dataclass(frozen=True, slots=True)
class Navigation:
    brands: tuple[Entry, ...]
    categories: tuple[Entry, ...]

    def category(self, code: str) -> Entry | None:
        return next((entry for entry in self.categories if entry.code == code), None)

    def brand(self, code: str) -> Entry | None:
        return next((entry for entry in self.brands if entry.code == code), None)


def get_navigation(channel: SalesChannel, *, now: datetime) -> Navigation:
    """The menus of a channel, up to half a minute old; three statements when they are read anew."""
    key = f"storefront:navigation:{channel.pk}"
    kept = cache.get(key)
    if kept is None:
        kept = _read(channel, now)
        cache.set(key, kept, KEPT_SECONDS)
    return Navigation(
        tuple(Entry(**entry) for entry in kept["brands"]),
        tuple(Entry(**entry) for entry in kept["categories"]),
    )


def _read(channel: SalesChannel, now: datetime) -> dict[str, list[dict[str, Any]]]:
    sold = sql.fetch_all(SOLD, {"channel": channel.pk, "now": now})
    brands = Brand.objects.filter(pk__in={brand for brand, _ in sold}).order_by("pk")
    paths = Category.objects.filter(pk__in={category for _, category in sold if category})
    codes = {code for path in paths.values_list("path", flat=True) for code in path.split("/")}
    categories = Category.objects.filter(code__in=codes).order_by("path")
    return {
        "brands": [{"code": brand.code, "names": brand.name} for brand in brands],
        "categories": [{"code": one.code, "names": one.name, "path": one.path} for one in categories],
    }
