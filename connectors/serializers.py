"""Shapes of what counterparts send and get."""

from typing import Any

from rest_framework import serializers


class BuyerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(required=False)
    name_kana = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    postal_code = serializers.CharField(required=False)
    prefecture = serializers.CharField(required=False)
    city = serializers.CharField(required=False)
    line1 = serializers.CharField(required=False)
    line2 = serializers.CharField(required=False)


class OrderMessageLineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=999_999)
    amount = serializers.CharField(help_text="What the line came to, as a decimal string.")


class OrderMessageDataSerializer(serializers.Serializer[Any]):
    order_number = serializers.CharField(max_length=64)
    placed_at = serializers.DateTimeField()
    currency = serializers.CharField(max_length=3)
    total = serializers.CharField(help_text="A decimal string.")
    shipping = serializers.CharField(required=False, help_text="A decimal string.")
    lines = OrderMessageLineSerializer(many=True)
    buyer = BuyerSerializer(required=False)


class OrderMessageSerializer(serializers.Serializer[Any]):
    """A CloudEvents 1.0 event in structured JSON."""

    specversion = serializers.ChoiceField(["1.0"])
    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    type = serializers.ChoiceField(["omni.order-created.v1"])
    data = OrderMessageDataSerializer()  # type: ignore[assignment]


class OrderTakenSerializer(serializers.Serializer[Any]):
    """Our number of the order; `unallocated` units were sold there and are not in stock here."""

    number = serializers.CharField()
    external_number = serializers.CharField()
    unallocated = serializers.IntegerField()
