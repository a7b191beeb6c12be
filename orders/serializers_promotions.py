"""The shape of promotions and coupons on the wire."""

from typing import Any

from rest_framework import serializers

from orders.amounts import AmountField
from promotions.rules import REASONS


class CouponFormSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=64, help_text="As it is printed; case and spaces don't matter.")


class AddedCouponSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    promotion = serializers.CharField(help_text="The promotion's code.")
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")


class LineOffSerializer(serializers.Serializer[Any]):
    line_id = serializers.IntegerField()
    amount = AmountField()


class PromotionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    coupon = serializers.CharField(help_text="Empty where it applies by itself.")
    amount = AmountField(help_text="Taken off the goods.")
    shipping_amount = AmountField(help_text="What delivery would have cost.")


class QuotedPromotionSerializer(PromotionSerializer):
    lines = LineOffSerializer(many=True)


class MissedPromotionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    coupon = serializers.CharField(help_text="Empty where it applies by itself.")
    reason = serializers.ChoiceField(choices=REASONS)
    missing = serializers.DecimalField(
        max_digits=19,
        decimal_places=4,
        normalize_output=True,
        allow_null=True,
        help_text="The amount (BELOW_AMOUNT), or the units (BELOW_QUANTITY), that it falls short of.",
    )
    other = serializers.CharField(help_text="The promotion that is in its way (CONFLICTS).")


class LineDiscountSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="A promotion's code, or what else made it cheaper.")
    name = serializers.DictField(
        child=serializers.CharField(), help_text="By language; empty if it has none."
    )
    amount = AmountField()
