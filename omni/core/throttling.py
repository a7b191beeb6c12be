"""Limits on what anybody may ask for: counted for each client address, in Valkey, for all processes."""

import math
from ipaddress import IPv6Address, ip_address, ip_network

import redis
import structlog
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from omni.core import clock, valkey

logger = structlog.get_logger(__name__)
WINDOW = 60


class AddressThrottle(BaseThrottle):
    """
    At most `settings.<setting>` requests a minute from one address; 0 is no limit.

    A minute is one of the clock's. Without Valkey nothing is counted and everybody is let in.
    """

    setting = ""

    def applies(self, request: Request) -> bool:
        """Whether this request counts; a hook."""
        return True

    def allow_request(self, request: Request, view: APIView) -> bool:
        most: int = getattr(settings, self.setting)
        if not most or not self.applies(request):
            return True
        self.at = clock.now().timestamp()
        return self._count(party_of(self.get_ident(request) or "")) <= most

    def wait(self) -> float:
        """Whole seconds until the next minute begins."""
        return math.ceil(WINDOW - self.at % WINDOW)

    def _count(self, party: str) -> int:
        key = f"throttle:{self.setting}:{party}:{int(self.at // WINDOW)}"
        try:
            counting = valkey.client().pipeline()
            counting.incr(key)
            counting.expire(key, WINDOW)
            counted, _ = counting.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("throttle.not-counted", error=type(error).__name__)
            return 0
        return int(counted)


def party_of(address: str) -> str:
    """Who is behind an address: of IPv6 its /64, which one subscriber has whole."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
