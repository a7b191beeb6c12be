"""What counterparts call: parse, one service call, render."""

from typing import cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from connectors import selectors, services
from connectors.serializers import (
    OrderMessageSerializer,
    OrderTakenSerializer,
    TillBatchSerializer,
    TillBatchTakenSerializer,
    TillGapsSerializer,
)
from connectors.throttling import TillFeedThrottle
from omni.core import clock
from omni.core.parsers import RawJSONParser

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
    problems = (401, 404, 409, 413, 422)

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
            now=clock.now(),
        )
        return Response(OrderTakenSerializer(booked).data, status=202)


class TillBatchView(APIView):
    """What another maker's till did, as a signed CloudEvent; each entry is booked once."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (RawJSONParser,)
    throttle_classes = (TillFeedThrottle,)
    problems = (401, 404, 413)

    @extend_schema(
        operation_id="till_feed_batches_create",
        parameters=HEADERS,
        request={
            "application/cloudevents+json": TillBatchSerializer,
            "application/json": TillBatchSerializer,
        },
        responses={202: TillBatchTakenSerializer},
        auth=[],
    )
    def post(self, request: Request, connection: str) -> Response:
        taken = services.receive_till_batch(
            connection=selectors.get_connection(connection),
            body=cast(bytes, request.data),
            headers=dict(request.headers),
            now=clock.now(),
        )
        return Response(TillBatchTakenSerializer(taken).data, status=202)


class TillGapsView(APIView):
    """What a feed's devices numbered and never sent; the request is signed over an empty body."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (TillFeedThrottle,)
    problems = (401, 404)

    @extend_schema(
        operation_id="till_feed_gaps_list", parameters=HEADERS, responses=TillGapsSerializer, auth=[]
    )
    def get(self, request: Request, connection: str) -> Response:
        known = selectors.get_connection(connection)
        services.prove_asker(connection=known, headers=dict(request.headers))
        gaps = selectors.list_gaps(connection=known)
        return Response(TillGapsSerializer({"gaps": gaps}).data)
