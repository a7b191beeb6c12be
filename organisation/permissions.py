"""Who may call what: scopes of keys, and the person's own things."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from omni.core.actor import GUEST, Actor
from organisation.models import ApiKey, User


def has_scope(scope: str) -> type[BasePermission]:
    """A permission: the caller's API key has `scope`."""

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            return isinstance(request.auth, ApiKey) and scope in request.auth.scopes

    return HasScope


class IsShopper(BasePermission):
    """Somebody signed in, as a person and not by a device's key."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, User)


def actor_of(request: Request) -> Actor:
    """Who acts: the key, the user, or a guest of the storefront."""
    if isinstance(request.auth, ApiKey):
        return Actor.api_key(request.auth.prefix)
    if isinstance(request.user, User):
        return Actor.user(request.user.pk)
    return GUEST
