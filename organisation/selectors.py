"""Reads of the organisation."""

import hashlib
from hmac import compare_digest

from django.db.models import Q
from django.utils import timezone

from organisation.models import ApiKey

PREFIX_LENGTH = 8


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def find_api_key(key: str) -> ApiKey | None:
    """The live key that `key` is, with its location and channel; None where there is none."""
    found = (
        ApiKey.objects.select_related("location__company", "channel")
        .filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()), prefix=key[:PREFIX_LENGTH], revoked_at=None
        )
        .first()
    )
    return found if found is not None and compare_digest(bytes(found.digest), digest(key)) else None
