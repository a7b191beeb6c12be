"""Shapes of points."""

from typing import Any

from rest_framework import serializers

from loyalty.models import PointBucket, PointEntry, PointTransaction


class ExpirySerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    points = serializers.IntegerField()


class BalanceSerializer(serializers.Serializer[Any]):
    balance = serializers.IntegerField(help_text="What the ledger says; below zero after some returns.")
    available = serializers.IntegerField(help_text="What a checkout may take now.")
    held = serializers.IntegerField(help_text="Locked by open checkouts.")
    pending = serializers.IntegerField(help_text="Earned, and not yet to be spent.")
    shortfall = serializers.IntegerField(help_text="Paid first by the next points earned.")
    next_expiry = ExpirySerializer(allow_null=True)


class EntrySerializer(serializers.ModelSerializer[PointEntry]):
    kind = serializers.ChoiceField(choices=PointTransaction.Kind.choices, source="transaction.kind")
    source = serializers.CharField(source="transaction.source")  # type: ignore[assignment]
    bucket = serializers.ChoiceField(choices=PointBucket.choices)

    class Meta:
        model = PointEntry
        fields = ["id", "occurred_at", "kind", "bucket", "points", "balance_after", "source"]


class TillMemberSerializer(serializers.Serializer[Any]):
    """What a cashier needs of a member, and no more."""

    id = serializers.UUIDField()
    member_number = serializers.CharField(allow_null=True)
    family_name = serializers.CharField()
    given_name = serializers.CharField()
    family_name_kana = serializers.CharField()
    given_name_kana = serializers.CharField()
    points = BalanceSerializer()
