"""What comes after a checkout: the buyer who has done what there was to do, and the acquirer's messages."""

from typing import cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from omni.core import clock
from omni.core.parsers import RawJSONParser
from orders import serializers, services
from orders.views import buyer_of
from organisation.permissions import actor_of


class CartPaymentView(APIView):
    permission_classes = (AllowAny,)
    problems = (404, 422, 503)

    @extend_schema(
        operation_id="settle_cart_payment", request=None, responses=serializers.PlacedOrderSerializer
    )
    def post(self, request: Request, cart_id: UUID) -> Response:
        """
        What became of the cart's payment, after what `action` asked for. It asks the acquirer and may be
        repeated at will; 422 `card-declined` once it has failed and the cart is open again.
        """
        placed = services.settle_cart_payment(
            cart_id=cart_id, customer=buyer_of(request), actor=actor_of(request), now=clock.now()
        )
        shown = serializers.PlacedOrderSerializer(placed, context={"currency": placed.currency})
        return Response(shown.data)


class ProviderEventView(APIView):
    """A signed message of an acquirer; repeated, late and unordered ones do no harm."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (RawJSONParser,)
    problems = (400, 401, 404, 413, 503)

    @extend_schema(
        operation_id="receive_provider_event",
        parameters=[
            OpenApiParameter(
                "Stripe-Signature",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="As Stripe signs.",
            )
        ],
        request={"application/json": {"type": "object"}},
        responses=serializers.ProviderEventSerializer,
        auth=[],
    )
    def post(self, request: Request, account: str) -> Response:
        outcome = services.receive_event(
            account=account,
            body=cast(bytes, request.data),
            signature=request.headers.get("Stripe-Signature", ""),
            now=clock.now(),
        )
        return Response(serializers.ProviderEventSerializer({"outcome": outcome}).data)
