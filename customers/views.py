"""The shopper's own profile, addresses and links."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import selectors, serializers, services
from customers.models import Customer
from omni.core import clock
from omni.core.requests import claim_from
from organisation.models import User
from organisation.permissions import IsShopper, actor_of


def shopper_of(request: Request) -> User:
    """Whoever is signed in; `IsShopper` has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def own_customer(request: Request) -> Customer:
    """The record of whoever is signed in, made now if this is the first request that needs it."""
    return services.ensure_customer_for(user=shopper_of(request), now=clock.now())


class MeView(APIView):
    permission_classes = [IsShopper]

    @extend_schema(responses=serializers.MeSerializer)
    def get(self, request: Request) -> Response:
        me = selectors.get_me(own_customer(request).person_id, email=shopper_of(request).email)
        return Response(serializers.MeSerializer(me).data)

    @extend_schema(request=serializers.ProfileSerializer, responses=serializers.MeSerializer)
    def patch(self, request: Request) -> Response:
        form = serializers.ProfileSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        person = services.update_profile(
            customer=own_customer(request), changes=form.validated_data, now=clock.now()
        )
        me = selectors.get_me(person.pk, email=shopper_of(request).email)
        return Response(serializers.MeSerializer(me).data)


class AddressListView(ListAPIView[Any]):
    """A person's addresses, the default first; a dozen at most, so one page holds them."""

    permission_classes = [IsShopper]
    serializer_class = serializers.AddressSerializer
    pagination_class = None
    filter_backends = []
    idempotent = True

    def get_queryset(self) -> Any:
        return selectors.list_addresses(own_customer(self.request).person_id)

    @extend_schema(request=serializers.AddressFormSerializer, responses={201: serializers.AddressSerializer})
    def post(self, request: Request) -> Response:
        form = serializers.AddressFormSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        customer, actor = own_customer(request), actor_of(request)
        claim = claim_from(
            request, actor=actor, operation="add-address", body=form.validated_data, required=False
        )
        address = services.AddressForm(**form.validated_data)
        made = services.add_address(customer=customer, form=address, claim=claim, now=clock.now())
        added = selectors.get_address(customer.person_id, made.id)
        return Response(serializers.AddressSerializer(added).data, status=status.HTTP_201_CREATED)


class AddressView(APIView):
    permission_classes = [IsShopper]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, address_id: int) -> Response:
        services.archive_address(customer=own_customer(request), address_id=address_id, now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class LinkListView(APIView):
    permission_classes = [IsShopper]
    idempotent = True
    problems = {409, 422, 429}

    @extend_schema(
        request=serializers.LinkRequestSerializer, responses={201: serializers.LinkRequestedSerializer}
    )
    def post(self, request: Request) -> Response:
        form = serializers.LinkRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        claim = claim_from(
            request,
            actor=actor_of(request),
            operation="request-link",
            body=form.validated_data,
            required=False,
        )
        asked = services.request_link(
            user=shopper_of(request), claim=claim, now=clock.now(), **form.validated_data
        )
        return Response(serializers.LinkRequestedSerializer(asked).data, status=status.HTTP_201_CREATED)


class LinkConfirmView(APIView):
    permission_classes = [IsShopper]
    idempotent = True
    problems = {409, 422}

    @extend_schema(request=serializers.LinkConfirmSerializer, responses=serializers.LinkedSerializer)
    def post(self, request: Request, challenge_id: UUID) -> Response:
        form = serializers.LinkConfirmSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        actor, body = actor_of(request), {"challenge": challenge_id, **form.validated_data}
        claim = claim_from(request, actor=actor, operation="confirm-link", body=body, required=False)
        linked = services.confirm_link(
            user=shopper_of(request),
            challenge_id=challenge_id,
            claim=claim,
            actor=actor,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.LinkedSerializer(linked).data)
