"""Reads of the storefront: products with price, points and live availability in a channel."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from catalog import former_prices, search
from catalog import selectors as catalog
from catalog.errors import ProductNotFound
from loyalty import selectors as loyalty
from omni.core import clock, sql
from omni.core.money import Rounding, exponent
from organisation.models import SalesChannel
from storefront import product_sql

# A query that could be a code is looked up as one first: a scanner's input names one article.
SHORTEST_CODE = 4


@dataclass(frozen=True, slots=True)
class ProductQuery:
    """
    Which products. `after` and `before` are keys of products: newest first, the page that
    begins below `after`, or the one that ends above `before`.
    """

    q: str = ""
    brand: str = ""
    category: str = ""
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    after: int | None = None
    before: int | None = None
    limit: int = 24


@dataclass(frozen=True, slots=True)
class ProductPage:
    """The products as a JSON array, their least and greatest key, and whether more lie beyond."""

    json: str
    least: int | None
    greatest: int | None
    more: bool


def list_products(*, channel: SalesChannel, query: ProductQuery, now: datetime) -> ProductPage:
    """A page of what the channel sells now; one statement, two where `q` may be a code."""
    given: dict[str, Any] = {
        name: value
        for name in ("brand", "category", "price_min", "price_max", "in_stock", "after", "before")
        if (value := getattr(query, name)) not in ("", None, False)
    }
    given |= _sought(query.q)
    params, points = _terms(channel, now)
    statement = product_sql.list_statement(frozenset(given), points, _tax_rounding(channel))
    row = sql.fetch_one(statement, {**params, **given, "limit": query.limit})
    assert row is not None
    json, least, greatest, probed = row
    return ProductPage(json, least, greatest, more=probed > query.limit)


def _sought(q: str) -> dict[str, Any]:
    code = catalog.normalise_code(q)
    if len(code) >= SHORTEST_CODE and code.isascii() and " " not in code:
        named = catalog.resolve_codes(codes=[code])
        if named:
            return {"exact": named[code].variant_id}
    terms = search.parse(q)
    return {"q": q, "grams": terms.grams, "patterns": terms.patterns} if terms.patterns else {}


def get_product(*, channel: SalesChannel, code: str, now: datetime) -> str:
    """
    One product as JSON; one statement.

    Raises:
        ProductNotFound: the channel sells no such product now.
    """
    params, points = _terms(channel, now)
    statement = product_sql.detail_statement(points, _tax_rounding(channel))
    row = sql.fetch_one(statement, {**params, "code": code})
    if row is None:
        raise ProductNotFound(product=code)
    json: str = row[0]
    return json


def _tax_rounding(channel: SalesChannel) -> Rounding:
    """How the seller rounds tax; the channel's company is loaded with it."""
    return Rounding(channel.company.tax_rounding)


def _terms(channel: SalesChannel, now: datetime) -> tuple[dict[str, Any], Rounding]:
    """The parameters of both statements, and how the channel's programme rounds points."""
    programme = loyalty.recent_terms(channel_id=channel.pk, at=now)
    rate = programme.find_rate(channel_id=channel.pk, at=now) if programme else None
    params = {
        "channel": channel.pk,
        "country": channel.country,
        "currency": channel.currency,
        "exponent": exponent(channel.currency),
        "now": now,
        "at": now,
        "today": clock.business_date(now, settings.TIME_ZONE),
        "rate": rate.amount_per_point if rate else None,
        **former_prices.params_of(channel.country),
        "language": (get_language() or settings.LANGUAGE_CODE).split("-")[0],
        "default": settings.LANGUAGE_CODE,
    }
    return params, Rounding(programme.rounding) if programme else Rounding.FLOOR
