"""Reads of the catalogue."""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db.models import Prefetch

from catalog.errors import CodeNotFound, NotListed, TaxRateMissing, UnknownSku
from catalog.models import Category, Component, Product, Variant, VariantCode
from omni.core import clock, sql
from omni.core.money import quantize

Found = TypeVar("Found")


Components = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """
    What a channel asks for one stock unit of a variant at a moment.

    `price` is in `currency`, with the channel's tax inside it where `tax_inclusive`;
    `company_id` is the selling company. `take_out_rate` and `eat_in_rate` are ratios. A bundle has
    `components`: (variant, units) that one unit of it takes.
    """

    variant_id: int
    sku: str
    name: Mapping[str, str]
    price: Decimal
    tax_inclusive: bool
    tax_class_id: int
    take_out_rate: Decimal
    eat_in_rate: Decimal
    keeps_stock: bool
    company_id: int
    currency: str
    components: Components = ()


class Coded(NamedTuple):
    """What a code stands for: so many stock units of a variant."""

    variant_id: int
    quantity: int


# What one unit of a bundle takes, by component; NULL for what is none. One probe of
# `component_once_per_bundle`, which holds all three columns.
COMPONENTS = """(
    SELECT array_agg(ARRAY[component.component_id, component.quantity] ORDER BY component.component_id)
    FROM catalog_component AS component WHERE component.bundle_id = {of})"""

# For each variant one probe of `listing_charged` and two of the tax rates' exclusion index.
# Goods without a rate of their own for eating in have the same rate however they are supplied.
# `{channel}` and `{variants}` are SQL, so that a statement that reads a cart can price it too.
OFFERS_OF = (
    """
SELECT variant.id, variant.sku, variant.name, listing.price, listing.tax_inclusive,
       variant.tax_class_id, take_out.rate, coalesce(eat_in.rate, take_out.rate),
       variant.keeps_stock, channel.company_id, channel.currency, """
    + COMPONENTS.format(of="variant.id")
    + """
FROM organisation_saleschannel AS channel
JOIN catalog_listing AS listing
  ON listing.channel_id = channel.id
 AND listing.variant_id = ANY({variants})
 AND listing.valid_from <= %(at)s
 AND (listing.valid_until IS NULL OR listing.valid_until > %(at)s)
JOIN catalog_variant AS variant ON variant.id = listing.variant_id AND variant.archived_at IS NULL
JOIN catalog_product AS product ON product.id = variant.product_id AND product.archived_at IS NULL
LEFT JOIN catalog_taxrate AS take_out
  ON take_out.tax_class_id = variant.tax_class_id AND take_out.country = channel.country
 AND take_out.service_mode = 'TAKE_OUT' AND take_out.valid_from <= %(on)s
 AND (take_out.valid_until IS NULL OR take_out.valid_until > %(on)s)
LEFT JOIN catalog_taxrate AS eat_in
  ON eat_in.tax_class_id = variant.tax_class_id AND eat_in.country = channel.country
 AND eat_in.service_mode = 'EAT_IN' AND eat_in.valid_from <= %(on)s
 AND (eat_in.valid_until IS NULL OR eat_in.valid_until > %(on)s)
WHERE channel.id = {channel} AND channel.active
"""
)

OFFERS = OFFERS_OF.format(channel="%(channel_id)s", variants="%(variant_ids)s::bigint[]")

# At a shop's till, one more probe for each variant: of `price_at_shop`. The listing still says that
# it is on sale; what the shop asks instead goes first, its sale before its regular price.
OFFERS_AT_SHOP = OFFERS.replace(
    "listing.price, listing.tax_inclusive",
    "coalesce(shop.amount, listing.price), coalesce(shop.tax_inclusive, listing.tax_inclusive)",
).replace(
    "LEFT JOIN catalog_taxrate AS take_out",
    """LEFT JOIN LATERAL (
    SELECT own.amount, own.tax_inclusive FROM catalog_price AS own
    WHERE own.location_id = %(location_id)s AND own.variant_id = listing.variant_id
      AND own.currency = channel.currency AND own.valid_from <= %(at)s
      AND (own.valid_until IS NULL OR own.valid_until > %(at)s)
    ORDER BY own.kind = 'SALE' DESC
    LIMIT 1
) AS shop ON true
LEFT JOIN catalog_taxrate AS take_out""",
)


def get_offers(
    *, channel_id: int, variant_ids: Sequence[int], at: datetime, location_id: int | None = None
) -> dict[int, Offer]:
    """
    What the channel asks for each variant at that moment, by variant; one statement.

    With a location it is what that shop's till asks: the shop's own price, where it has one.

    Variants that it does not list then, and archived ones, are absent. A listing holds from
    `valid_from` until just before `valid_until`; the tax is that of the day in the platform's
    time zone.

    Raises:
        TaxRateMissing: a variant's tax class has no rate in the channel's country that day.
    """
    on = clock.business_date(at, settings.TIME_ZONE)
    params = {"channel_id": channel_id, "variant_ids": sql.integers(variant_ids), "at": at, "on": on}
    if location_id is None:
        return offers_from_rows(sql.fetch_all(OFFERS, params), on=on)
    return offers_from_rows(sql.fetch_all(OFFERS_AT_SHOP, {**params, "location_id": location_id}), on=on)


def offers_from_rows(rows: Iterable[Sequence[Any]], *, on: date) -> dict[int, Offer]:
    """
    The offers that rows of `OFFERS_OF` hold, by variant.

    Raises:
        TaxRateMissing: as `get_offers`.
    """
    rows = list(rows)
    if unrated := sorted(row[1] for row in rows if row[6] is None):
        raise TaxRateMissing(skus=unrated, date=on)
    return {row[0]: _offer(*row) for row in rows}


def _offer(variant_id: int, sku: str, name: str, price: Decimal, *rest: Any) -> Offer:
    # A price is stored with four decimals, whatever its currency; the value stays the same.
    *terms, currency, components = rest
    exact = quantize(price, currency)
    terms += [currency, components_from(components)]
    return Offer(variant_id, sku, json.loads(name), exact, *terms)


def components_from(rows: Sequence[Sequence[int]] | None) -> Components:
    """What the column `COMPONENTS` holds; nothing of what is no bundle."""
    return tuple((variant_id, quantity) for variant_id, quantity in rows or ())


BUNDLES_WITH = """
SELECT DISTINCT bundle_id FROM catalog_component
WHERE component_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
ORDER BY bundle_id
"""


def list_bundles_with(variant_ids: Iterable[int]) -> list[int]:
    """The bundles that hold any of the variants: what changes these changes them."""
    return [row[0] for row in sql.fetch_all(BUNDLES_WITH, {"variants": sql.integers(variant_ids)})]


def is_bundle(variant_id: int) -> bool:
    return Component.objects.filter(bundle=variant_id).exists()


def require_listed(offers: Mapping[int, Offer], wanted: Mapping[int, str]) -> None:
    """
    See that every wanted variant (id → sku) has an offer.

    Raises:
        NotListed: these have none.
    """
    if missing := sorted(sku for variant_id, sku in wanted.items() if variant_id not in offers):
        raise NotListed(skus=missing)


def normalise_code(code: str) -> str:
    """A code as it is stored: NFKC (so half width), without space around it."""
    return unicodedata.normalize("NFKC", code).strip()


VARIANT_IDS = "SELECT sku, id FROM catalog_variant WHERE sku = ANY(%(skus)s::text[])"


def find_variants(*, skus: Iterable[str]) -> dict[str, int]:
    """The variants of those skus that exist, by the sku as it was given; archived ones too."""
    given = {sku: normalise_code(sku) for sku in skus if "\x00" not in sku}
    found: dict[str, int] = dict(sql.fetch_all(VARIANT_IDS, {"skus": list(given.values())}))
    return {sku: found[normal] for sku, normal in given.items() if normal in found}


def get_variants(*, skus: Iterable[str]) -> dict[str, int]:
    """
    The variants of all these skus.

    Raises:
        UnknownSku: some name nothing.
    """
    wanted = list(skus)
    return _all_of(find_variants(skus=wanted), wanted)


# The sku comes last, so that it stays where another variant's code reads the same.
CODED = """
SELECT value, variant_id, quantity, 1 AS rank FROM catalog_variantcode WHERE value = ANY(%(codes)s::text[])
UNION ALL
SELECT sku, id, 1, 2 FROM catalog_variant WHERE sku = ANY(%(codes)s::text[])
ORDER BY rank
"""


def resolve_codes(*, codes: Iterable[str]) -> dict[str, Coded]:
    """
    What each code (a sku, or any code of a variant) stands for, by the code as it was given.

    A sku goes before another variant's code that reads the same; unknown codes are absent.
    """
    # PostgreSQL's text holds no NUL, and so no code does.
    given = {code: normalise_code(code) for code in codes if "\x00" not in code}
    rows = sql.fetch_all(CODED, {"codes": list(given.values())})
    found = {value: Coded(variant_id, quantity) for value, variant_id, quantity, _ in rows}
    return {code: found[normal] for code, normal in given.items() if normal in found}


def get_by_codes(*, codes: Iterable[str]) -> dict[str, Coded]:
    """
    What all these codes stand for.

    Raises:
        UnknownSku: some name nothing.
    """
    wanted = list(codes)
    return _all_of(resolve_codes(codes=wanted), wanted)


def _all_of(found: dict[str, Found], wanted: Sequence[str]) -> dict[str, Found]:
    if missing := sorted({code for code in wanted if code not in found}):
        raise UnknownSku(skus=missing)
    return found


def get_priced(
    *, code: str, channel_id: int, at: datetime, location_id: int | None = None
) -> tuple[Coded, Offer]:
    """
    What a code names, and what the channel asks for it, or that shop's till in it.

    Raises:
        CodeNotFound: it names nothing.
        NotListed: the channel doesn't sell it at that moment.
    """
    coded = resolve_codes(codes=[code]).get(code)
    if coded is None:
        raise CodeNotFound(value=code)
    offers = get_offers(channel_id=channel_id, variant_ids=[coded.variant_id], at=at, location_id=location_id)
    require_listed(offers, {coded.variant_id: code})
    return coded, offers[coded.variant_id]


def find_code_owner(value: str) -> str | None:
    """The sku of the variant that a code names."""
    return VariantCode.objects.filter(value=value).values_list("variant__sku", flat=True).first()


def list_product_texts(*, product_ids: Iterable[int] | None = None) -> Iterator[tuple[int, list[str]]]:
    """Everything that a product may be found by, in batches: names, kana, brand, categories, codes."""
    variants = Variant.objects.order_by("position", "pk").prefetch_related("codes")
    products = Product.objects.select_related("brand", "category").order_by("pk")
    if product_ids is not None:
        products = products.filter(pk__in=list(product_ids))
    names = dict(Category.objects.values_list("code", "name"))
    for product in products.prefetch_related(Prefetch("variants", variants)).iterator(chunk_size=500):
        yield product.pk, _texts(product, names)


def _texts(product: Product, category_names: Mapping[str, Mapping[str, str]]) -> list[str]:
    path = product.category.path.split("/") if product.category else []
    translated = [product.name, product.brand.name, *(category_names.get(code, {}) for code in path)]
    texts = [product.kana, product.code]
    for variant in product.variants.all():
        translated.append(variant.name)
        texts += [variant.sku, *(code.value for code in variant.codes.all())]
    return [*(text for names in translated for text in names.values()), *texts]
