"""What each page of the storefront shows first: the data that Django renders and React takes over."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.http import Http404
from rest_framework.exceptions import ValidationError

from catalog.errors import ProductNotFound
from catalog.models import Product
from omni.core import clock
from omni.core.errors import InvalidField, NotFound
from omni.core.text import pick
from orders.models import TenderType
from orders.selectors_shipping import shipping_terms
from organisation import selectors as organisation
from organisation.models import Location, SalesChannel
from organisation.selectors import Timetable
from storefront import artwork, filters, products, stock_states
from storefront.navigation import Entry, Navigation, get_navigation
from storefront.products import ProductPage, ProductQuery

SHOPS_SHOWN = 5


def get_channel() -> SalesChannel:
    """
    The storefront's channel.

    Raises:
        Http404: there is none yet, or it is closed.
    """
    try:
        return organisation.get_channel()
    except NotFound as error:
        raise Http404 from error


def list_data(*, channel: SalesChannel, query_string: str, now: datetime) -> dict[str, Any]:
    """A page of products with the menus around it."""
    query = read_query(query_string)
    page = products.list_products(channel=channel, query=query, now=now)
    menus = get_navigation(channel, now=now)
    return {
        "q": query.q,
        "brand": query.brand,
        "category": query.category,
        "later": query.after is not None,
        "next_cursor": next_cursor(query, page),
        "products": json.loads(page.json),
        "menus": menu_data(menus, query),
    }


def read_query(query_string: str) -> ProductQuery:
    """What the address asks for; a mistyped address shows the first page rather than an error."""
    try:
        return filters.parse(query_string)[1]
    except (ValidationError, InvalidField):
        return ProductQuery()


def next_cursor(query: ProductQuery, page: ProductPage) -> str | None:
    """Where the following page begins; None on the last one."""
    more = page.more or query.before is not None
    return filters.cursor("after", page.least) if more and page.least is not None else None


def menu_data(menus: Navigation, query: ProductQuery) -> dict[str, Any]:
    """The roots of the category tree, the branch that leads to the chosen one, and the brands."""
    chosen = menus.category(query.category)
    opened = set(chosen.path.split("/")) if chosen else set()
    shown = [one for one in menus.categories if one.depth == 0 or one.parent in opened]
    named = chosen or menus.brand(query.brand)
    return {
        "title": named.name if named else "",
        "categories": [
            {**_named(one), "depth": one.depth, "current": one.code == query.category} for one in shown
        ],
        "brands": [{**_named(one), "current": one.code == query.brand} for one in menus.brands],
    }


def _named(entry: Entry) -> dict[str, Any]:
    return {"code": entry.code, "name": entry.name}


def product_data(*, channel: SalesChannel, code: str, sku: str, now: datetime) -> dict[str, Any]:
    """
    A product, its stock in the channel and at every shop that keeps it, and these shops.

    Raises:
        Http404: the channel sells no such product.
    """
    try:
        product = json.loads(products.get_product(channel=channel, code=code, now=now))
    except ProductNotFound as error:
        raise Http404 from error
    skus = [variant["sku"] for variant in product["variants"]]
    stock = {state["sku"]: state for state in stock_states.read_by_skus(skus)}
    return {
        "product": product,
        "sku": sku if sku in skus else _first_in_stock(product),
        "stock": stock,
        "shops": shops_of(
            channel, (code for state in stock.values() for code in state["locations"]), now=now
        ),
    }


def _first_in_stock(product: Mapping[str, Any]) -> str:
    variants = product["variants"]
    available = (one for one in variants if not one["keeps_stock"] or one["available"])
    sku: str = next(available, variants[0])["sku"]
    return sku


def shops_of(channel: SalesChannel, codes: Iterable[str], *, now: datetime) -> list[dict[str, Any]]:
    """
    Where a shopper can collect, of those locations, with their hours: three statements.

    A shop that is paused is among them, with the end of the pause: it takes orders again by itself.
    """
    shops = Location.objects.filter(
        Q(franchise=False) | Q(company=channel.company_id),
        capabilities__contains=[Location.Capability.PICKUP],
        code__in=set(codes),
        active=True,
    ).order_by("postal_code", "code")
    timetables = organisation.get_timetables(shops, now)
    return [{**_shop(shop), **_hours(timetables[shop.pk], now)} for shop in shops]


def _shop(shop: Location) -> dict[str, Any]:
    return {
        "code": shop.code,
        "name": pick(shop.name) or shop.code,
        "address": pick(shop.address),
        "latitude": shop.latitude,
        "longitude": shop.longitude,
        "time_zone": shop.time_zone,
    }


def _hours(timetable: Timetable, now: datetime) -> dict[str, Any]:
    """When it is open now, until when; else when it opens next; and when an order would be ready."""
    today = timetable.days[0] if timetable.days else None
    spans = [span for day in timetable.days[:1] for span in day.spans]
    closes = next((span.closes for span in spans if span.opens <= now < span.closes), None)
    return {
        "open_now": timetable.open_now,
        "closes_at": _moment(closes),
        "next_opening_at": _moment(timetable.next_opening_at),
        "pickup_ready_at": _moment(timetable.pickup_ready_at),
        "paused_until": _moment(timetable.paused_until),
        "reason": pick(today.reason) if today and not spans else "",
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def list_shops(channel: SalesChannel, *, now: datetime) -> list[dict[str, Any]]:
    """Every shop of the channel's country at which a shopper can collect."""
    codes = Location.objects.filter(
        kind=Location.Kind.STORE, country=channel.country, currency=channel.currency
    )
    return shops_of(channel, codes.values_list("code", flat=True), now=now)


def list_tenders() -> list[dict[str, str]]:
    """Ways to pay, with what to call them; the quote of a cart says which are offered for it."""
    tenders = TenderType.objects.filter(active=True).order_by("code")
    return [{"code": one.code, "kind": one.kind, "name": pick(one.name) or one.code} for one in tenders]


def law_data(channel: SalesChannel) -> dict[str, Any]:
    """What 特定商取引法 article 11 wants shown of the seller and its charges."""
    terms = shipping_terms(channel_id=channel.pk, on=clock.business_date(clock.now(), settings.TIME_ZONE))
    company = channel.company
    return {
        "seller": pick(company.name) or company.code,
        "registration_number": company.registration_number,
        "currency": channel.currency,
        "shipping": str(terms.least) if terms else None,
        "shipping_most": str(terms.most) if terms and terms.most != terms.least else None,
        "free_from": str(terms.free_from) if terms and terms.free_from is not None else None,
    }


def art(code: str, sku: str) -> str:
    """
    The artwork of a product, in a variant's colour.

    Raises:
        Http404: there is no such product.
    """
    try:
        product = Product.objects.select_related("category").get(code=code)
    except ObjectDoesNotExist as error:
        raise Http404 from error
    variants = list(product.variants.order_by("position", "pk").values_list("sku", "name", "options"))
    chosen = next((one for one in variants if one[0] == sku), variants[0] if variants else None)
    # The default language's words first: its motifs know best what the goods are.
    names = [pick(product.name, settings.LANGUAGE_CODE), *product.name.values()]
    path = product.category.path if product.category else ""
    colours = [json.dumps(chosen[2], ensure_ascii=False), *chosen[1].values()] if chosen else []
    return artwork.draw(
        code=code,
        words=[*names, *reversed(path.split("/")), product.code],
        colour_words=[*colours, *names],
    )


def shops_with_stock(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The shops of a product page, those that have the chosen variant first, with their number."""
    state = data["stock"].get(data["sku"], {"locations": {}})
    shops = [{**shop, "available": state["locations"].get(shop["code"], 0)} for shop in data["shops"]]
    return sorted(shops, key=lambda shop: shop["available"] == 0)
