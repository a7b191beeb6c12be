"""The Valkey connection that wake-ups and live stock go through; never the source of truth."""

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> redis.Redis:
    """One pooled client a process, on the cache's database; short timeouts, so that its loss costs little."""
    return redis.Redis.from_url(
        settings.CACHES["default"]["LOCATION"], socket_timeout=2, socket_connect_timeout=0.5
    )
