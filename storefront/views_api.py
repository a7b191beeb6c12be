"""Products for shoppers: JSON straight from the database, with an ETag."""

import hashlib

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from omni.core import clock
from organisation import selectors as organisation
from storefront import filters, products
from storefront.products import ProductPage, ProductQuery
from storefront.serializers import (
    ChannelQuerySerializer,
    ProductDetailSerializer,
    ProductPageSerializer,
    ProductQuerySerializer,
)

NOT_MODIFIED = OpenApiResponse(description="What If-None-Match names is still current.")


class ProductListView(APIView):
    """What a channel sells now, newest first."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="products_list",
        parameters=[ProductQuerySerializer],
        responses={200: ProductPageSerializer, 304: NOT_MODIFIED},
    )
    def get(self, request: Request) -> HttpResponse:
        channel_code, query = filters.parse(request.META.get("QUERY_STRING", ""))
        channel = organisation.get_channel(channel_code)
        page = products.list_products(channel=channel, query=query, now=clock.now())
        following, previous = _links(request, query, page)
        return answer(request, f'{{"next":{following},"previous":{previous},"results":{page.json}}}')


class ProductDetailView(APIView):
    """One product, with its codes, description and categories."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="products_retrieve",
        parameters=[ChannelQuerySerializer],
        responses={200: ProductDetailSerializer, 304: NOT_MODIFIED},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        asked = ChannelQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        channel = organisation.get_channel(asked.validated_data.get("channel", ""))
        return answer(request, products.get_product(channel=channel, code=code, now=clock.now()))


def _links(request: Request, query: ProductQuery, page: ProductPage) -> tuple[str, str]:
    """The JSON of the links to the pages before and after this one."""
    forward = query.before is None
    has_next = page.more if forward else True
    has_previous = query.after is not None if forward else page.more
    following = _link(request, "after", page.least) if has_next else "null"
    previous = _link(request, "before", page.greatest) if has_previous else "null"
    return following, previous


def _link(request: Request, direction: str, key: int | None) -> str:
    if key is None:
        return "null"
    params = request.query_params.copy()
    params["cursor"] = filters.cursor(direction, key)
    return f'"{request.build_absolute_uri(request.path)}?{params.urlencode()}"'


def answer(request: Request, json: str) -> HttpResponse:
    """The JSON with an ETag of its content, or 304 where the reader has that already."""
    body = json.encode()
    etag = quote_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
    known = etag in parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponseNotModified() if known else HttpResponse(body, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Language"])
    return response
