"""The order desk: staff's own programs, tills, and what they may do with any order."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.models import Customer
from omni.core import clock
from omni.core.pagination import CursorPagination
from omni.core.requests import claim_from
from orders import serializers_desk as shapes
from orders import services
from orders.finding import find_orders
from orders.models import Order
from orders.timeline import find_order, list_moments
from orders.views import buyer_of, parsed
from organisation.models import ApiKey
from organisation.permissions import IsShopper, actor_of, has_scope, reach_of

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


def _cancel_lines(request: Request, number: str, customer: Customer | None) -> Response:
    form = parsed(shapes.CancelLinesSerializer, request.data)
    actor = actor_of(request)
    cancelled = services.cancel_lines(
        number=number,
        portions=[services.Portion(**line) for line in form["lines"]],
        reason=form["reason"],
        customer=customer,
        claim=claim_from(request, actor=actor, operation="cancel-lines", body={"order": number, **form}),
        actor=actor,
        now=clock.now(),
    )
    shown = shapes.CancelledLinesSerializer(cancelled, context={"currency": cancelled.currency})
    return Response(shown.data)


class MyOrderCancelLinesView(APIView):
    permission_classes = (IsShopper,)
    idempotent = idempotency_required = True

    @extend_schema(
        operation_id="cancel_my_order_lines",
        request=shapes.CancelLinesSerializer,
        responses=shapes.CancelledLinesSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel units of an order of which nothing is being prepared yet; points and money go back."""
        buyer = buyer_of(request)
        assert buyer is not None
        return _cancel_lines(request, number, buyer)


class CancelLinesView(APIView):
    permission_classes = (has_scope(ApiKey.Scope.ORDERS_WRITE),)
    idempotent = idempotency_required = True

    @extend_schema(
        operation_id="cancel_order_lines",
        request=shapes.CancelLinesSerializer,
        responses=shapes.CancelledLinesSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel units of any order that have not been handed over; `reason` begins with a code."""
        return _cancel_lines(request, number, None)


class MyTimelineView(APIView):
    permission_classes = (IsShopper,)

    @extend_schema(operation_id="get_my_order_timeline", responses=shapes.TimelineSerializer)
    def get(self, request: Request, number: str) -> Response:
        """What happened to an order of one's own, oldest first."""
        buyer = buyer_of(request)
        assert buyer is not None
        order = find_order(number=number, person_id=buyer.person_id)
        told = {"currency": order.currency, "results": list_moments(order, for_buyer=True)}
        return Response(shapes.TimelineSerializer(told, context={"currency": order.currency}).data)


class TimelineView(APIView):
    permission_classes = (has_scope(*READS),)

    @extend_schema(operation_id="get_order_timeline", responses=shapes.StaffTimelineSerializer)
    def get(self, request: Request, number: str) -> Response:
        """Everything that happened to an order, oldest first: what, by whom, through what."""
        order = find_order(number=number)
        told = {"currency": order.currency, "results": list_moments(order)}
        return Response(shapes.StaffTimelineSerializer(told, context={"currency": order.currency}).data)
