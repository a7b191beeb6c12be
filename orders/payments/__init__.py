"""Card payments behind a small port: whoever acquires them is chosen by settings."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from orders.payments.port import CardGateway

__all__ = ["CardGateway", "gateway"]


@cache
def gateway() -> CardGateway:
    """The gateway that `CARD_GATEWAY` names, one a process: it keeps its connections."""
    made: CardGateway = import_string(settings.CARD_GATEWAY)()
    return made
