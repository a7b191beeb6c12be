"""Reads of the organisation."""

import hashlib
import time
from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from omni.core.errors import NotFound
from organisation import roles
from organisation.models import ApiKey, Location, SalesChannel, StaffAssignment, User

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


CHANNEL_KEPT_SECONDS = 1.0
_channels: dict[str, tuple[float, SalesChannel | None]] = {}


def get_channel(code: str = "") -> SalesChannel:
    """
    The open channel of that code (the storefront's by default), at most a second old.

    Raises:
        NotFound: there is none, or it is closed.
    """
    code = code or settings.STOREFRONT_CHANNEL
    read_at, channel = _channels.get(code, (float("-inf"), None))
    if channel is None or time.monotonic() - read_at > CHANNEL_KEPT_SECONDS:
        channel = SalesChannel.objects.filter(code=code, active=True).first()
        if channel is None:
            raise NotFound(channel=code)
        _channels[code] = (time.monotonic(), channel)
    return channel


def may(user: User | AnonymousUser, function: str, location: Location | int | None = None) -> bool:
    """
    Whether the user's roles let them do `function` (a permission, `inventory.adjust`) there.

    Without a location: whether anywhere at all.
    """
    reached = roles.reach(user, function)
    if reached is None or location is None:
        return reached != frozenset()
    return (location.pk if isinstance(location, Location) else location) in reached


def locations_of(
    user: User | AnonymousUser, function: str = "organisation.view_location"
) -> QuerySet[Location]:
    """The locations where the user may do `function`; without one, those that they see at all."""
    reached = roles.reach(user, function)
    return Location.objects.all() if reached is None else Location.objects.filter(pk__in=reached)


def staff_who_may(function: str, location: Location | int | None = None) -> QuerySet[User]:
    """Those whose roles let them do `function` there (everywhere, without a location)."""
    granting = [role for role in roles.GRANTS if roles.grants(role, function)]
    place = location.pk if isinstance(location, Location) else location
    held = Q(location=None) if place is None else Q(location=None) | Q(location=place)
    assigned = StaffAssignment.objects.filter(held, role__in=granting).values("user")
    staff = User.objects.filter(is_active=True, is_staff=True).order_by("name", "email")
    return staff.filter(Q(is_superuser=True) | Q(pk__in=assigned))
