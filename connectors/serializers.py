"""Shapes of what counterparts send and get."""

from typing import Any

from rest_framework import serializers


class BuyerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(required=False)
    name_kana = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    postal_code = serializers.CharField(required=False)
    prefecture = serializers.CharField(required=False)
    city = serializers.CharField(required=False)
    line1 = serializers.CharField(required=False)
    line2 = serializers.CharField(required=False)


class OrderMessageLineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=999_999)
    amount = serializers.CharField(help_text="What the line came to, as a decimal string.")


class OrderMessageDataSerializer(serializers.Serializer[Any]):
    order_number = serializers.CharField(max_length=64)
    placed_at = serializers.DateTimeField()
    currency = serializers.CharField(max_length=3)
    total = serializers.CharField(help_text="A decimal string.")
    shipping = serializers.CharField(required=False, help_text="A decimal string.")
    lines = OrderMessageLineSerializer(many=True)
    buyer = BuyerSerializer(required=False)


class OrderMessageSerializer(serializers.Serializer[Any]):
    """A CloudEvents 1.0 event in structured JSON."""

    specversion = serializers.ChoiceField(["1.0"])
    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    type = serializers.ChoiceField(["omni.order-created.v1"])
    data = OrderMessageDataSerializer()  # type: ignore[assignment]


class OrderTakenSerializer(serializers.Serializer[Any]):
    """Our number of the order; `unallocated` units were sold there and are not in stock here."""

    number = serializers.CharField()
    external_number = serializers.CharField()
    unallocated = serializers.IntegerField()


class TillLineSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=64, help_text="A SKU, or a JAN or another code of the article.")
    quantity = serializers.IntegerField(min_value=1)
    unit_price = serializers.CharField(required=False, help_text="What was charged, as a decimal string.")
    restock = serializers.BooleanField(required=False, help_text="Of returns: on sale again, unless false.")


class TillTenderSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField(max_length=32)
    amount = serializers.CharField(required=False, help_text="What was handed over, as a decimal string.")


class TillEntryInSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField(min_value=1, help_text="The device's own number, without gaps.")
    kind = serializers.ChoiceField(["sale", "return", "void"])
    receipt_number = serializers.CharField(help_text="Of the sale that it makes, gives back or voids.")
    occurred_at = serializers.DateTimeField()
    member = serializers.CharField(required=False)
    points = serializers.IntegerField(required=False, min_value=0, help_text="To spend.")
    lines = TillLineSerializer(many=True, required=False)
    tenders = TillTenderSerializer(many=True, required=False)


class TillBatchDataSerializer(serializers.Serializer[Any]):
    device = serializers.CharField(max_length=64)
    entries = TillEntryInSerializer(many=True)


class TillBatchSerializer(serializers.Serializer[Any]):
    """A CloudEvents 1.0 event in structured JSON."""

    specversion = serializers.ChoiceField(["1.0"])
    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    type = serializers.ChoiceField(["omni.till-batch.v1"])
    data = TillBatchDataSerializer()  # type: ignore[assignment]


class TillEntryOutcomeSerializer(serializers.Serializer[Any]):
    """`number` is the order or return that it is now; `error` says why it is none."""

    sequence = serializers.IntegerField()
    status = serializers.ChoiceField(["PENDING", "WAITING", "FAILED", "BOOKED", "DROPPED", "REFUSED"])
    number = serializers.CharField()
    error = serializers.DictField()


class TillGapSerializer(serializers.Serializer[Any]):
    """Numbers of a device's that never came: to be sent again."""

    device = serializers.CharField()
    first = serializers.IntegerField()
    last = serializers.IntegerField()


class TillBatchTakenSerializer(serializers.Serializer[Any]):
    device = serializers.CharField()
    entries = TillEntryOutcomeSerializer(many=True)
    gaps = TillGapSerializer(many=True)


class TillGapsSerializer(serializers.Serializer[Any]):
    gaps = TillGapSerializer(many=True)
