"""What the order desk sees and sends."""

from typing import Any

from rest_framework import serializers

from orders.models import Order
from orders.serializers import AmountField


class FindQuery(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=200)


class FoundOrderSerializer(serializers.Serializer[Any]):
    """An order as a line of a list."""

    number = serializers.CharField()
    external_number = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=Order.Status.choices)
    channel = serializers.CharField(source="channel.code")
    location = serializers.CharField(source="location.code", allow_null=True, default=None)
    placed_at = serializers.DateTimeField()
    currency = serializers.CharField()
    total = AmountField()
    buyer = serializers.SerializerMethodField(
        help_text="Whom the order names, or its customer; may be empty."
    )

    def get_buyer(self, order: Any) -> str:
        contact = getattr(order, "contact", None)
        if contact is not None and contact.name:
            return str(contact.name)
        return str(order.customer) if order.customer else ""
