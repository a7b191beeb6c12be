"""Who may call what: scopes of keys, and the person's own things."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from omni.core.actor import GUEST, Actor
from organisation import selectors
from organisation.errors import NotYours
from organisation.models import ApiKey, Location, User


def has_scope(*scopes: str) -> type[BasePermission]:
    """A permission: the caller's API key has one of the `scopes`."""

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            return isinstance(request.auth, ApiKey) and not set(scopes).isdisjoint(request.auth.scopes)

    return HasScope


class IsShopper(BasePermission):
    """Somebody signed in, as a person and not by a device's key."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, User)


def reach_of(request: Request) -> frozenset[int] | None:
    """The locations that a key acts for; None: all."""
    location_id = getattr(request.auth, "location_id", None)
    return None if location_id is None else frozenset([location_id])


def actor_of(request: Request) -> Actor:
    """Who acts: the key, the user, or a guest of the storefront."""
    if isinstance(request.auth, ApiKey):
        return Actor.api_key(request.auth.prefix)
    if isinstance(request.user, User):
        return Actor.user(request.user.pk)
    return GUEST


def require(user: User | AnonymousUser, function: str, location: Location | None = None) -> None:
    """
    See that a member of staff may do `function` at a location.

    Raises:
        NotYours: their roles don't let them.
    """
    if not selectors.may(user, function, location):
        raise NotYours(function=function, location=location.code if location else None)
