"""The shape of counts for the handhelds of a shop. A blind sheet tells nothing of the books."""

from typing import Any

from rest_framework import serializers

from inventory.models import CountLine, CountSheet, SectionCount, StockTake, StockTakeSection
from omni.core.limits import MOST_UNITS


class CountSheetSerializer(serializers.ModelSerializer[CountSheet]):
    location = serializers.CharField(source="location.code")
    assignee = serializers.EmailField(source="assignee.email", allow_null=True, default=None)
    lines = serializers.IntegerField(source="line_count")
    counted = serializers.IntegerField(source="counted_count")

    class Meta:
        model = CountSheet
        fields = (
            "number",
            "location",
            "status",
            "blind",
            "assignee",
            "note",
            "opened_at",
            "lines",
            "counted",
        )


class CountLineSerializer(serializers.ModelSerializer[CountLine]):
    sku = serializers.CharField(source="variant.sku")
    name = serializers.DictField(
        source="variant.product.name", child=serializers.CharField(), help_text="By language."
    )
    book = serializers.IntegerField(
        allow_null=True, help_text="What the books say; null while a blind sheet is being counted."
    )
    difference = serializers.IntegerField(
        allow_null=True, help_text="Counted less books at that moment; null until the sheet is counted."
    )

    class Meta:
        model = CountLine
        fields = ("sku", "name", "counted", "counted_at", "book", "difference", "beyond_limit")


class CountedSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=64, help_text="A SKU, or any code of a variant.")
    quantity = serializers.IntegerField(
        min_value=0, max_value=MOST_UNITS, help_text="Of what the code stands for: a case of 24 is 1."
    )
    counted_at = serializers.DateTimeField(help_text="By the device's clock; it may be a while ago.")


class CountRecordsSerializer(serializers.Serializer[Any]):
    device = serializers.CharField(max_length=64, required=False, default="")
    counter = serializers.EmailField(required=False, default="", help_text="The member of staff who counted.")
    records = serializers.ListField(child=CountedSerializer(), min_length=1, max_length=1000)


class CountSubmitSerializer(serializers.Serializer[Any]):
    leave_uncounted = serializers.BooleanField(
        default=False, help_text="Lines that were not counted stay as the books say."
    )


class SheetNowSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    location = serializers.CharField()
    status = serializers.ChoiceField(CountSheet.Status.choices)
    lines = serializers.IntegerField()
    counted = serializers.IntegerField()


class RecordedSheetSerializer(SheetNowSerializer):
    unheeded = serializers.ListField(
        child=serializers.CharField(),
        help_text="SKUs of which a count was kept and does not count: the line was to be counted again since, "
        "or was counted later.",
    )


class SectionRoundSerializer(serializers.ModelSerializer[SectionCount]):
    scans = serializers.IntegerField(source="scan_count")

    class Meta:
        model = SectionCount
        fields = ("round", "status", "scans")


class SectionSerializer(serializers.ModelSerializer[StockTakeSection]):
    rounds = SectionRoundSerializer(source="counts", many=True)

    class Meta:
        model = StockTakeSection
        fields = ("number", "name", "selling", "rounds")


class StockTakeSerializer(serializers.ModelSerializer[StockTake]):
    location = serializers.CharField(source="location.code")
    sections = SectionSerializer(many=True)

    class Meta:
        model = StockTake
        fields = ("number", "location", "business_date", "status", "note", "opened_at", "sections")


class ReadSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField(
        min_value=0,
        max_value=2**53,
        help_text="The device's own number of this scan: sent again, it counts once.",
    )
    code = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(
        min_value=-MOST_UNITS, max_value=MOST_UNITS, help_text="Not 0; a minus takes a misread back."
    )
    scanned_at = serializers.DateTimeField()

    def validate_quantity(self, quantity: int) -> int:
        if quantity == 0:
            raise serializers.ValidationError("Not 0.", code="not-zero")
        return quantity


class ScansSerializer(serializers.Serializer[Any]):
    device = serializers.CharField(max_length=64)
    round = serializers.IntegerField(min_value=1, max_value=99, default=1)
    counter = serializers.EmailField(required=False, default="", help_text="The member of staff who scanned.")
    scans = serializers.ListField(child=ReadSerializer(), min_length=1, max_length=5000)


class SectionSubmitSerializer(serializers.Serializer[Any]):
    round = serializers.IntegerField(min_value=1, max_value=99, default=1)
    counter = serializers.EmailField(required=False, default="", help_text="The member of staff who scanned.")


class SectionNowSerializer(serializers.Serializer[Any]):
    stock_take = serializers.CharField()
    section = serializers.CharField()
    round = serializers.IntegerField()
    status = serializers.ChoiceField(SectionCount.Status.choices)
    scans = serializers.IntegerField(help_text="Of this round, from all devices.")
    new = serializers.IntegerField(help_text="Of this batch, those that were not known before.")
