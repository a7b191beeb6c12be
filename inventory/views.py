"""Availability for shoppers; levels and movements for devices that may."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from catalog import selectors as catalog
from inventory import backorders, errors, nearest, selectors, services
from inventory.filters import LocationFilter, StockLevelFilter
from inventory.models import StockLevel
from inventory.serializers import (
    AdjustmentSerializer,
    AvailabilityQuery,
    ChannelAvailabilitySerializer,
    LocationSerializer,
    NearLocationsSerializer,
    NearQuery,
    ReceiptSerializer,
    StockChangeSerializer,
    StockLevelSerializer,
)
from omni.core import clock
from omni.core.errors import InvalidField
from omni.core.pagination import CursorPagination
from omni.core.requests import claim_from
from organisation import selectors as organisation
from organisation.models import ApiKey, Location
from organisation.permissions import actor_of, has_scope


def parsed(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """What the caller sent, in shape."""
    shape = serializer(data=data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


class AvailabilityView(APIView):
    """How many units of each SKU a channel may sell now, to be delivered."""

    permission_classes = (AllowAny,)
    problems = (422,)

    @extend_schema(
        operation_id="list_availability",
        parameters=[AvailabilityQuery],
        responses=ChannelAvailabilitySerializer,
    )
    def get(self, request: Request) -> Response:
        query = parsed(AvailabilityQuery, request.query_params)
        channel = organisation.get_channel(query["channel"])
        variants = catalog.get_variants(skus=dict.fromkeys(query["sku"]))
        available = selectors.channel_availability(channel_id=channel.pk, variant_ids=list(variants.values()))
        ahead = backorders.find_ahead(channel_id=channel.pk, wants=[(pk, 1) for pk in variants.values()])
        items = [
            {"sku": sku, "available": available[pk], "ahead": ahead.get(pk)} for sku, pk in variants.items()
        ]
        return Response(ChannelAvailabilitySerializer({"channel": channel.code, "items": items}).data)


class NearestLocationsView(APIView):
    """Which shops near a point, a postal code or another shop have a SKU: the nearest first."""

    permission_classes = (AllowAny,)
    problems = (422,)

    @extend_schema(
        operation_id="list_nearest_locations", parameters=[NearQuery], responses=NearLocationsSerializer
    )
    def get(self, request: Request, sku: str) -> Response:
        query = parsed(NearQuery, request.query_params)
        channel = organisation.get_channel(query["channel"])
        point = _point(query)
        near = nearest.nearest_locations(
            channel_id=channel.pk,
            variant_id=selectors.get_variant_id(sku),
            point=point,
            limit=query["limit"],
            capability=query["capability"],
            in_stock=query["in_stock"],
            at=clock.now(),
        )
        answer = {
            "sku": sku,
            "channel": channel.code,
            "latitude": point.latitude,
            "longitude": point.longitude,
            "estimated": point.digits is not None,
            "estimated_digits": point.digits,
            "place": point.place,
            "results": near,
        }
        return Response(NearLocationsSerializer(answer).data)


def _point(query: Mapping[str, Any]) -> nearest.Point:
    if near := query.get("near"):
        latitude, longitude = (float(part) for part in near.split(","))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise InvalidField(field="near", rule="on-earth")
        return nearest.Point(latitude, longitude)
    if code := query.get("near_location"):
        return nearest.get_location_point(code)
    if postal_code := query.get("postal_code"):
        return nearest.get_point(postal_code=postal_code)
    raise InvalidField(field="near", rule="required-without-postal-code")


class ByCode(CursorPagination):
    ordering = "code"


class ByKey(CursorPagination):
    ordering = "pk"


class LocationListView(ListAPIView[Location]):
    """Shops and warehouses that are not closed for good, by code, with their hours."""

    permission_classes = (AllowAny,)
    serializer_class = LocationSerializer
    filterset_class = LocationFilter
    pagination_class = ByCode

    def get_queryset(self) -> QuerySet[Location]:
        return nearest.list_locations()

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        return nearest.places_of(page or [], at=clock.now())


class LocationView(APIView):
    """A shop or warehouse, with its hours."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="locations_retrieve", responses=LocationSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(LocationSerializer(nearest.get_place(code, at=clock.now())).data)


class StockLevelListView(ListAPIView[StockLevel]):
    """Levels of stock; a key that belongs to a location sees its location's."""

    permission_classes = (has_scope(ApiKey.Scope.STOCK_READ),)
    serializer_class = StockLevelSerializer
    filterset_class = StockLevelFilter
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[StockLevel]:
        return selectors.list_levels(location_id=getattr(self.request.auth, "location_id", None))


class StockWriteView(APIView):
    """What moves stock: by a key with the scope, at its own location if it has one."""

    permission_classes = (has_scope(ApiKey.Scope.STOCK_WRITE),)
    idempotent = idempotency_required = True
    operation = ""

    def options_of(self, request: Request, body: Mapping[str, Any]) -> dict[str, Any]:
        """The claim, actor and clock that every use case takes."""
        actor = actor_of(request)
        claim = claim_from(request, actor=actor, operation=self.operation, body=body)
        return {"claim": claim, "actor": actor, "now": clock.now()}


def location_id_of(request: Request, code: str, *, anyones: bool = False) -> int:
    """The open location of that code. A key's own one, unless `anyones` will do."""
    own: int | None = getattr(request.auth, "location_id", None)
    location_id = selectors.get_location_id(code)
    if own not in (None, location_id) and not anyones:
        raise errors.UnknownLocation(location=code)
    return location_id


def lines_of(lines: list[dict[str, Any]]) -> list[tuple[int, int]]:
    codes = catalog.get_by_codes(codes=dict.fromkeys(line["sku"] for line in lines))
    return [(codes[line["sku"]].variant_id, line["quantity"] * codes[line["sku"]].quantity) for line in lines]


def lots_of(lines: list[dict[str, Any]]) -> dict[int, tuple[services.LotUnits, ...]]:
    """The lots and serial numbers that lines name, by variant."""
    named: dict[int, tuple[services.LotUnits, ...]] = {}
    naming = [line for line in lines if line.get("lots") or line.get("serials")]
    codes = catalog.get_by_codes(codes=dict.fromkeys(line["sku"] for line in naming)) if naming else {}
    for line in naming:
        variant_id = codes[line["sku"]].variant_id
        lots = services.of_values(line.get("lots", ()), line.get("serials", ()))
        named[variant_id] = (*named.get(variant_id, ()), *lots)
    return named


class ReceiptView(StockWriteView):
    """Book goods that arrived at a location."""

    operation = "stock.receive"

    @extend_schema(
        operation_id="receive_stock", request=ReceiptSerializer, responses={201: StockChangeSerializer}
    )
    def post(self, request: Request) -> Response:
        body = parsed(ReceiptSerializer, request.data)
        change = services.receive_stock(
            location_id=location_id_of(request, body["location"]),
            lines=lines_of(body["lines"]),
            lots=lots_of(body["lines"]),
            note=body["note"],
            number=body["number"],
            **self.options_of(request, body),
        )
        return Response(StockChangeSerializer(change).data, status=201)


class AdjustmentView(StockWriteView):
    """Correct a level, for a reason."""

    operation = "stock.adjust"

    @extend_schema(
        operation_id="adjust_stock", request=AdjustmentSerializer, responses={201: StockChangeSerializer}
    )
    def post(self, request: Request) -> Response:
        body = parsed(AdjustmentSerializer, request.data)
        if body["delta"] == 0:
            raise InvalidField(field="delta", rule="not-zero")
        change = services.adjust_stock(
            location_id=location_id_of(request, body["location"]),
            variant_id=catalog.get_by_codes(codes=[body["sku"]])[body["sku"]].variant_id,
            delta=body["delta"],
            reason=body["reason"],
            bucket=body["bucket"],
            note=body["note"],
            lots=services.of_values(body.get("lots", ()), body.get("serials", ())),
            **self.options_of(request, body),
        )
        return Response(StockChangeSerializer(change).data, status=201)
