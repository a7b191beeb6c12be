"""Amounts on the wire: strings in the order's currency."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from omni.core.money import quantize


class AmountField(serializers.DecimalField):
    """An amount, down to its currency's unit where the object (or its order) names one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 19, "decimal_places": 4, "read_only": True, **options})

    def to_representation(self, value: Any) -> str:
        currency = self.context.get("currency")
        amount = quantize(value, currency) if currency else Decimal(value)
        return f"{amount:f}"
