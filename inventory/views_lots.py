"""Stock by lot for devices: listed, and counted."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import selectors as catalog
from inventory import selectors_lots, services
from inventory.filters import LotStockFilter
from inventory.models import LotStock
from inventory.serializers import StockChangeSerializer
from inventory.serializers_lots import LotCountSerializer, LotStockSerializer
from inventory.views import ByKey, StockWriteView, location_id_of, parsed
from organisation.models import ApiKey
from organisation.permissions import has_scope


class LotStockListView(ListAPIView[LotStock]):
    """What locations have of each lot; a key that belongs to a location sees its location's."""

    permission_classes = (has_scope(ApiKey.Scope.STOCK_READ),)
    serializer_class = LotStockSerializer
    filterset_class = LotStockFilter
    pagination_class = ByKey

    def get_queryset(self) -> QuerySet[LotStock]:
        return selectors_lots.list_lot_stock(location_id=getattr(self.request.auth, "location_id", None))

    @extend_schema(operation_id="list_lot_stock")
    def get(self, request: Request) -> Response:
        return super().get(request)


class LotCountView(StockWriteView):
    """Count all that a location has of an article, by lot or serial number."""

    operation = "stock.count-lots"

    @extend_schema(
        operation_id="count_lots", request=LotCountSerializer, responses={201: StockChangeSerializer}
    )
    def post(self, request: Request) -> Response:
        body = parsed(LotCountSerializer, request.data)
        change = services.count_lots(
            location_id=location_id_of(request, body["location"]),
            variant_id=catalog.get_by_codes(codes=[body["sku"]])[body["sku"]].variant_id,
            counted=services.of_values(body.get("lots", ()), body.get("serials", ())),
            note=body["note"],
            **self.options_of(request, body),
        )
        return Response(StockChangeSerializer(change).data, status=201)
