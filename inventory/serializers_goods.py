"""The shape of transfers and purchase orders. Costs are nobody's at a till: they are not here."""

from typing import Any

from rest_framework import serializers

from inventory.models import PurchaseOrder, PurchaseOrderLine, Transfer, TransferLine
from inventory.serializers import LevelNowSerializer
from inventory.serializers_lots import NamesArrivedLots, NamesLots
from omni.core.limits import MOST_UNITS


class ShippedLineSerializer(NamesLots):
    sku = serializers.CharField(max_length=64, help_text="A SKU, or any code of a variant.")
    quantity = serializers.IntegerField(
        min_value=0, max_value=MOST_UNITS, help_text="Of what the code stands for; 0 stays behind."
    )


class ShipSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(
        child=ShippedLineSerializer(),
        max_length=500,
        required=False,
        default=list,
        help_text="What is not named is sent in full.",
    )


class ArrivedLineSerializer(NamesArrivedLots):
    sku = serializers.CharField(max_length=64, help_text="A SKU, or any code of a variant.")
    received = serializers.IntegerField(
        min_value=0, max_value=MOST_UNITS, help_text="Fit for sale, of what the code stands for."
    )
    damaged = serializers.IntegerField(min_value=0, max_value=MOST_UNITS, default=0, help_text="Beside them.")


class ReceiveTransferSerializer(serializers.Serializer[Any]):
    complete = serializers.BooleanField(
        default=False, help_text="Nothing more will come: what is missing becomes a discrepancy."
    )
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    lines = serializers.ListField(child=ArrivedLineSerializer(), max_length=500)


class ReceivePurchaseOrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField(
        max_length=64, required=False, default="", help_text="The delivery note's: booked once at a location."
    )
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    over_reason = serializers.CharField(
        max_length=500,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why more is taken than the order tolerates.",
    )
    lines = serializers.ListField(child=ArrivedLineSerializer(), min_length=1, max_length=500)


class TransferLineSerializer(serializers.ModelSerializer[TransferLine]):
    sku = serializers.CharField(source="variant.sku")
    outstanding = serializers.IntegerField(min_value=0, help_text="Shipped, and not arrived.")

    class Meta:
        model = TransferLine
        fields = ("sku", "quantity", "shipped", "received", "damaged", "outstanding")


class TransferShownSerializer(serializers.ModelSerializer[Transfer]):
    status = serializers.ChoiceField(Transfer.Status.choices)
    origin = serializers.CharField(source="origin.code")
    destination = serializers.CharField(source="destination.code")
    lines = TransferLineSerializer(many=True)

    class Meta:
        model = Transfer
        fields = (
            "number",
            "status",
            "origin",
            "destination",
            "expected_date",
            "note",
            "occurred_at",
            "shipped_at",
            "closed_at",
            "lines",
        )


class PurchaseOrderLineSerializer(serializers.ModelSerializer[PurchaseOrderLine]):
    sku = serializers.CharField(source="variant.sku")
    outstanding = serializers.IntegerField(min_value=0)

    class Meta:
        model = PurchaseOrderLine
        fields = ("sku", "quantity", "received", "damaged", "outstanding")


class PurchaseOrderShownSerializer(serializers.ModelSerializer[PurchaseOrder]):
    status = serializers.ChoiceField(PurchaseOrder.Status.choices)
    supplier = serializers.CharField(source="supplier.code")
    location = serializers.CharField(source="destination.code")
    lines = PurchaseOrderLineSerializer(many=True)

    class Meta:
        model = PurchaseOrder
        fields = (
            "number",
            "status",
            "supplier",
            "location",
            "expected_date",
            "note",
            "ordered_at",
            "closed_at",
            "lines",
        )


class TransferLineNowSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    shipped = serializers.IntegerField()
    received = serializers.IntegerField()
    damaged = serializers.IntegerField()


class TransferNowSerializer(serializers.Serializer[Any]):
    """The transfer as the step left it; a replay answers the same."""

    number = serializers.CharField()
    status = serializers.ChoiceField(Transfer.Status.choices)
    document = serializers.CharField(allow_null=True, help_text="The stock document that was posted.")
    lines = TransferLineNowSerializer(many=True)
    levels = LevelNowSerializer(many=True)
    discrepancies = serializers.ListField(
        child=serializers.IntegerField(), help_text="Those that it opened: missing, over, damaged."
    )


class PurchaseLineNowSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    received = serializers.IntegerField()
    damaged = serializers.IntegerField()


class PurchaseOrderNowSerializer(serializers.Serializer[Any]):
    """The order as the delivery left it; a replay answers the same."""

    number = serializers.CharField()
    status = serializers.ChoiceField(PurchaseOrder.Status.choices)
    document = serializers.CharField(allow_null=True, help_text="The delivery's number.")
    lines = PurchaseLineNowSerializer(many=True)
    levels = LevelNowSerializer(many=True)
