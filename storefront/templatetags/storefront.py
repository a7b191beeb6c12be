"""What the storefront's templates ask for: words, money, addresses."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from omni.core.money import exponent
from storefront import messages

register = template.Library()

SYMBOLS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
FEW = 5


@register.simple_tag
def t(key: str, **values: Any) -> str:
    """A message of the catalogue in the page's language."""
    return messages.text(key, **values)


@register.simple_tag
def code_kind(kind: str) -> str:
    """What a kind of article code is called."""
    return messages.text(f"code.{kind}")


@register.filter
def money(amount: str | Decimal, currency: str = "JPY") -> str:
    """`¥2,990`, as the web app writes it."""
    return f"{SYMBOLS.get(currency, currency + ' ')}{Decimal(amount):,.{exponent(currency)}f}"


@register.simple_tag
def variant_price(variant: Mapping[str, Any], currency: str) -> SafeString:
    """What a variant costs."""
    without = None if variant["tax_inclusive"] else variant["price"]
    shown = money(variant["price_with_tax"], currency)
    return _priced(shown, currency, without=without, former=variant["former_price_with_tax"])


def _priced(shown: str, currency: str, *, without: str | None, former: str | None) -> SafeString:
    """
    A price with tax, beside it that without where it is kept so, and what was charged before the sale,
    where it may be shown. `packages/ui/src/components/Price.tsx` is the same in React.
    """
    before = after = SafeString("")
    if former:
        label = messages.text("price.former")
        struck = '<span class="price__former">{} <s>{}</s></span>'
        before = format_html(struck, label, money(former, currency))
    if without:
        label = messages.text("price.without", price=money(without, currency))
        after = format_html('<small class="price__without">{}</small>', label)
    return format_html(
        '<span class="{}">{}{}<small>{}</small>{}</span>',
        "price price--sale" if former else "price",
        before,
        shown,
        messages.text("price.inclusive"),
        after,
    )


@register.simple_tag
def stock(available: int | None, keeps_stock: bool = True, none: str = "stock.none") -> SafeString:
    """Whether there is any, and how many where they run out; `none` is what to say where there is none."""
    kind, label = _stock(available or 0, none) if keeps_stock else ("plenty", messages.text("stock.always"))
    return format_html('<span class="stock stock--{}">{}</span>', kind, label)


@register.simple_tag
def ahead(terms: Mapping[str, Any]) -> SafeString:
    """That something is sold before it is there, and when it is expected to leave: `Ahead.tsx` in Django."""
    promised = terms["promised_date"]
    when = (
        messages.text("ahead.date", date=date_format(date.fromisoformat(promised), "DATE_FORMAT"))
        if promised
        else messages.text("ahead.unknown")
    )
    kind = messages.text(f"ahead.{terms['kind']}")
    return format_html('<span class="stock stock--few">{} · {}</span>', kind, when)


@register.simple_tag
def product_stock(product: Mapping[str, Any]) -> SafeString:
    """Whether any of a product's variants can be delivered: what shops have stands on its own page."""
    keeps = any(variant["keeps_stock"] for variant in product["variants"])
    endless = any(not variant["keeps_stock"] for variant in product["variants"])
    sold_ahead = [one["ahead"] for one in product["variants"] if one["ahead"] and one["ahead"]["units"]]
    if sold_ahead and not product["in_stock"]:
        told: SafeString = ahead(sold_ahead[0])
        return told
    rendered: SafeString = stock(
        product["available"], keeps_stock=keeps and not endless, none="stock.noneOnline"
    )
    return rendered


def _stock(available: int, none: str) -> tuple[str, str]:
    if available <= 0:
        return "none", messages.text(none)
    if available <= FEW:
        return "few", messages.text("stock.few", n=available)
    return "plenty", messages.text("stock.plenty")


@register.filter
def grouped(number: int) -> str:
    """`1,234`."""
    return f"{number:,}"


@register.filter
def percent(rate: str | Decimal) -> str:
    """`8%`, and `7.8%` where the rate is a finer one."""
    return f"{(Decimal(rate) * 100).normalize():f}%"


@register.simple_tag
def price_range(product: Mapping[str, Any]) -> SafeString:
    """The price, or the least one where the variants differ."""
    lowest, currency = product["price_from"], product["currency"]
    amount = money(lowest, currency)
    shown = amount if lowest == product["price_to"] else messages.text("list.from", price=amount)
    without = product["price_from_without_tax"]
    return _priced(shown, currency, without=without, former=product["former_price"])


@register.simple_tag
def list_url(data: Mapping[str, Any], **changed: str) -> str:
    """The list with the same search and filters but for what is changed; from its first page."""
    kept = {name: data[name] for name in ("q", "category", "brand")} | {"cursor": ""} | changed
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{reverse('storefront:list')}?{query}" if query else reverse("storefront:list")


# As `json_script` does: nothing in the data can end the element that it stands in.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def structured_data(data: Mapping[str, Any]) -> SafeString:
    """A page's schema.org data."""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')
