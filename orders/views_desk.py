"""The order desk: staff's own programs, tills, and what they may do with any order."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from omni.core import clock
from omni.core.pagination import CursorPagination
from orders import serializers_desk as shapes
from orders.finding import find_orders
from orders.models import Order
from orders.views import parsed
from organisation.models import ApiKey
from organisation.permissions import has_scope, reach_of

READS = (ApiKey.Scope.ORDERS_READ, ApiKey.Scope.TILL)


class NewestFirst(CursorPagination):
    ordering = "-pk"


class OrderSearchView(ListAPIView[Order]):
    """
    Orders by a number, phone, e-mail, name, member number, receipt, card or article, newest first.

    A key of a location finds what was sold, handed over or taken back there; a number finds any order.
    """

    permission_classes = (has_scope(*READS),)
    serializer_class = shapes.FoundOrderSerializer
    pagination_class = NewestFirst
    filter_backends = ()
    queryset = Order.objects.none()

    @extend_schema(operation_id="find_orders", parameters=[OpenApiParameter("q", str, required=True)])
    def get(self, request: Request) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Order]:
        query = parsed(shapes.FindQuery, self.request.query_params)["q"]
        found = find_orders(query=query, locations=reach_of(self.request), now=clock.now())
        orders = Order.objects.filter(pk__in=found.order_ids)
        return orders.select_related("channel", "location", "customer", "contact")
