"""Transfers and purchase orders, for the devices of the places that ship and receive them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import selectors as catalog
from inventory import selectors, services
from inventory.filters import PurchaseOrderFilter, TransferFilter
from inventory.models import PurchaseOrder, Transfer
from inventory.serializers import StockChangeSerializer, TransferSerializer
from inventory.serializers_goods import (
    PurchaseOrderNowSerializer,
    PurchaseOrderShownSerializer,
    ReceivePurchaseOrderSerializer,
    ReceiveTransferSerializer,
    ShipSerializer,
    TransferNowSerializer,
    TransferShownSerializer,
)
from inventory.views import StockWriteView, lines_of, location_id_of, lots_of, parsed
from omni.core.pagination import CursorPagination
from organisation.models import ApiKey
from organisation.permissions import has_scope

Scope = ApiKey.Scope
READS = has_scope(Scope.STOCK_READ) | has_scope(Scope.STOCK_WRITE) | has_scope(Scope.TILL)


def _own_place(request: Request) -> int | None:
    """The place of the caller's key; None where it belongs to none, and so acts everywhere."""
    return getattr(request.auth, "location_id", None)


def _arrivals(lines: Sequence[dict[str, Any]]) -> list[services.Arrival]:
    codes = catalog.get_by_codes(codes=dict.fromkeys(line["sku"] for line in lines))
    return [
        services.Arrival(
            codes[line["sku"]].variant_id,
            line["received"] * codes[line["sku"]].quantity,
            line["damaged"] * codes[line["sku"]].quantity,
            services.of_values(line.get("lots", ()), line.get("serials", ())),
        )
        for line in lines
    ]


class TransferListView(StockWriteView, ListAPIView[Transfer]):
    """Transfers, the newest first; a key that belongs to a location sees those from and to it."""

    operation = "stock.transfer"
    serializer_class = TransferShownSerializer
    filterset_class = TransferFilter
    pagination_class = CursorPagination

    def get_permissions(self) -> Sequence[Any]:
        return [READS()] if self.request.method == "GET" else super().get_permissions()

    def get_queryset(self) -> QuerySet[Transfer]:
        return selectors.list_transfers(location_id=_own_place(self.request))

    @extend_schema(operation_id="list_transfers")
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="transfer_stock", request=TransferSerializer, responses={201: StockChangeSerializer}
    )
    def post(self, request: Request) -> Response:
        """Move goods from one location to another in one step."""
        body = parsed(TransferSerializer, request.data)
        change = services.transfer_stock(
            origin_id=location_id_of(request, body["origin"]),
            destination_id=location_id_of(request, body["destination"], anyones=True),
            lines=lines_of(body["lines"]),
            lots=lots_of(body["lines"]),
            note=body["note"],
            **self.options_of(request, body),
        )
        return Response(StockChangeSerializer(change).data, status=201)


class TransferView(RetrieveAPIView[Transfer]):
    """A transfer from or to the key's location, in any state."""

    permission_classes = (READS,)
    serializer_class = TransferShownSerializer
    lookup_field = "number"

    def get_queryset(self) -> QuerySet[Transfer]:
        return selectors.list_transfers(location_id=_own_place(self.request))

    @extend_schema(operation_id="get_transfer")
    def get(self, request: Request, number: str) -> Response:
        return super().get(request, number=number)


class ShipView(StockWriteView):
    """Send what was asked for, from the key's location."""

    operation = "stock.ship"

    @extend_schema(operation_id="ship_transfer", request=ShipSerializer, responses=TransferNowSerializer)
    def post(self, request: Request, number: str) -> Response:
        body = parsed(ShipSerializer, request.data)
        quantities: dict[int, int] = {}
        for variant_id, units in lines_of(body["lines"]):
            quantities[variant_id] = quantities.get(variant_id, 0) + units
        done = services.ship_transfer(
            transfer_id=selectors.get_transfer_id(number, origin_id=_own_place(request)),
            quantities=quantities,
            lots=lots_of(body["lines"]),
            **self.options_of(request, {**body, "number": number}),
        )
        return Response(TransferNowSerializer(done).data)


class ReceiveTransferView(StockWriteView):
    """Book what arrived of a transfer at the key's location."""

    operation = "stock.receive-transfer"

    @extend_schema(
        operation_id="receive_transfer", request=ReceiveTransferSerializer, responses=TransferNowSerializer
    )
    def post(self, request: Request, number: str) -> Response:
        body = parsed(ReceiveTransferSerializer, request.data)
        done = services.receive_transfer(
            transfer_id=selectors.get_transfer_id(number, destination_id=_own_place(request)),
            arrivals=_arrivals(body["lines"]),
            complete=body["complete"],
            note=body["note"],
            **self.options_of(request, {**body, "transfer": number}),
        )
        return Response(TransferNowSerializer(done).data)


class PurchaseOrderListView(ListAPIView[PurchaseOrder]):
    """Purchase orders, the newest first; those for the key's location, if it has one."""

    permission_classes = (READS,)
    serializer_class = PurchaseOrderShownSerializer
    filterset_class = PurchaseOrderFilter
    pagination_class = CursorPagination

    def get_queryset(self) -> QuerySet[PurchaseOrder]:
        return selectors.list_purchase_orders(location_id=_own_place(self.request))

    @extend_schema(operation_id="list_purchase_orders")
    def get(self, request: Request) -> Response:
        return super().get(request)


class PurchaseOrderView(RetrieveAPIView[PurchaseOrder]):
    """A purchase order for the key's location, in any state but a draft's."""

    permission_classes = (READS,)
    serializer_class = PurchaseOrderShownSerializer
    lookup_field = "number"

    def get_queryset(self) -> QuerySet[PurchaseOrder]:
        return selectors.list_purchase_orders(location_id=_own_place(self.request))

    @extend_schema(operation_id="get_purchase_order")
    def get(self, request: Request, number: str) -> Response:
        return super().get(request, number=number)


class ReceivePurchaseOrderView(StockWriteView):
    """Book a delivery against an order at the key's location."""

    operation = "stock.receive-purchase-order"

    @extend_schema(
        operation_id="receive_purchase_order",
        request=ReceivePurchaseOrderSerializer,
        responses=PurchaseOrderNowSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        body = parsed(ReceivePurchaseOrderSerializer, request.data)
        done = services.receive_purchase_order(
            order_id=selectors.get_purchase_order_id(number, destination_id=_own_place(request)),
            arrivals=_arrivals(body["lines"]),
            number=body["number"],
            over_reason=body["over_reason"],
            note=body["note"],
            **self.options_of(request, {**body, "order": number}),
        )
        return Response(PurchaseOrderNowSerializer(done).data)
