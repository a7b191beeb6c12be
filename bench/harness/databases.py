"""Database addresses, for the harness and for the peers' settings. Standard library only."""

from typing import Any
from urllib.parse import unquote, urlsplit


def named(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def django_database(url: str) -> dict[str, Any]:
    """Django's form of the address, with connections kept open."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }
