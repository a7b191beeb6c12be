"""
The statements behind product list and detail: the database builds the JSON.

Python never sees the rows, so that a page of 24 products costs one round trip and no
serializer. What may be sold is `inventory.sourcing`'s SQL, which `channel_availability` runs
too; what one more unit earns is `loyalty.terms.points_for`, and what it costs with tax is
`catalog.taxing.with_tax`. Tests hold all of them together.

Plan: a walk down the product key (or the GIN index of grams) until the page is full, then for
each product its variants, and for each variant one probe of `listing_charged` and one of
the stock level of each source. What was charged before is read of sale prices alone.
"""

from functools import lru_cache

from catalog.former_prices import FORMER, IN_CHANNEL
from catalog.taxing import TAKE_OUT, with_tax_sql
from inventory.backorders import AHEAD_OF
from inventory.sourcing import BESIDES_OF, BUFFER, GIVEN, SOURCES, UNRELEASED
from inventory.sourcing_bundles import BUNDLE_UNITS, IS_BUNDLE
from omni.core.money import Rounding

LISTED_NOW = """listing.channel_id = %(channel)s::bigint AND listing.valid_from <= %(now)s
     AND (listing.valid_until IS NULL OR listing.valid_until > %(now)s)"""

FOUND = """found AS MATERIALIZED (
    SELECT id FROM catalog_product
    WHERE search_bigrams @> %(grams)s::varchar[] AND search_text LIKE ALL(%(patterns)s::text[])
),"""

# Conditions on the product, by the name of the filter that asks for them.
PRODUCT_CONDITIONS = {
    "q": "product.id IN (SELECT id FROM found)",
    "code": "product.code = %(code)s::text",
    "brand": "product.brand_id = (SELECT id FROM catalog_brand WHERE code = %(brand)s::text)",
    "category": """product.category_id IN (
        SELECT below.id FROM catalog_category AS top
        JOIN catalog_category AS below ON below.path = top.path OR starts_with(below.path, top.path || '/')
        WHERE top.code = %(category)s::text)""",
    "after": "product.id < %(after)s::bigint",
    "before": "product.id > %(before)s::bigint",
}

# Conditions on one variant of it, all of which the same variant has to meet.
VARIANT_CONDITIONS = {
    "exact": "variant.id = %(exact)s::bigint",
    "price_min": "{with_tax} >= %(price_min)s::numeric",
    "price_max": "{with_tax} <= %(price_max)s::numeric",
}

POINTS = {
    Rounding.FLOOR: "div(with_tax, %(rate)s::numeric)",
    Rounding.HALF_UP: "div(with_tax * 2 + %(rate)s::numeric, %(rate)s::numeric * 2)",
    Rounding.CEILING: "div(with_tax, %(rate)s::numeric) + (mod(with_tax, %(rate)s::numeric) > 0)::int",
}


@lru_cache(maxsize=256)
def list_statement(filters: frozenset[str], points: Rounding, tax: Rounding) -> str:
    """A page: its JSON, its least and greatest product key, and how many it found (one more tells of another)."""
    order = "ASC" if "before" in filters else "DESC"
    return f"""
WITH source AS MATERIALIZED ({SOURCES}),
{FOUND if "q" in filters else ""}
probed AS MATERIALIZED ({_matching(filters, tax)} ORDER BY product.id {order} LIMIT %(limit)s::bigint + 1),
page AS MATERIALIZED (SELECT id FROM probed ORDER BY id {order} LIMIT %(limit)s::bigint),
{_stocked(tax)},
{_gathered(points, detail=False)}
SELECT coalesce(json_agg({_product(detail=False)} ORDER BY product.id DESC)::text, '[]'),
       min(product.id), max(product.id), (SELECT count(*) FROM probed)
{JOINS}
"""


@lru_cache(maxsize=16)
def detail_statement(points: Rounding, tax: Rounding) -> str:
    """One product's JSON, by its code; no row where the channel does not sell it now."""
    return f"""
WITH source AS MATERIALIZED ({SOURCES}),
page AS MATERIALIZED ({_matching(frozenset({"code"}), tax)}),
{_stocked(tax)},
{_gathered(points, detail=True)}
SELECT {_product(detail=True)}::text
{JOINS}
"""


def _matching(filters: frozenset[str], tax: Rounding) -> str:
    of_product = [condition for name, condition in PRODUCT_CONDITIONS.items() if name in filters]
    with_tax = with_tax_sql("listing.price", tax)
    of_variant = [
        condition.format(with_tax=with_tax)
        for name, condition in VARIANT_CONDITIONS.items()
        if name in filters
    ]
    rates = TAKE_OUT if filters & {"price_min", "price_max"} else ""
    if "in_stock" in filters:
        of_variant.append(f"(NOT variant.keeps_stock OR {UNITS_OF_ONE} > 0)")
    return f"""
    SELECT product.id FROM catalog_product AS product
    WHERE product.archived_at IS NULL {"".join(f" AND {condition}" for condition in of_product)}
      AND EXISTS (
        SELECT FROM catalog_variant AS variant
        JOIN catalog_listing AS listing ON listing.variant_id = variant.id AND {LISTED_NOW}
        {rates}
        WHERE variant.product_id = product.id AND variant.archived_at IS NULL
              {"".join(f" AND {condition}" for condition in of_variant)})"""


# `channel_availability`, one variant at a time: one probe of each source's level.
UNITS = f"""CASE WHEN {UNRELEASED} THEN 0 WHEN {IS_BUNDLE.format(variant="wanted.variant_id")} THEN {BUNDLE_UNITS} ELSE greatest(0, coalesce((
        SELECT sum({GIVEN})
        FROM source
        JOIN inventory_stocklevel AS level
          ON level.variant_id = wanted.variant_id AND level.location_id = source.location_id
        LEFT JOIN besides
               ON besides.variant_id = level.variant_id AND besides.location_id = level.location_id
    ), 0)::bigint - {BUFFER}) END"""

# The same while products are still being chosen.
UNITS_OF_ONE = f"""(
    WITH besides AS ({BESIDES_OF.format(variants="ARRAY[variant.id]")})
    SELECT {UNITS} FROM (SELECT variant.id AS variant_id) AS wanted)"""


# The former price of an offer that is a sale price.
BEFORE = FORMER.format(charged=IN_CHANNEL, now="listing")

# What is sold ahead of stock, and the day of the next unit of it.
AHEAD = f"""
    SELECT json_build_object('kind', kind, 'units', units, 'promised_date', promised_date,
                             'release_at', release_at)
    FROM ({AHEAD_OF}) AS ahead"""


def _stocked(tax: Rounding) -> str:
    """
    `offer`: what the channel sells of the page's products. `stock`: how many of each.

    What costs an unknown tax can't be bought, and is left out.
    """
    return f"""
offer AS MATERIALIZED (
    SELECT variant.id AS variant_id, variant.product_id, variant.sku, variant.name, variant.options,
           variant.position, variant.keeps_stock, variant.stock_unit, listing.tax_inclusive,
           round(listing.price, %(exponent)s::int) AS price, {with_tax_sql("listing.price", tax)} AS with_tax,
           take_out.rate AS tax_rate, round(former.amount, %(exponent)s::int) AS former_price,
           {with_tax_sql("former.amount", tax)} AS former_with_tax
    FROM catalog_variant AS variant
    JOIN catalog_listing AS listing ON listing.variant_id = variant.id AND {LISTED_NOW}
    {TAKE_OUT}
    CROSS JOIN LATERAL (
        SELECT CASE WHEN listing.reduced THEN (SELECT amount FROM ({BEFORE}) AS before) END AS amount OFFSET 0
    ) AS former
    WHERE variant.product_id = ANY(ARRAY(SELECT id FROM page)) AND variant.archived_at IS NULL
      AND (listing.tax_inclusive OR take_out.rate IS NOT NULL)
),
besides AS MATERIALIZED ({BESIDES_OF.format(variants="ARRAY(SELECT variant_id FROM offer)")}),
stock AS MATERIALIZED (
    SELECT wanted.variant_id, {UNITS} AS available, ({AHEAD}) AS ahead
    FROM (SELECT variant_id, 1::bigint AS quantity FROM offer) AS wanted
)"""


def _gathered(rounding: Rounding, *, detail: bool) -> str:
    """`gathered`: for each product its variants as JSON, and what they come to together."""
    points = f"coalesce({POINTS[rounding]}, 0)"
    codes = """, 'stock_unit', stock_unit, 'codes', (
        SELECT coalesce(json_agg(json_build_object('kind', code.kind, 'value', code.value,
                                                   'quantity', code.quantity) ORDER BY code.id), '[]')
        FROM catalog_variantcode AS code WHERE code.variant_id = offer.variant_id)"""
    return f"""
gathered AS (
    SELECT product_id, min(with_tax) AS price_from, max(with_tax) AS price_to, min({points}) AS points_from,
           (array_agg(CASE WHEN NOT tax_inclusive THEN price END ORDER BY with_tax, price))[1]
               AS price_from_without_tax,
           CASE WHEN min(with_tax) = max(with_tax) AND min(former_with_tax) = max(former_with_tax)
                     AND count(former_with_tax) = count(*) THEN min(former_with_tax) END AS former_price,
           coalesce(sum(stock.available) FILTER (WHERE keeps_stock), 0) AS available,
           bool_or(NOT keeps_stock OR stock.available > 0) AS in_stock,
           json_agg(json_build_object(
               'sku', sku, 'name', {_text("offer.name")}, 'options', options, 'price', price::text,
               'former_price', former_price::text, 'price_with_tax', with_tax::text,
               'former_price_with_tax', former_with_tax::text,
               'tax_inclusive', tax_inclusive, 'tax_rate', tax_rate::text, 'points', {points},
               'keeps_stock', keeps_stock, 'available', CASE WHEN keeps_stock THEN stock.available END,
               'ahead', stock.ahead
               {codes if detail else ""}) ORDER BY offer.position, offer.variant_id) AS variants
    FROM offer JOIN stock USING (variant_id)
    GROUP BY product_id
)"""


def _product(*, detail: bool) -> str:
    trail = f""", 'description', {_text("product.description")}, 'categories', (
        SELECT coalesce(json_agg(json_build_object('code', above.code, 'name', {_text("above.name")})
                                 ORDER BY length(above.path)), '[]')
        FROM catalog_category AS above
        WHERE above.path = category.path OR starts_with(category.path, above.path || '/'))"""
    return f"""json_build_object(
    'code', product.code, 'name', {_text("product.name")},
    'brand', json_build_object('code', brand.code, 'name', {_text("brand.name")}),
    'category', CASE WHEN category.id IS NOT NULL
                THEN json_build_object('code', category.code, 'name', {_text("category.name")}) END,
    'currency', %(currency)s::text, 'price_from', price_from::text, 'price_to', price_to::text,
    'price_from_without_tax', price_from_without_tax::text, 'former_price', former_price::text,
    'points_from', points_from, 'available', available, 'in_stock', in_stock
    {trail if detail else ""}, 'variants', variants)"""


JOINS = """FROM gathered
JOIN catalog_product AS product ON product.id = gathered.product_id
JOIN catalog_brand AS brand ON brand.id = product.brand_id
LEFT JOIN catalog_category AS category ON category.id = product.category_id"""


def _text(column: str) -> str:
    """A translated column in the reader's language, chosen as `omni.core.text.pick` does."""
    return f"""coalesce(
        nullif({column} ->> %(language)s::text, ''), nullif({column} ->> %(default)s::text, ''),
        nullif({column} ->> 'en', ''), (SELECT value FROM jsonb_each_text({column}) LIMIT 1), '')"""
