"""The shape of the ways to get a cart's lines."""

from typing import Any

from rest_framework import serializers

from catalog.models import Temperature
from orders.amounts import AmountField
from orders.models import FulfilmentKind

EXAMPLE = {
    "currency": "JPY",
    "prefecture": "東京都",
    "lines": [
        {
            "line": 71,
            "sku": "ST-C01-100",
            "quantity": 2,
            "problem": None,
            "options": [
                {
                    "kind": "SHIP",
                    "location": None,
                    "name": None,
                    "distance": None,
                    "available": 24,
                    "amount": "550",
                    "ready_at": None,
                    "available_date": "2026-11-28",
                    "promised_date": None,
                    "methods": [
                        {
                            "code": "yamato",
                            "name": {"ja": "宅急便", "en": "Parcel (Yamato)"},
                            "carrier": "yamato",
                            "temperature": "AMBIENT",
                            "amount": "550",
                            "dates": ["2026-11-28", "2026-11-29"],
                            "slots": [{"code": "am", "name": {"ja": "午前中", "en": "Morning"}}],
                        }
                    ],
                },
                {
                    "kind": "PICKUP",
                    "location": "shibuya",
                    "name": {"ja": "渋谷店", "en": "Shibuya"},
                    "distance": 640,
                    "available": 3,
                    "amount": "0",
                    "ready_at": "2026-11-27T12:30:00+09:00",
                    "available_date": None,
                    "promised_date": None,
                    "methods": [],
                },
            ],
        },
        {"line": 72, "sku": "NG-T07-WH-M", "quantity": 1, "problem": "not-in-stock", "options": []},
    ],
}


class OptionsQuery(serializers.Serializer[Any]):
    prefecture = serializers.CharField(
        max_length=100, required=False, help_text="Where it would be delivered, as `東京都`."
    )
    postal_code = serializers.CharField(
        max_length=16,
        required=False,
        help_text="Says the prefecture, and about where shops are looked for, as `150-0002`.",
    )
    near = serializers.RegexField(
        r"^-?\d{1,2}(\.\d{1,12})?,-?\d{1,3}(\.\d{1,12})?$",
        required=False,
        help_text="`latitude,longitude` in degrees, near which shops are looked for.",
    )
    location = serializers.SlugField(
        max_length=32, required=False, help_text="The code of a shop that is looked at too, as `shibuya`."
    )


class SlotSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")


class MethodOptionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    carrier = serializers.CharField()
    temperature = serializers.ChoiceField(choices=Temperature.choices)
    amount = AmountField(help_text="If the line goes alone; without a prefecture that of the cheapest zone.")
    dates = serializers.ListField(
        child=serializers.DateField(), help_text="That can be chosen; none without a prefecture."
    )
    slots = SlotSerializer(many=True)


class FulfilmentOptionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=FulfilmentKind.choices)
    location = serializers.CharField(source="location.code", allow_null=True, default=None)
    name = serializers.DictField(
        source="location.name", child=serializers.CharField(), allow_null=True, default=None
    )
    distance = serializers.IntegerField(allow_null=True, help_text="In metres from the point.")
    available = serializers.IntegerField(help_text="Units that are there now.")
    amount = AmountField()
    ready_at = serializers.DateTimeField(
        allow_null=True, help_text="When it can be collected; null where no hours are known."
    )
    available_date = serializers.DateField(
        allow_null=True, help_text="The first day on which it can be delivered, if that is known."
    )
    promised_date = serializers.DateField(
        allow_null=True, help_text="From which day what is not in stock is expected to leave."
    )
    methods = MethodOptionSerializer(many=True)


class LineOptionsSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    options = FulfilmentOptionSerializer(many=True)
    problem = serializers.ChoiceField(
        choices=["not-listed", "not-in-stock", "not-deliverable"],
        allow_null=True,
        help_text="Why there is no way; null where there is one.",
    )


class CartOptionsSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    prefecture = serializers.CharField(allow_null=True, help_text="As it was understood.")
    lines = LineOptionsSerializer(many=True)
