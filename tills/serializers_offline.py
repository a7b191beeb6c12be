"""The shapes of what tills are given to sell off line, and of what they bring back."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from tills.models import JournalEntry
from tills.services.offline_booking import KINDS

Shapes = serializers.ListSerializer[Any]
HASH = r"^[0-9a-f]{64}\Z"
MOST_ENTRIES = 200


class SnapshotSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    content = serializers.JSONField(help_text="Prices, taxes, tenders, limits, and until when it holds.")
    signature = serializers.CharField(help_text="Ed25519 over the canonical JSON of `content`, in base64.")
    public_key = serializers.CharField(help_text="Kept by the device when it is set up.")


class ReceiptNumbersSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=1, max_value=1_000, default=200)


class BlockSerializer(serializers.Serializer[Any]):
    prefix = serializers.CharField(help_text="Before the number, which has eight digits.")
    first = serializers.IntegerField()
    last = serializers.IntegerField()


class LinkSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField(min_value=1, max_value=2**62)
    kind = serializers.ChoiceField(choices=sorted(KINDS))
    occurred_at = serializers.CharField(max_length=40, help_text="ISO 8601 with an offset, as it was hashed.")
    payload = serializers.JSONField()
    previous_hash = serializers.RegexField(HASH)
    hash = serializers.RegexField(HASH, help_text="SHA-256 over the entry's canonical JSON, in hex.")

    def validate_occurred_at(self, value: str) -> str:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise serializers.ValidationError("ISO 8601 with an offset.")
        return value

    def validate_payload(self, value: Any) -> Any:
        if not isinstance(value, dict) or _holds_odd(value):
            raise serializers.ValidationError("An object of text, whole numbers, lists and objects.")
        return value


def _holds_odd(value: Any) -> bool:
    """What has no canonical form, or no place in the database: floats, and NUL."""
    if isinstance(value, dict):
        return any(_holds_odd(key) or _holds_odd(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_holds_odd(item) for item in value)
    return isinstance(value, float) or (isinstance(value, str) and "\x00" in value)


class JournalSerializer(serializers.Serializer[Any]):
    entries: Shapes = serializers.ListSerializer(
        child=LinkSerializer(), min_length=1, max_length=MOST_ENTRIES
    )


class EntryStateSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    status = serializers.ChoiceField(choices=JournalEntry.Status.choices)
    number = serializers.CharField(allow_blank=True)
    error = serializers.JSONField()


class JournalStateSerializer(serializers.Serializer[Any]):
    last_sequence = serializers.IntegerField()
    last_hash = serializers.CharField()
    entries = EntryStateSerializer(many=True)
