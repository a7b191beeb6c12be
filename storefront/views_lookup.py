"""The API of `lookups`, for carts, orders and address forms."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.postal import find_place
from omni.core.errors import NotFound
from storefront import lookups


class UnknownPostalCode(NotFound):
    """Japan Post's list has no such `postal_code`; the address can be typed all the same."""

    code = "unknown-postal-code"


class ArticleQuerySerializer(serializers.Serializer[Any]):
    sku = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=1, max_length=100, help_text="Up to 100."
    )


class ArticleSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField(allow_blank=True, help_text="Of the variant, in the reader's language.")
    product = serializers.CharField(help_text="The product's code.")
    product_name = serializers.CharField(allow_blank=True)
    brand_name = serializers.CharField(allow_blank=True)


class ArticlesSerializer(serializers.Serializer[Any]):
    items = ArticleSerializer(many=True)


class PlaceSerializer(serializers.Serializer[Any]):
    postal_code = serializers.CharField()
    prefecture = serializers.CharField()
    city = serializers.CharField()
    neighborhood = serializers.CharField(allow_blank=True)


class ArticleListView(APIView):
    """What articles are called, whether or not they are still sold; unknown ones are left out."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="list_articles", parameters=[ArticleQuerySerializer], responses=ArticlesSerializer
    )
    def get(self, request: Request) -> Response:
        asked = ArticleQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        items = lookups.list_articles(asked.validated_data["sku"])
        return Response(ArticlesSerializer({"items": items}).data)


class PostalCodeView(APIView):
    """The beginning of the address that a Japanese postal code stands for."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="get_postal_code", responses=PlaceSerializer)
    def get(self, request: Request, code: str) -> Response:
        place = find_place(code)
        if place is None:
            raise UnknownPostalCode(postal_code=code)
        return Response(PlaceSerializer(place).data)
