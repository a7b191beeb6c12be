"""What tills do with members: parse, one service call, render."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.services.membership import NewMember, register_member
from customers.services.register import Profile
from omni.core import clock
from omni.core.requests import claim_from
from organisation.models import ApiKey
from organisation.permissions import actor_of, has_scope


class NewMemberSerializer(serializers.Serializer[Any]):
    member_number = serializers.CharField(max_length=64)
    email = serializers.EmailField(allow_blank=True, default="")
    email_confirmed = serializers.BooleanField(
        default=False, help_text="The member proved the address in the shop."
    )
    phone = serializers.CharField(max_length=32, allow_blank=True, default="")
    family_name = serializers.CharField(max_length=100, allow_blank=True, default="")
    given_name = serializers.CharField(max_length=100, allow_blank=True, default="")
    family_name_kana = serializers.CharField(max_length=100, allow_blank=True, default="")
    given_name_kana = serializers.CharField(max_length=100, allow_blank=True, default="")


class MemberRegisteredSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    member_number = serializers.CharField()


class TillMemberListView(APIView):
    """A member card handed out in a shop."""

    permission_classes = [has_scope(ApiKey.Scope.TILL)]
    idempotent = idempotency_required = True
    problems = (409, 422)

    @extend_schema(
        operation_id="till_members_create",
        request=NewMemberSerializer,
        responses={201: MemberRegisteredSerializer},
    )
    def post(self, request: Request) -> Response:
        form = NewMemberSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        body = dict(form.validated_data)
        actor = actor_of(request)
        claim = claim_from(request, actor=actor, operation="register-member", body=body)
        names = {name: body.pop(name) for name in list(body) if "_name" in name}
        location = request.auth.location if isinstance(request.auth, ApiKey) else None
        member = NewMember(profile=Profile(**names), country=location.country if location else "JP", **body)
        source = f"till:{location.code}" if location else "till"
        registered = register_member(member=member, source=source, claim=claim, now=clock.now())
        return Response(MemberRegisteredSerializer(registered).data, status=201)
