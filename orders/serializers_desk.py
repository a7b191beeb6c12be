"""What the order desk sees and sends."""

from typing import Any

from rest_framework import serializers

from orders.amounts import AmountField
from orders.models import Order


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


class CancelledPortionSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    quantity = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class CancelLinesSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(child=CancelledPortionSerializer(), allow_empty=False, max_length=100)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CancelledLinesSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(
        choices=Order.Status.choices, help_text="CANCELLED where nothing is left of the order."
    )
    currency = serializers.CharField()
    amount = AmountField(help_text="What the units were sold for, after discounts and points.")
    forgone_amount = AmountField(help_text="What of it was to be paid yet, and need not be any more.")
    refund_amount = AmountField(help_text="What of it goes back to where it came from.")
    points_restored = serializers.IntegerField()
    points_clawed_back = serializers.IntegerField()


class MomentSerializer(serializers.Serializer[Any]):
    """Something that happened to an order."""

    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="PLACED, PAID, SHIPPED, RETURNED, ...: for programs.")
    text = serializers.CharField(help_text="In the language asked for: for people.")
    amount = AmountField(allow_null=True)


class StaffMomentSerializer(MomentSerializer):
    note = serializers.CharField()
    actor = serializers.CharField(help_text="As ledgers name it, `user:7`.")
    by = serializers.CharField(help_text="The same in words.")
    via = serializers.CharField(help_text="Through what: a channel, a shop's device, staff screens.")


class TimelineSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    results = MomentSerializer(many=True)


class StaffTimelineSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    results = StaffMomentSerializer(many=True)
