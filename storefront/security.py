"""What the storefront's pages may load and talk to."""

from functools import lru_cache

from django.conf import settings


@lru_cache(maxsize=1)
def policy() -> str:
    """The Content-Security-Policy: everything of our own, the stock stream beside it, nothing inline."""
    directives = {
        "default-src": "'self'",
        "connect-src": f"'self' {settings.STREAM_URL}".strip(),
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())
