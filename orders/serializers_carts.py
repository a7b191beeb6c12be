"""What carts across channels take and give."""

from typing import Any

from rest_framework import serializers


class MemberQuery(serializers.Serializer[Any]):
    member = serializers.CharField(max_length=128)


class CartLinkSerializer(serializers.Serializer[Any]):
    cart = serializers.UUIDField()
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class OpenLinkSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=255)
