"""Tills and packers: sell, take back, hand over. Parse, one call, render."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from catalog import selectors as catalog
from inventory import services as inventory
from omni.core import clock
from omni.core.requests import claim_from
from orders import serializers_till as shapes
from orders import till_orders
from orders.errors import TillWithoutShop
from orders.services.from_holds import FromHolds
from orders.services.fulfil import complete_fulfilment, hand_over
from orders.services.parts import Portion
from orders.services.rejecting import Rejection, reject_fulfilment
from orders.services.returnable import ReturnItem
from orders.services.returns import receive_return
from orders.services.tenders import Handed
from orders.services.till import Rung, TillSale, ring_up
from organisation.models import ApiKey
from organisation.permissions import actor_of, has_scope


def parsed(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """What the caller sent, in shape."""
    shape = serializer(data=data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


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


def _portions(body: Mapping[str, Any]) -> list[Portion] | None:
    return [Portion(**line) for line in body["lines"]] if "lines" in body else None


def _lots(body: Mapping[str, Any]) -> dict[int, list[inventory.LotUnits]]:
    """The lots and serial numbers that go, by variant."""
    lots = body.get("lots", ())
    codes = catalog.get_by_codes(codes=dict.fromkeys(lot["sku"] for lot in lots)) if lots else {}
    named: dict[int, list[inventory.LotUnits]] = {}
    for lot in lots:
        units = inventory.LotUnits(lot["number"], lot["quantity"])
        named.setdefault(codes[lot["sku"]].variant_id, []).append(units)
    return named


def _with_lots(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line with its lots and serial numbers as one."""
    rest = {name: value for name, value in line.items() if name not in ("lots", "serials")}
    return {**rest, "lots": inventory.of_values(line.get("lots", ()), line.get("serials", ()))}


def _item(line: Mapping[str, Any]) -> ReturnItem:
    lots = _with_lots(line)["lots"]
    return ReturnItem(line.get("position"), line["quantity"], line["restock"], line.get("sku", ""), lots)


class TillSaleView(APIView):
    """A sale at the till. It has happened, so it is accepted even where stock runs below zero."""

    permission_classes = (has_scope(ApiKey.Scope.TILL),)
    idempotent = idempotency_required = True
    problems = (409, 422)

    @extend_schema(
        operation_id="till_sales_create",
        request=shapes.TillSaleSerializer,
        responses={201: shapes.ReceiptSerializer},
    )
    def post(self, request: Request) -> Response:
        location_id, channel_id = _shop_of(request)
        body = parsed(shapes.TillSaleSerializer, request.data)
        actor = actor_of(request)
        claim = claim_from(request, actor=actor, operation="record-sale", body=body)
        till = TillSale(
            receipt_number=body["receipt_number"],
            occurred_at=body.get("occurred_at"),
            member=body.get("member", ""),
            points=body["points"],
            lines=[Rung(**_with_lots(line)) for line in body["lines"]],
            tenders=[Handed(**tender) for tender in body.get("tenders", ())],
            holds=FromHolds(tuple(body.get("holds", ())), body.get("release_rest", False)),
        )
        receipt = ring_up(
            till=till,
            location_id=location_id,
            channel_id=channel_id,
            claim=claim,
            actor=actor,
            now=clock.now(),
        )
        return Response(shapes.ReceiptSerializer(receipt).data, status=201)


class TillReturnView(APIView):
    """Goods of any order come back at the till's shop."""

    permission_classes = (has_scope(ApiKey.Scope.TILL),)
    idempotent = idempotency_required = True
    problems = (409, 422)

    @extend_schema(
        operation_id="till_returns_create",
        request=shapes.TillReturnSerializer,
        responses={201: shapes.ReceivedReturnSerializer},
    )
    def post(self, request: Request) -> Response:
        location_id = _location_of(request)
        body = parsed(shapes.TillReturnSerializer, request.data)
        actor = actor_of(request)
        claim = claim_from(request, actor=actor, operation="receive-return", body=body)
        received = receive_return(
            number=body["order"],
            location_id=location_id,
            items=[_item(line) for line in body["lines"]],
            reason=body["reason"],
            claim=claim,
            actor=actor,
            now=clock.now(),
        )
        return Response(shapes.ReceivedReturnSerializer(received).data, status=201)


class TillOrderView(APIView):
    """An order of any channel: what is to be handed over, what is due, what can come back."""

    permission_classes = (has_scope(ApiKey.Scope.TILL),)

    @extend_schema(operation_id="till_orders_retrieve", responses=shapes.TillOrderSerializer)
    def get(self, request: Request, number: str) -> Response:
        return Response(shapes.TillOrderSerializer(till_orders.get_order(number)).data)


class TillHandOverView(APIView):
    """What an order's buyer collects at the till's shop is handed over, and paid if it was not."""

    permission_classes = (has_scope(ApiKey.Scope.TILL),)
    idempotent = idempotency_required = True
    problems = (409, 422)

    @extend_schema(
        operation_id="till_orders_hand_over",
        request=shapes.HandOverSerializer,
        responses=shapes.HandedOverSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        location_id = _location_of(request)
        body = parsed(shapes.HandOverSerializer, request.data)
        actor = actor_of(request)
        claim = claim_from(request, actor=actor, operation="hand-over", body={**body, "order": number})
        done = hand_over(
            number=number,
            location_id=location_id,
            portions=_portions(body),
            lots=_lots(body),
            tenders=[Handed(**tender) for tender in body.get("tenders", ())],
            claim=claim,
            actor=actor,
            now=clock.now(),
        )
        return Response(shapes.HandedOverSerializer(done).data)


class FulfilmentListView(APIView):
    """An order's fulfilments, oldest first."""

    permission_classes = (has_scope(ApiKey.Scope.ORDERS_READ),)

    @extend_schema(operation_id="order_fulfilments_list", responses=shapes.TillFulfilmentListSerializer)
    def get(self, request: Request, number: str) -> Response:
        results = till_orders.list_fulfilments(number)
        return Response(shapes.TillFulfilmentListSerializer({"results": results}).data)


class FulfilmentCompleteView(APIView):
    """A fulfilment, or a part of it, has left; a key of a location completes what leaves from there."""

    permission_classes = (has_scope(ApiKey.Scope.ORDERS_WRITE),)
    idempotent = idempotency_required = True
    problems = (409, 422)

    @extend_schema(
        operation_id="order_fulfilments_complete",
        request=shapes.CompleteSerializer,
        responses=shapes.HandedOverSerializer,
    )
    def post(self, request: Request, number: str, fulfilment_id: int) -> Response:
        body = parsed(shapes.CompleteSerializer, request.data)
        actor = actor_of(request)
        asked = {**body, "order": number, "fulfilment": fulfilment_id}
        done = complete_fulfilment(
            number=number,
            fulfilment_id=fulfilment_id,
            location_id=getattr(request.auth, "location_id", None),
            portions=_portions(body),
            lots=_lots(body),
            tracking_number=body["tracking_number"],
            claim=claim_from(request, actor=actor, operation="complete-fulfilment", body=asked),
            actor=actor,
            now=clock.now(),
        )
        return Response(shapes.HandedOverSerializer(done).data)


class FulfilmentRejectView(APIView):
    """A location can't hand over what it was asked for; a key of a location rejects what leaves from there."""

    permission_classes = (has_scope(ApiKey.Scope.ORDERS_WRITE),)
    idempotent = idempotency_required = True
    problems = (409, 422)

    @extend_schema(
        operation_id="order_fulfilments_reject",
        request=shapes.RejectSerializer,
        responses=shapes.RejectedSerializer,
    )
    def post(self, request: Request, number: str, fulfilment_id: int) -> Response:
        body = parsed(shapes.RejectSerializer, request.data)
        actor = actor_of(request)
        asked = {**body, "order": number, "fulfilment": fulfilment_id}
        done = reject_fulfilment(
            number=number,
            fulfilment_id=fulfilment_id,
            location_id=getattr(request.auth, "location_id", None),
            portions=_portions(body),
            rejection=Rejection(body["reason"], body["note"], _variants(body.get("skus")), body["correct"]),
            claim=claim_from(request, actor=actor, operation="reject-fulfilment", body=asked),
            actor=actor,
            now=clock.now(),
        )
        return Response(shapes.RejectedSerializer(done).data)


def _variants(codes: list[str] | None) -> frozenset[int] | None:
    if codes is None:
        return None
    return frozenset(coded.variant_id for coded in catalog.get_by_codes(codes=codes).values())
