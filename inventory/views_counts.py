"""Counting by the handhelds of a shop: a key with `stock:write` and a location sees its own counts."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import selectors as catalog
from inventory import counts, services
from inventory.models import CountLine, CountSheet, StockTake
from inventory.serializers_counts import (
    CountLineSerializer,
    CountRecordsSerializer,
    CountSheetSerializer,
    CountSubmitSerializer,
    RecordedSheetSerializer,
    ScansSerializer,
    SectionNowSerializer,
    SectionSubmitSerializer,
    SheetNowSerializer,
    StockTakeSerializer,
)
from inventory.views import ByKey, StockWriteView, parsed
from omni.core.actor import Actor
from organisation.models import ApiKey
from organisation.permissions import has_scope


class OfShop(has_scope(ApiKey.Scope.STOCK_WRITE)):  # type: ignore[misc]  # made by a function
    """A key that belongs to a shop, and may change its stock."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        return (
            super().has_permission(request, view) and isinstance(key, ApiKey) and key.location_id is not None
        )


def own(request: Request) -> int:
    key = request.auth
    # `OfShop` has seen to both.
    assert isinstance(key, ApiKey)
    assert key.location_id is not None
    return key.location_id


def counter_of(request: Request, email: str) -> Actor | None:
    return services.get_counter(email, own(request)) if email else None


class CountSheetListView(ListAPIView[CountSheet]):
    """Sheets that are to be counted at the key's location."""

    permission_classes = (OfShop,)
    serializer_class = CountSheetSerializer
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[CountSheet]:
        if getattr(self, "swagger_fake_view", False):
            return CountSheet.objects.none()
        return counts.list_open_sheets(location_id=own(self.request))


class CountSheetView(APIView):
    """How far a sheet of the key's location is."""

    permission_classes = (OfShop,)

    @extend_schema(operation_id="get_count_sheet", responses=SheetNowSerializer)
    def get(self, request: Request, number: str) -> Response:
        sheet = counts.get_sheet(number, location_id=own(request))
        return Response(SheetNowSerializer(services.sheet_now(sheet)).data)


class CountLineListView(ListAPIView[CountLine]):
    """What is to be counted, and what has been. Blind sheets keep the books to themselves."""

    permission_classes = (OfShop,)
    serializer_class = CountLineSerializer
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[CountLine]:
        if getattr(self, "swagger_fake_view", False):
            return CountLine.objects.none()
        sheet = counts.get_sheet(self.kwargs["number"], location_id=own(self.request))
        return counts.with_books(sheet.lines.select_related("variant__product"))


class CountRecordView(StockWriteView):
    """Upload what was counted, at the moments when it was: in any order, and however late."""

    permission_classes = (OfShop,)
    operation = "stock.count"

    @extend_schema(
        operation_id="record_counts", request=CountRecordsSerializer, responses={201: RecordedSheetSerializer}
    )
    def post(self, request: Request, number: str) -> Response:
        body = parsed(CountRecordsSerializer, request.data)
        codes = catalog.get_by_codes(codes=dict.fromkeys(one["sku"] for one in body["records"]))
        named = [(codes[one["sku"]], one) for one in body["records"]]
        done = services.record_counts(
            number=number,
            location_id=own(request),
            records=[
                services.Counted(coded.variant_id, one["quantity"] * coded.quantity, one["counted_at"])
                for coded, one in named
            ],
            device=body["device"],
            counter=counter_of(request, body["counter"]),
            **self.options_of(request, {**body, "number": number}),
        )
        return Response(RecordedSheetSerializer(done).data, status=201)


class CountSubmitView(StockWriteView):
    """Say that a sheet is counted. Staff approve and post it."""

    permission_classes = (OfShop,)
    operation = "stock.count-submit"

    @extend_schema(
        operation_id="submit_count", request=CountSubmitSerializer, responses={201: SheetNowSerializer}
    )
    def post(self, request: Request, number: str) -> Response:
        body = parsed(CountSubmitSerializer, request.data)
        done = services.submit_count_sheet(
            number=number,
            location_id=own(request),
            leave_uncounted=body["leave_uncounted"],
            **self.options_of(request, {**body, "number": number}),
        )
        return Response(SheetNowSerializer(done).data, status=201)


class StockTakeListView(ListAPIView[StockTake]):
    """Stock-takes that are being counted at the key's location, with their sections."""

    permission_classes = (OfShop,)
    serializer_class = StockTakeSerializer
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[StockTake]:
        if getattr(self, "swagger_fake_view", False):
            return StockTake.objects.none()
        return counts.list_open_stock_takes(location_id=own(self.request))


class ScanView(StockWriteView):
    """Upload scans of a section; those that a device sends again count once."""

    permission_classes = (OfShop,)
    operation = "stock.scan"

    @extend_schema(
        operation_id="record_scans", request=ScansSerializer, responses={201: SectionNowSerializer}
    )
    def post(self, request: Request, number: str, section: str) -> Response:
        body = parsed(ScansSerializer, request.data)
        done = services.record_scans(
            number=number,
            section=section,
            location_id=own(request),
            round=body["round"],
            device=body["device"],
            scans=[services.Read(**one) for one in body["scans"]],
            counter=counter_of(request, body["counter"]),
            **self.options_of(request, {**body, "number": number, "section": section}),
        )
        return Response(SectionNowSerializer(done).data, status=201)


class SectionSubmitView(StockWriteView):
    """Say that a round of a section is counted; one in which nothing stands has no scans."""

    permission_classes = (OfShop,)
    operation = "stock.section-submit"

    @extend_schema(
        operation_id="submit_section", request=SectionSubmitSerializer, responses={201: SectionNowSerializer}
    )
    def post(self, request: Request, number: str, section: str) -> Response:
        body = parsed(SectionSubmitSerializer, request.data)
        done = services.submit_section(
            number=number,
            section=section,
            location_id=own(request),
            round=body["round"],
            counter=counter_of(request, body["counter"]),
            **self.options_of(request, {**body, "number": number, "section": section}),
        )
        return Response(SectionNowSerializer(done).data, status=201)
