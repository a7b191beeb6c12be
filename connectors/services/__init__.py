from connectors.services.comparing import compare
from connectors.services.marking import mark_dirty, mark_listed
from connectors.services.pushing import push, replay_dead
from connectors.services.receiving import poll_orders, retry_inbound, take_order

__all__ = [
    "compare",
    "mark_dirty",
    "mark_listed",
    "poll_orders",
    "push",
    "replay_dead",
    "retry_inbound",
    "take_order",
]
