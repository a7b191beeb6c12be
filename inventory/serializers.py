"""The shape of stock in the API. Quantities are integers in a variant's stock unit."""

from typing import Any

from rest_framework import serializers

from inventory.models import AdjustmentReason, Bucket, StockLevel
from omni.core.limits import MOST_UNITS
from organisation.models import Location


class AvailabilityQuery(serializers.Serializer[Any]):
    sku = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=1, max_length=100, help_text="Up to 100."
    )
    channel = serializers.CharField(
        max_length=32, required=False, default="", help_text="The storefront's channel unless given."
    )


class NearQuery(serializers.Serializer[Any]):
    near = serializers.RegexField(
        r"^-?\d{1,2}(\.\d{1,12})?,-?\d{1,3}(\.\d{1,12})?$",
        required=False,
        help_text="`latitude,longitude` in degrees, as `35.658,139.7016`.",
    )
    postal_code = serializers.RegexField(
        r"^[0-9A-Za-z][0-9A-Za-z -]{1,15}$", required=False, help_text="Instead of `near`, as `150-0043`."
    )
    capability = serializers.ChoiceField(Location.Capability.choices, default=Location.Capability.PICKUP)
    in_stock = serializers.BooleanField(default=False, help_text="Only where there is at least one.")
    limit = serializers.IntegerField(min_value=1, max_value=50, default=10)


class AvailabilitySerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    available = serializers.IntegerField(min_value=0)


class ChannelAvailabilitySerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    items = AvailabilitySerializer(many=True)


class LocationSerializer(serializers.ModelSerializer[Location]):
    company = serializers.CharField(source="company.code")
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    address = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    capabilities = serializers.ListField(child=serializers.ChoiceField(Location.Capability.choices))
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)

    class Meta:
        model = Location
        fields = (
            "code",
            "kind",
            "name",
            "company",
            "country",
            "postal_code",
            "address",
            "phone",
            "latitude",
            "longitude",
            "time_zone",
            "currency",
            "capabilities",
        )


class NearLocationSerializer(serializers.Serializer[Any]):
    location = LocationSerializer()
    distance = serializers.IntegerField(min_value=0, help_text="Metres, as the crow flies.")
    available = serializers.IntegerField(min_value=0)


class NearLocationsSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    results = NearLocationSerializer(many=True)


class StockLevelSerializer(serializers.ModelSerializer[StockLevel]):
    sku = serializers.CharField(source="variant.sku")
    location = serializers.CharField(source="location.code")
    available = serializers.IntegerField(help_text="Below zero where more is promised than is there.")

    class Meta:
        model = StockLevel
        fields = (
            "sku",
            "location",
            "on_hand",
            "reserved",
            "safety_stock",
            "incoming",
            "damaged",
            "quality_control",
            "available",
        )


class LineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=64, help_text="A SKU, or any code of a variant.")
    quantity = serializers.IntegerField(
        min_value=1, max_value=MOST_UNITS, help_text="Of what the code stands for: a case of 24 is 1."
    )


class ReceiptSerializer(serializers.Serializer[Any]):
    location = serializers.CharField(max_length=32)
    number = serializers.CharField(
        max_length=64, required=False, default="", help_text="The delivery note's: booked once at a location."
    )
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    lines = serializers.ListField(child=LineSerializer(), min_length=1, max_length=500)


class AdjustmentSerializer(serializers.Serializer[Any]):
    location = serializers.CharField(max_length=32)
    sku = serializers.CharField(max_length=64)
    delta = serializers.IntegerField(min_value=-MOST_UNITS, max_value=MOST_UNITS, help_text="Not 0.")
    reason = serializers.ChoiceField(AdjustmentReason.choices)
    bucket = serializers.ChoiceField(Bucket.choices, default=Bucket.ON_HAND)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class TransferSerializer(serializers.Serializer[Any]):
    origin = serializers.CharField(max_length=32)
    destination = serializers.CharField(max_length=32)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    lines = serializers.ListField(child=LineSerializer(), min_length=1, max_length=500)


class LevelNowSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    location = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    damaged = serializers.IntegerField()
    quality_control = serializers.IntegerField()
    safety_stock = serializers.IntegerField()
    available = serializers.IntegerField()
    incoming = serializers.IntegerField(help_text="By open transfers and purchase orders.")


class StockChangeSerializer(serializers.Serializer[Any]):
    """What moved, and the levels as it left them; a replay answers the same."""

    kind = serializers.CharField()
    number = serializers.CharField()
    levels = LevelNowSerializer(many=True)
