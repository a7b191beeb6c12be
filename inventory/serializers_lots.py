"""The shape of lots and serial numbers. Quantities are in the variant's stock unit, whatever the line's code."""

from typing import Any

from rest_framework import serializers

from inventory.models import LotStock
from omni.core.limits import MOST_UNITS


class LotSerializer(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, help_text="In stock units.")
    expires_on = serializers.DateField(
        required=False, help_text="The last good day, of a lot that is not known yet."
    )
    produced_on = serializers.DateField(required=False)


class ArrivedLotSerializer(LotSerializer):
    damaged = serializers.IntegerField(
        min_value=0, max_value=MOST_UNITS, required=False, help_text="So many of `quantity` are damaged."
    )


def _lots(child: serializers.Serializer[Any]) -> Any:
    return serializers.ListSerializer(
        child=child, max_length=500, required=False, help_text="Of which lots the units are."
    )


class NamesSerials(serializers.Serializer[Any]):
    serials: Any = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=500,
        required=False,
        help_text="Serial numbers, one unit each.",
    )


class NamesLots(NamesSerials):
    """Of which lots, or with which serial numbers, a line's units are: all of them or none."""

    lots: Any = _lots(LotSerializer())


class NamesArrivedLots(NamesSerials):
    lots: Any = _lots(ArrivedLotSerializer())


class LotCountSerializer(serializers.Serializer[Any]):
    """All that the location has of the article; a lot that is not named is not there."""

    location = serializers.SlugField(max_length=32)
    sku = serializers.CharField(max_length=64, help_text="A SKU, or any code of a variant.")
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    lots: Any = serializers.ListSerializer(child=LotSerializer(), max_length=500, required=False)
    serials = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=500, required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """That nothing is there is said by an empty list, not by saying nothing."""
        if "lots" not in attrs and "serials" not in attrs:
            raise serializers.ValidationError({"lots": "This field is required."}, code="required")
        return attrs


class LotStockSerializer(serializers.ModelSerializer[LotStock]):
    sku = serializers.CharField(source="variant.sku")
    location = serializers.CharField(source="location.code")
    lot = serializers.CharField(
        source="lot.number", help_text="Empty: of what nobody has told apart; may be below zero."
    )
    expires_on = serializers.DateField(source="lot.expires_on", allow_null=True)
    produced_on = serializers.DateField(source="lot.produced_on", allow_null=True)
    blocked = serializers.BooleanField()

    class Meta:
        model = LotStock
        fields = (
            "sku",
            "location",
            "lot",
            "expires_on",
            "produced_on",
            "blocked",
            "on_hand",
            "damaged",
            "quality_control",
        )
