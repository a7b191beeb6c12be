"""The catalogue without its stock: brands, categories, and what a scanned code names."""

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import selectors
from catalog.filters import CategoryFilter
from catalog.models import Brand, Category
from catalog.serializers import (
    BrandSerializer,
    CategorySerializer,
    VariantQuerySerializer,
    VariantSerializer,
)
from omni.core import clock
from omni.core.pagination import CursorPagination
from organisation import selectors as organisation
from organisation.models import ApiKey


class ByCode(CursorPagination):
    ordering = "code"
    page_size = 100


class ByPath(CursorPagination):
    ordering = "path"
    page_size = 100


@method_decorator(conditional_page, name="dispatch")
class BrandListView(ListAPIView[Brand]):
    """All brands, by code."""

    permission_classes = (AllowAny,)
    queryset = Brand.objects.all()
    serializer_class = BrandSerializer
    pagination_class = ByCode
    filter_backends = ()


@method_decorator(conditional_page, name="dispatch")
class CategoryListView(ListAPIView[Category]):
    """The category tree, by path: a category stands before all that is below it."""

    permission_classes = (AllowAny,)
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    pagination_class = ByPath
    filterset_class = CategoryFilter


@method_decorator(conditional_page, name="dispatch")
class VariantView(APIView):
    """What a sku, a JAN or any other code names, and its price in a channel; to a till, its shop's."""

    permission_classes = (AllowAny,)
    problems = frozenset({422})

    @extend_schema(
        operation_id="variants_retrieve",
        parameters=[
            VariantQuerySerializer,
            OpenApiParameter(
                "code", str, OpenApiParameter.PATH, description="A sku, or any code of a variant."
            ),
        ],
        responses=VariantSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        asked = VariantQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        channel = organisation.get_channel(asked.validated_data.get("channel") or _own_channel(request))
        coded, offer = selectors.get_priced(
            code=code, channel_id=channel.pk, at=clock.now(), location_id=_own_shop(request, channel.pk)
        )
        return Response(VariantSerializer(offer, context={"quantity": coded.quantity}).data)


def _own_channel(request: Request) -> str:
    channel = request.auth.channel if isinstance(request.auth, ApiKey) else None
    return channel.code if channel else ""


def _own_shop(request: Request, channel_id: int) -> int | None:
    """A till that asks in its own channel is told what it will charge."""
    key = request.auth if isinstance(request.auth, ApiKey) else None
    return key.location_id if key and key.channel_id == channel_id else None
