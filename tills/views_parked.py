"""Sales that are put aside, and goods for goods. Parse, one call, render."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from omni.core import clock
from omni.core.requests import claim_from
from orders.views_till import item_of, parsed
from organisation.permissions import actor_of
from tills import serializers
from tills.desk import get_desk
from tills.services import exchanging, parking
from tills.views import OPERATOR, TillView, sale_of


class TillExchangeView(TillView):
    """Goods come back and others go, at once; the difference alone is paid or given back."""

    @extend_schema(
        operation_id="till_exchanges_create",
        parameters=[OPERATOR],
        request=serializers.ExchangeSerializer,
        responses={201: serializers.ExchangedSerializer},
    )
    def post(self, request: Request) -> Response:
        body = parsed(serializers.ExchangeSerializer, request.data)
        exchanged = exchanging.exchange(
            desk=get_desk(request),
            number=body["order"],
            items=[item_of(line) for line in body["lines"]],
            reason=body["reason"],
            sale=sale_of(body["sale"]),
            claim=claim_from(request, actor=actor_of(request), operation="exchange", body=body),
            now=clock.now(),
        )
        return Response(serializers.ExchangedSerializer(exchanged).data, status=201)


class TillParkedListView(TillView):
    """What is parked in the till's shop."""

    problems = (422,)

    @extend_schema(operation_id="till_parked_sales_list", responses=serializers.ParkedListSerializer)
    def get(self, request: Request) -> Response:
        results = parking.list_parked(desk=get_desk(request), now=clock.now())
        return Response(serializers.ParkedListSerializer({"results": results}).data)

    @extend_schema(
        operation_id="till_parked_sales_create",
        parameters=[OPERATOR],
        request=serializers.ParkSerializer,
        responses={201: serializers.ParkedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Put a sale aside. It holds no stock, and no price."""
        body = parsed(serializers.ParkSerializer, request.data)
        parked = parking.park_sale(
            desk=get_desk(request),
            lines=body["lines"],
            member=body.get("member", ""),
            note=body["note"],
            claim=claim_from(request, actor=actor_of(request), operation="park-sale", body=body),
            now=clock.now(),
        )
        return Response(serializers.ParkedSerializer(parked).data, status=201)


class TillParkedResumeView(TillView):
    """A parked sale is gone on with: at one till, once."""

    @extend_schema(
        operation_id="till_parked_sales_resume",
        parameters=[OPERATOR],
        request=None,
        responses=serializers.ParkedSerializer,
    )
    def post(self, request: Request, parked_id: int) -> Response:
        claim = claim_from(
            request, actor=actor_of(request), operation="resume-sale", body={"parked_id": parked_id}
        )
        parked = parking.resume_sale(
            desk=get_desk(request), parked_id=parked_id, claim=claim, now=clock.now()
        )
        return Response(serializers.ParkedSerializer(parked).data)
