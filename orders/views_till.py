"""Orders as tills and packers see them, and what packers do. Parse, one call, render."""

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
from orders.services.fulfil import complete_fulfilment
from orders.services.parts import Portion
from orders.services.rejecting import Rejection, reject_fulfilment
from orders.services.returnable import ReturnItem
from organisation.models import ApiKey
from organisation.permissions import actor_of, has_scope


def parsed(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """What the caller sent, in shape."""
    shape = serializer(data=data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


def portions_of(body: Mapping[str, Any]) -> list[Portion] | None:
    return [Portion(**line) for line in body["lines"]] if "lines" in body else None


def lots_of(body: Mapping[str, Any]) -> dict[int, list[inventory.LotUnits]]:
    """The lots and serial numbers that go, by variant."""
    lots = body.get("lots", ())
    codes = catalog.get_by_codes(codes=dict.fromkeys(lot["sku"] for lot in lots)) if lots else {}
    named: dict[int, list[inventory.LotUnits]] = {}
    for lot in lots:
        units = inventory.LotUnits(lot["number"], lot["quantity"])
        named.setdefault(codes[lot["sku"]].variant_id, []).append(units)
    return named


def with_lots(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line with its lots and serial numbers as one."""
    rest = {name: value for name, value in line.items() if name not in ("lots", "serials")}
    return {**rest, "lots": inventory.of_values(line.get("lots", ()), line.get("serials", ()))}


def item_of(line: Mapping[str, Any]) -> ReturnItem:
    lots = with_lots(line)["lots"]
    return ReturnItem(line.get("position"), line["quantity"], line["restock"], line.get("sku", ""), lots)


class TillOrderView(APIView):
    """An order of any channel: what is to be handed over, what is due, what can come back."""

    permission_classes = (has_scope(ApiKey.Scope.TILL),)

    @extend_schema(operation_id="till_orders_retrieve", responses=shapes.TillOrderSerializer)
    def get(self, request: Request, number: str) -> Response:
        return Response(shapes.TillOrderSerializer(till_orders.get_order(number)).data)


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
            portions=portions_of(body),
            lots=lots_of(body),
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
            portions=portions_of(body),
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
