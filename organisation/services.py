"""Writes of the organisation."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from organisation.models import ApiKey, Location, SalesChannel
from organisation.selectors import PREFIX_LENGTH, digest


def create_api_key(
    *,
    name: str,
    scopes: Sequence[str],
    location: Location | None = None,
    channel: SalesChannel | None = None,
    expires_at: datetime | None = None,
    now: datetime,
    key: str | None = None,
) -> tuple[ApiKey, str]:
    """
    Create a key and answer it once: only its digest is kept.

    `key` sets a known one, for a demo or a device that brings its own.
    """
    secret = key or secrets.token_urlsafe(32)
    record = ApiKey.objects.create(
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest(secret),
        scopes=list(scopes),
        location=location,
        channel=channel,
        expires_at=expires_at,
        created_at=now,
    )
    return record, secret


def revoke_api_key(*, api_key: ApiKey, now: datetime) -> None:
    """Revoke a key at once; revoking again changes nothing."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=now)
