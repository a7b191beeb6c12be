"""The shape of stock in the API. Quantities are integers in a variant's stock unit."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from inventory.models import AdjustmentReason, BackorderPolicy, Bucket, StockLevel
from inventory.serializers_lots import NamesLots
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
    postal_code = serializers.CharField(
        max_length=16,
        required=False,
        help_text="Instead of `near`, as `150-0043`: one that Japan Post's list knows.",
    )
    near_location = serializers.SlugField(
        max_length=32, required=False, help_text="Instead of `near`: the code of a location, as `shibuya`."
    )
    channel = serializers.CharField(
        max_length=32,
        required=False,
        default="",
        help_text="Only what serves this channel now; the storefront's channel unless given.",
    )
    capability = serializers.ChoiceField(Location.Capability.choices, default=Location.Capability.PICKUP)
    in_stock = serializers.BooleanField(default=False, help_text="Only where there is at least one.")
    limit = serializers.IntegerField(min_value=1, max_value=50, default=10)


class AheadSerializer(serializers.Serializer[Any]):
    """What is sold before it is in stock."""

    kind = serializers.ChoiceField(choices=BackorderPolicy.Kind.choices)
    units = serializers.IntegerField(min_value=0, help_text="How many more are sold ahead.")
    promised_date = serializers.DateField(
        allow_null=True, help_text="From which day the next unit is expected to leave; null: nobody can say."
    )
    release_at = serializers.DateTimeField(allow_null=True, help_text="Of a preorder.")


class AvailabilitySerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    available = serializers.IntegerField(
        min_value=0, help_text="To be delivered. What each shop has is asked of its location."
    )
    ahead = AheadSerializer(allow_null=True, help_text="Null: it is sold from stock alone.")


class ChannelAvailabilitySerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    items = AvailabilitySerializer(many=True)


class OwnTimeField(serializers.DateTimeField):
    """An instant with the offset that it came with: the location's, not the platform's."""

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class SpanSerializer(serializers.Serializer[Any]):
    """With the location's own offset from UTC, as it is then."""

    opens = OwnTimeField()
    closes = OwnTimeField(help_text="No longer open at this instant.")


class DayHoursSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    spans = SpanSerializer(many=True, help_text="Those that begin on this date; none where it is closed.")
    holiday = serializers.CharField(help_text="The public holiday's name; empty on other days.")
    exceptional = serializers.BooleanField(help_text="The date has hours of its own.")
    reason = serializers.DictField(child=serializers.CharField(), help_text="Why, by language.")


class LocationSerializer(serializers.Serializer[Any]):
    """A place, with its hours in its own time. What is paused gives online orders nothing."""

    code = serializers.CharField(source="location.code")
    kind = serializers.ChoiceField(Location.Kind.choices, source="location.kind")
    name = serializers.DictField(
        child=serializers.CharField(), source="location.name", help_text="By language."
    )
    company = serializers.CharField(source="location.company.code")
    country = serializers.CharField(source="location.country")
    postal_code = serializers.CharField(source="location.postal_code")
    address = serializers.DictField(
        child=serializers.CharField(), source="location.address", help_text="By language."
    )
    phone = serializers.CharField(source="location.phone")
    latitude = serializers.FloatField(source="location.latitude", allow_null=True)
    longitude = serializers.FloatField(source="location.longitude", allow_null=True)
    time_zone = serializers.CharField(source="location.time_zone")
    currency = serializers.CharField(source="location.currency")
    capabilities = serializers.ListField(
        child=serializers.ChoiceField(Location.Capability.choices), source="location.capabilities"
    )
    open_now = serializers.BooleanField(
        source="timetable.open_now", allow_null=True, help_text="Null where no hours are known."
    )
    next_opening_at = OwnTimeField(
        source="timetable.next_opening_at", allow_null=True, help_text="Null where none is known."
    )
    pickup_ready_at = OwnTimeField(
        source="timetable.pickup_ready_at",
        allow_null=True,
        help_text="When what is ordered now can be picked up; null where that can't be said.",
    )
    paused_until = OwnTimeField(
        source="timetable.paused_until",
        allow_null=True,
        help_text="Until then it takes no online orders; null where it does.",
    )
    hours = DayHoursSerializer(source="timetable.days", many=True, help_text="Seven days from today.")


class NearLocationSerializer(serializers.Serializer[Any]):
    location = LocationSerializer(source="place")
    distance = serializers.IntegerField(min_value=0, help_text="Metres, as the crow flies.")
    available = serializers.IntegerField(min_value=0)


class NearLocationsSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    channel = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    estimated = serializers.BooleanField(
        help_text="The point, and so each distance, is a guess: postal codes have no coordinates here."
    )
    estimated_digits = serializers.IntegerField(
        allow_null=True,
        help_text="How many digits of the code our shops share, in whose middle the point was put.",
    )
    place = serializers.CharField(allow_null=True, help_text="What Japan Post calls the postal code's place.")
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


class LineSerializer(NamesLots):
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


class AdjustmentSerializer(NamesLots):
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
