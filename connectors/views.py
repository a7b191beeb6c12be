"""What counterparts call: parse, one service call, render."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from connectors import selectors, services
from connectors.parsers import RawJSONParser
from connectors.serializers import OrderMessageSerializer, OrderTakenSerializer

HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=text)
    for name, text in [
        ("webhook-id", "Names the message; the same in each delivery."),
        ("webhook-timestamp", "Unix seconds; at most five minutes off."),
        ("webhook-signature", "`v1,` and the signature, by Standard Webhooks."),
    ]
]


class InboundOrderView(APIView):
    """An order that an outside channel has sold, as a signed CloudEvent; repeats land once."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (RawJSONParser,)
    problems = (401, 404, 409, 422)

    @extend_schema(
        operation_id="take_order",
        parameters=HEADERS,
        request={
            "application/cloudevents+json": OrderMessageSerializer,
            "application/json": OrderMessageSerializer,
        },
        responses={202: OrderTakenSerializer},
        auth=[],
    )
    def post(self, request: Request, connection: str) -> Response:
        known = selectors.get_connection(connection)
        booked = services.receive_order(
            connection=known,
            body=cast(bytes, request.data),
            headers=dict(request.headers),
            now=timezone.now(),
        )
        return Response(OrderTakenSerializer(booked).data, status=202)
