"""Writes of the organisation."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pghistory
from django.db.models import Model
from django.utils import timezone

from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox.events import ChannelChanged, LocationChanged
from omni.outbox.publish import publish
from organisation.errors import KeyTaken
from organisation.models import ApiKey, Location, SalesChannel
from organisation.selectors import PREFIX_LENGTH, digest

# What decides whom a location serves and with what, and whom a channel is served by.
LOCATION_SERVES = ("active", "capabilities", "franchise", "company_id")
CHANNEL_IS_SERVED = ("active", "company_id")


def save_location(*, location: Location, actor: Actor, now: datetime) -> None:
    """
    Write a location, new or changed; an event tells where what it serves has changed.

    A building block of what staff do, one form or a file.
    """
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        if _save(location, LOCATION_SERVES):
            changed = LocationChanged(location.pk)
            publish(f"location:{location.pk}", changed, at=now, actor=actor)


def save_channel(*, channel: SalesChannel, actor: Actor, now: datetime) -> None:
    """Write a sales channel, new or changed; an event tells where what serves it has changed. A building block."""
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        if _save(channel, CHANNEL_IS_SERVED):
            publish(f"channel:{channel.pk}", ChannelChanged(channel.pk), at=now, actor=actor)


def _save(row: Model, deciding: Sequence[str]) -> bool:
    """Save the row; answer whether one of the `deciding` fields was another before. A new row had none."""
    before = type(row)._default_manager.filter(pk=row.pk).select_for_update(no_key=True)
    was = before.values(*deciding).first()
    row.save()
    return was is not None and was != {name: getattr(row, name) for name in deciding}


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

    Raises:
        KeyTaken: another key has the same first characters.
    """
    secret = key or secrets.token_urlsafe(32)
    if ApiKey.objects.filter(prefix=secret[:PREFIX_LENGTH]).exists():
        raise KeyTaken(prefix=secret[:PREFIX_LENGTH])
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


USED_NOTED_EVERY = timedelta(minutes=1)

# Whoever holds the row's lock notes the use, or revokes the key: nobody waits for that.
USED = """
UPDATE organisation_apikey SET last_used_at = %(now)s::timestamptz
WHERE id = (
    SELECT id FROM organisation_apikey
    WHERE id = %(id)s::bigint
      AND (last_used_at IS NULL OR last_used_at < %(before)s::timestamptz)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""


def note_key_use(*, api_key: ApiKey, now: datetime) -> None:
    """
    Keep when a key was last used, to a minute: the key as it was read says whether it is time.

    It neither waits for a lock nor for the disk.
    """
    before = now - USED_NOTED_EVERY
    if api_key.last_used_at is not None and api_key.last_used_at >= before:
        return
    with db.transaction():
        db.commit_asynchronously()  # lost, the next call notes it
        sql.fetch_all(USED, {"id": api_key.pk, "now": now, "before": before})


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key just made. `secret` is known to the first answer alone: it is stored nowhere."""

    api_key_id: int
    name: str
    prefix: str
    secret: str | None = None


def issue_api_key(
    *,
    name: str,
    scopes: Sequence[str],
    location: Location | None,
    channel: SalesChannel | None,
    expires_on: date | None,
    claim: Claim,
    now: datetime,
) -> IssuedKey:
    """
    Create a key once for a claim; a replay names it without its secret.

    It expires when the day `expires_on` begins, in the platform's time zone. Who made it is in
    the claim: the principal is the actor.

    Raises:
        ClaimInFlight, ClaimMismatch: the claim is in use, or came with another request.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=IssuedKey):
            return replayed
        record, secret = create_api_key(
            name=name,
            scopes=scopes,
            location=location,
            channel=channel,
            expires_at=timezone.make_aware(datetime.combine(expires_on, time.min)) if expires_on else None,
            now=now,
        )
        issued = IssuedKey(record.pk, record.name, record.prefix)
        idempotency.settle(claim, issued, now=now)
    return replace(issued, secret=secret)
