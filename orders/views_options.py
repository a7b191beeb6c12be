"""The ways to get what is in a cart."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inventory.nearest import Point, find_point
from omni.core import clock
from omni.core.errors import InvalidField
from orders.prefectures import find_prefecture
from orders.selectors_options import Whereabouts, list_options
from orders.serializers_options import EXAMPLE, CartOptionsSerializer, OptionsQuery
from orders.views import buyer_of, parsed
from organisation.models import ApiKey


class FulfilmentOptionsView(APIView):
    permission_classes = (AllowAny,)
    problems = (422,)

    @extend_schema(
        operation_id="list_fulfilment_options",
        parameters=[OptionsQuery],
        responses=CartOptionsSerializer,
        examples=[OpenApiExample("Two lines, seen from Shibuya", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, cart_id: UUID) -> Response:
        """
        For each line every way to get it: delivered (by which methods, on which days, for how much),
        collected or held at shops nearby (when), or carried out, where a till of that shop asks.
        """
        query = parsed(OptionsQuery, request.query_params)
        options = list_options(
            cart_id=cart_id, customer=buyer_of(request), where=_where(request, query), now=clock.now()
        )
        shown = CartOptionsSerializer(options, context={"currency": options.currency})
        return Response(shown.data)


def _where(request: Request, query: dict[str, Any]) -> Whereabouts:
    postal_code, key = query.get("postal_code", ""), request.auth
    till_id = key.location_id if isinstance(key, ApiKey) and ApiKey.Scope.TILL in key.scopes else None
    return Whereabouts(
        prefecture=find_prefecture(prefecture=query.get("prefecture", ""), postal_code=postal_code),
        point=_point(query.get("near"), postal_code),
        location=query.get("location"),
        till_id=till_id,
    )


def _point(near: str | None, postal_code: str) -> Point | None:
    if near:
        latitude, longitude = (float(part) for part in near.split(","))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise InvalidField(field="near", rule="on-earth")
        return Point(latitude, longitude)
    return find_point(postal_code=postal_code) if postal_code else None
