"""Tills: sell, take back, void, hand over. Parse, one call, render."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from omni.core import clock
from omni.core.requests import claim_from
from orders import serializers_till as shapes
from orders.errors import TillWithoutShop
from orders.services.collecting import Proof
from orders.services.from_holds import FromHolds
from orders.services.fulfil import hand_over
from orders.services.returns import receive_return
from orders.services.tenders import Handed
from orders.services.till import Rung, TillSale, quote_sale, ring_up
from orders.views_till import item_of, lots_of, parsed, portions_of, with_lots
from organisation.models import ApiKey
from organisation.permissions import actor_of, has_scope
from tills import serializers
from tills.desk import find_desk, get_desk
from tills.errors import OperatorNeeded
from tills.services import operators, trade

OPERATOR = OpenApiParameter(
    "Till-Operator", str, OpenApiParameter.HEADER, description="The token of who has signed in at the till."
)


class TillView(APIView):
    permission_classes = (has_scope(ApiKey.Scope.TILL),)
    idempotent = idempotency_required = True
    problems: tuple[int, ...] = (409, 422)


def _shop_of(request: Request) -> tuple[int, int]:
    """The location and the channel that the till's key names."""
    key = request.auth
    assert isinstance(key, ApiKey)
    if key.location_id is None or key.channel_id is None:
        raise TillWithoutShop()
    return key.location_id, key.channel_id


def _location_of(request: Request) -> int:
    key = request.auth
    assert isinstance(key, ApiKey)
    if key.location_id is None:
        raise TillWithoutShop()
    return key.location_id


def sale_of(body: dict[str, Any]) -> TillSale:
    """A sale as a till sends it."""
    return TillSale(
        receipt_number=body["receipt_number"],
        occurred_at=body.get("occurred_at"),
        member=body.get("member", ""),
        points=body["points"],
        lines=[Rung(**with_lots(line)) for line in body["lines"]],
        tenders=[Handed(**tender) for tender in body.get("tenders", ())],
        holds=FromHolds(tuple(body.get("holds", ())), body.get("release_rest", False)),
        coupons=body.get("coupons", ()),
        cart_id=body.get("cart"),
    )


class TillSaleView(TillView):
    """
    A sale at the till. It has happened, so it is accepted even where stock runs below zero.

    A registered till sells within its open day; an overridden price needs an operator with the right to it.
    """

    @extend_schema(
        operation_id="till_sales_create",
        parameters=[OPERATOR],
        request=shapes.TillSaleSerializer,
        responses={201: shapes.ReceiptSerializer},
    )
    def post(self, request: Request) -> Response:
        location_id, channel_id = _shop_of(request)
        body = parsed(shapes.TillSaleSerializer, request.data)
        actor, now = actor_of(request), clock.now()
        claim = claim_from(request, actor=actor, operation="record-sale", body=body)
        till = sale_of(body)
        if desk := find_desk(request):
            receipt = trade.sell(desk=desk, sale=till, claim=claim, now=now)
        elif any(line.unit_price is not None for line in till.lines):
            raise OperatorNeeded(function=operators.OVERRIDE)
        else:
            receipt = ring_up(
                till=till, location_id=location_id, channel_id=channel_id, claim=claim, actor=actor, now=now
            )
        return Response(shapes.ReceiptSerializer(receipt).data, status=201)


class TillQuoteView(APIView):
    """What a sale at the till would come to, with its promotions: before anything is handed over."""

    permission_classes = (has_scope(ApiKey.Scope.TILL),)
    problems = (422,)

    @extend_schema(
        operation_id="till_quotes_create",
        request=shapes.QuoteSaleSerializer,
        responses=shapes.SaleQuoteSerializer,
    )
    def post(self, request: Request) -> Response:
        location_id, channel_id = _shop_of(request)
        body = parsed(shapes.QuoteSaleSerializer, request.data)
        till = sale_of({"receipt_number": "", **body})
        quote = quote_sale(till=till, location_id=location_id, channel_id=channel_id, now=clock.now())
        return Response(shapes.SaleQuoteSerializer(quote).data)


class TillReturnView(TillView):
    """Goods of any order come back at the till's shop; a registered till's drawer pays what goes back in cash."""

    @extend_schema(
        operation_id="till_returns_create",
        parameters=[OPERATOR],
        request=shapes.TillReturnSerializer,
        responses={201: shapes.ReceivedReturnSerializer},
    )
    def post(self, request: Request) -> Response:
        location_id = _location_of(request)
        body = parsed(shapes.TillReturnSerializer, request.data)
        actor, now = actor_of(request), clock.now()
        claim = claim_from(request, actor=actor, operation="receive-return", body=body)
        goods: dict[str, Any] = {
            "number": body["order"],
            "items": [item_of(line) for line in body["lines"]],
            "reason": body["reason"],
        }
        if desk := find_desk(request):
            received = trade.take_goods_back(desk=desk, **goods, claim=claim, now=now)
        else:
            received = receive_return(**goods, location_id=location_id, claim=claim, actor=actor, now=now)
        return Response(shapes.ReceivedReturnSerializer(received).data, status=201)


class TillVoidView(TillView):
    """A sale of the till's open session is taken back whole: stock, points and money, by entries of their own."""

    @extend_schema(
        operation_id="till_sales_void",
        parameters=[OPERATOR],
        request=serializers.VoidSerializer,
        responses={201: shapes.ReceivedReturnSerializer},
        examples=[OpenApiExample("Wrong article", value={"reason": "wrong article"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        body = parsed(serializers.VoidSerializer, request.data)
        claim = claim_from(
            request, actor=actor_of(request), operation="void-sale", body={**body, "order": number}
        )
        voided = trade.void_sale(
            desk=get_desk(request), number=number, reason=body["reason"], claim=claim, now=clock.now()
        )
        return Response(shapes.ReceivedReturnSerializer(voided).data, status=201)


class TillHandOverView(TillView):
    """What an order's buyer collects at the till's shop is handed over, and paid if it was not."""

    @extend_schema(
        operation_id="till_orders_hand_over",
        parameters=[OPERATOR],
        request=shapes.HandOverSerializer,
        responses=shapes.HandedOverSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        location_id = _location_of(request)
        body = parsed(shapes.HandOverSerializer, request.data)
        actor, now = actor_of(request), clock.now()
        claim = claim_from(request, actor=actor, operation="hand-over", body={**body, "order": number})
        goods: dict[str, Any] = {
            "number": number,
            "portions": portions_of(body),
            "lots": lots_of(body),
            "tenders": [Handed(**tender) for tender in body.get("tenders", ())],
            "proof": Proof(body["code"], body["collector"]),
        }
        if desk := find_desk(request):
            done = trade.hand_goods_over(desk=desk, **goods, claim=claim, now=now)
        else:
            done = hand_over(**goods, location_id=location_id, claim=claim, actor=actor, now=now)
        return Response(shapes.HandedOverSerializer(done).data)
