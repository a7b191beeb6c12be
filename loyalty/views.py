"""A shopper's points, and what a till is told of a member."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.views import own_customer
from loyalty import selectors, serializers
from loyalty.models import PointEntry
from omni.core import clock
from omni.core.pagination import CursorPagination
from organisation.models import ApiKey
from organisation.permissions import IsShopper, has_scope


class PointsView(APIView):
    """The shopper's points, over every record of the person."""

    permission_classes = [IsShopper]

    @extend_schema(responses=serializers.BalanceSerializer)
    def get(self, request: Request) -> Response:
        person_id = own_customer(request).person_id
        balance = selectors.balance_of(person_id, now=clock.now())
        return Response(serializers.BalanceSerializer(balance).data)


class EntryPagination(CursorPagination):
    ordering = "-id"


class EntryListView(ListAPIView[PointEntry]):
    """Why the shopper's points moved, newest first."""

    permission_classes = [IsShopper]
    serializer_class = serializers.EntrySerializer
    pagination_class = EntryPagination
    filter_backends: list[Any] = []
    queryset = PointEntry.objects.none()

    def get_queryset(self) -> QuerySet[PointEntry]:
        if getattr(self, "swagger_fake_view", False):
            return PointEntry.objects.none()
        return selectors.list_entries(own_customer(self.request).person_id)


class TillMemberView(APIView):
    """The member whom a card's number or barcode, a phone number or an e-mail address names."""

    permission_classes = [has_scope(ApiKey.Scope.TILL)]

    @extend_schema(responses=serializers.TillMemberSerializer)
    def get(self, request: Request, code: str) -> Response:
        key = request.auth
        assert isinstance(key, ApiKey)
        country = key.location.country if key.location else "JP"
        member = selectors.get_till_member(code=code, country=country, now=clock.now())
        return Response(serializers.TillMemberSerializer(member).data)
