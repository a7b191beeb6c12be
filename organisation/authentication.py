"""API keys of devices and connectors: `Authorization: Bearer <key>`."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from omni.core import clock
from organisation import selectors, services
from organisation.models import ApiKey


class KeyPrincipal(AnonymousUser):
    """The `request.user` of a device: nobody in particular, but known. `request.auth` is its key."""

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        return True


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[KeyPrincipal, ApiKey] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("The Authorization header is malformed."))
        key = selectors.find_api_key(parts[1].decode("latin-1"))
        if key is None:
            raise AuthenticationFailed(_("The API key is unknown, expired or revoked."))
        services.note_key_use(api_key=key, now=clock.now())
        return KeyPrincipal(), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A device's or connector's API key."}
