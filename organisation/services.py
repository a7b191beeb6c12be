"""Writes of the organisation."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pghistory
from django.db.models import Model
from django.utils import timezone

from omni.core import db, idempotency, sql
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from omni.outbox.events import ChannelChanged, LocationChanged
from omni.outbox.publish import publish
from organisation.errors import KeyTaken, PauseInThePast
from organisation.models import ApiKey, Location, OpeningException, OpeningHours, SalesChannel
from organisation.selectors import PREFIX_LENGTH, digest

# What decides whom a location serves and with what, and whom a channel is served by.
LOCATION_SERVES = ("active", "capabilities", "franchise", "company_id")
CHANNEL_IS_SERVED = ("active", "company_id")
PAUSE = ("paused_until", "pause_reason", "pause_note", "paused_by")


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


@dataclass(frozen=True, slots=True)
class Paused:
    """A location's pause; None where it serves again."""

    location_id: int
    until: datetime | None


def pause_location(
    *,
    location_id: int,
    until: datetime,
    reason: str,
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> Paused:
    """
    Let a location give no channel anything until then; an event tells everyone who shows its stock.

    A later pause replaces an earlier one. What was ordered before stays to be done.

    Raises:
        ClaimInFlight, ClaimMismatch
        PauseInThePast: it would have ended already.
    """
    if until <= now:
        raise PauseInThePast(until=until)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Paused):
            return replayed
        _set_pause(location_id, until=until, reason=reason, note=note, by=str(actor), actor=actor, now=now)
        return idempotency.settle(claim, Paused(location_id, until), now=now)


def resume_location(*, location_id: int, claim: Claim, actor: Actor, now: datetime) -> Paused:
    """
    End a location's pause before its time; without one nothing happens.

    Raises:
        ClaimInFlight, ClaimMismatch
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Paused):
            return replayed
        if Location.objects.filter(pk=location_id).exclude(paused_until=None).exists():
            _set_pause(location_id, until=None, reason="", note="", by="", actor=actor, now=now)
        return idempotency.settle(claim, Paused(location_id, None), now=now)


def resume_due(*, now: datetime) -> int:
    """
    Tell that pauses have ended, and clear them; answer how many.

    They ended by themselves: whoever asks what a location gives compares the time. This is for who
    does not ask: connections and open pages.
    """
    with db.transaction():
        due = Location.objects.filter(paused_until__lte=now).order_by("pk").select_for_update(no_key=True)
        location_ids = list(due.values_list("pk", flat=True))
        for location_id in location_ids:
            _set_pause(location_id, until=None, reason="", note="", by="", actor=SYSTEM, now=now)
    return len(location_ids)


def _set_pause(
    location_id: int, *, until: datetime | None, reason: str, note: str, by: str, actor: Actor, now: datetime
) -> None:
    Location.objects.filter(pk=location_id).update(
        paused_until=until, pause_reason=reason, pause_note=note, paused_by=by
    )
    publish(f"location:{location_id}", LocationChanged(location_id), at=now, actor=actor)


def save_hours(
    *,
    rows: Sequence[OpeningHours | OpeningException],
    removed: Sequence[OpeningHours | OpeningException],
    actor: Actor,
) -> None:
    """Write and remove rows of hours and of exceptions; no channel is given other stock by it. A building block."""
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        for gone in removed:
            gone.delete()
        for row in rows:
            row.save()


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
    # A pause is nobody's form: a page opened before it would end it.
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    row.save(update_fields=None if was is None else [one.name for one in fields if one.name not in PAUSE])
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
