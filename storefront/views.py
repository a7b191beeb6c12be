"""
Pages: what a shopper sees first is in Django's HTML; the web app then takes the same data over.

Each page is rendered by a template whose markup is that of the React component of its name, so
that taking over changes nothing that shows.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from omni.core import clock, exceptions
from organisation.models import SalesChannel
from storefront import assets, messages, pages, structured
from storefront.security import policy

PageView = Callable[..., HttpResponse]
LANGUAGES = dict(settings.LANGUAGES)


def page(view: PageView) -> PageView:
    """A page: in the language that `?lang=` asks for (and remembers), under the content policy."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: str) -> HttpResponse:
        wanted = request.GET.get("lang", "")
        if wanted in LANGUAGES:
            translation.activate(wanted)
        response = view(request, **kwargs)
        if wanted in LANGUAGES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=31_536_000, samesite="Lax")
        response["Content-Security-Policy"] = policy()
        response.setdefault("Cache-Control", "private, no-cache")
        return response

    return require_safe(wrapped)


def members_only(view: PageView) -> PageView:
    """A page of the signed-in: others sign in first, and come back."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, **kwargs)
        target = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('storefront:signin')}?{target}")

    return wrapped


def _respond(
    request: HttpRequest,
    name: str,
    channel: SalesChannel,
    *,
    data: Mapping[str, Any] | None = None,
    title: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Render `storefront/<name>.html`, with the data that the React page of that name starts from."""
    data = data or {}
    site = str(channel)
    shell = {
        "page": name,
        "language": messages.current_language(),
        "channel": {"code": channel.code, "name": site, "currency": channel.currency},
        "streamUrl": settings.STREAM_URL,
        "signedIn": request.user.is_authenticated,
    }
    get_token(request)
    everything = {
        "site": site,
        "title": f"{title}｜{site}" if title else site,
        "assets": assets.for_page(name),
        "shell": {**shell, "data": data},
        "data": data,
        "languages": _alternates(request),
        **context,
    }
    return render(request, f"storefront/{name}.html", everything, status=status)


def _alternates(request: HttpRequest) -> dict[str, Any]:
    """The page's own address, and the same in each language."""
    kept = request.GET.copy()
    kept.pop("lang", None)
    own = f"{request.path}?{kept.urlencode()}" if kept else request.path
    hrefs = {code: f"{own}{'&' if kept else '?'}lang={code}" for code in LANGUAGES}
    current = messages.current_language()
    other = next(code for code in LANGUAGES if code != current)
    return {
        "root": settings.PUBLIC_URL,
        "canonical": own if current == settings.LANGUAGE_CODE else hrefs[current],
        "default": own,
        "all": hrefs,
        "other": {"code": other, "href": hrefs[other]},
    }


def _heading(data: Mapping[str, Any]) -> str:
    if data["q"]:
        return messages.text("list.found", q=data["q"])
    return data["menus"]["title"] or messages.text("list.all")


@page
def product_list(request: HttpRequest) -> HttpResponse:
    channel = pages.get_channel()
    data = pages.list_data(channel=channel, query_string=request.META["QUERY_STRING"], now=clock.now())
    heading = _heading(data)
    return _respond(
        request,
        "ProductList",
        channel,
        data=data,
        title="" if heading == messages.text("list.all") else heading,
        heading=heading,
        description=messages.text("site.describe", name=str(channel)),
        structured=structured.of_list(data["products"]),
    )


@page
def product(request: HttpRequest, code: str) -> HttpResponse:
    channel = pages.get_channel()
    data = pages.product_data(channel=channel, code=code, sku=request.GET.get("sku", ""), now=clock.now())
    item = data["product"]
    chosen = next(one for one in item["variants"] if one["sku"] == data["sku"])
    return _respond(
        request,
        "Product",
        channel,
        data=data,
        title=item["name"],
        description=item["description"] or messages.text("site.describe", name=str(channel)),
        structured=structured.of_product(item),
        image=structured.art_url(code, data["sku"]),
        product=item,
        chosen=chosen,
        stock=data["stock"].get(data["sku"]),
        shops=pages.shops_with_stock(data)[: pages.SHOPS_SHOWN],
    )


@page
def cart(request: HttpRequest) -> HttpResponse:
    channel = pages.get_channel()
    data = {"shops": pages.list_shops(channel, now=clock.now())}
    return _respond(request, "Cart", channel, data=data, title=messages.text("cart.title"))


@page
def checkout(request: HttpRequest) -> HttpResponse:
    channel = pages.get_channel()
    data = {
        "shops": pages.list_shops(channel, now=clock.now()),
        "tenders": pages.list_tenders(),
        "test_cards": settings.CARD_GATEWAY.endswith(".SandboxGateway"),
    }
    return _respond(request, "Checkout", channel, data=data, title=messages.text("checkout.title"))


@page
def order_done(request: HttpRequest, number: str) -> HttpResponse:
    channel = pages.get_channel()
    data = {"number": number, "shops": pages.list_shops(channel, now=clock.now())}
    return _respond(request, "Done", channel, data=data, title=messages.text("done.title"))


@page
def sign_in(request: HttpRequest) -> HttpResponse:
    return _respond(request, "SignIn", pages.get_channel(), title=messages.text("account.signIn"))


@page
def sign_up(request: HttpRequest) -> HttpResponse:
    return _respond(request, "SignUp", pages.get_channel(), title=messages.text("account.signUp"))


@page
def reset_password(request: HttpRequest, key: str = "") -> HttpResponse:
    title = messages.text("account.reset")
    return _respond(request, "ResetPassword", pages.get_channel(), data={"key": key}, title=title)


@page
def verify_email(request: HttpRequest, key: str = "") -> HttpResponse:
    title = messages.text("account.verify")
    return _respond(request, "VerifyEmail", pages.get_channel(), data={"key": key}, title=title)


@page
@members_only
def points(request: HttpRequest) -> HttpResponse:
    return _respond(request, "Points", pages.get_channel(), title=messages.text("account.points"))


@page
@members_only
def orders(request: HttpRequest) -> HttpResponse:
    channel = pages.get_channel()
    data = {"shops": pages.list_shops(channel, now=clock.now())}
    return _respond(request, "Orders", channel, data=data, title=messages.text("account.orders"))


@page
@members_only
def order(request: HttpRequest, number: str) -> HttpResponse:
    channel = pages.get_channel()
    data = {
        "number": number,
        "shops": pages.list_shops(channel, now=clock.now()),
        "tenders": pages.list_tenders(),
    }
    title = messages.text("order.title", number=number)
    return _respond(request, "Order", channel, data=data, title=title)


@page
def law(request: HttpRequest) -> HttpResponse:
    channel = pages.get_channel()
    return _respond(request, "Law", channel, title=messages.text("law.title"), law=pages.law_data(channel))


@require_safe
@cache_control(public=True, max_age=86_400)
def art(request: HttpRequest, code: str) -> HttpResponse:
    """The artwork of a product."""
    return HttpResponse(pages.art(code, request.GET.get("sku", "")), content_type="image/svg+xml")


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What addresses that lead nowhere show: the shop's page to shoppers, others their own."""
    if request.path.startswith(("/api/", "/_allauth/", "/admin/")):
        return exceptions.not_found(request, exception)
    return page(_missing)(request)


def _missing(request: HttpRequest) -> HttpResponse:
    title = messages.text("product.gone")
    try:
        return _respond(request, "Missing", pages.get_channel(), title=title, status=404)
    except Http404:
        # Without a channel there is no shop yet, and no page of it.
        return HttpResponse(title, status=404, content_type="text/plain; charset=utf-8")
