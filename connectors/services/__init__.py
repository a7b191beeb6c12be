from connectors.services.comparing import compare, compare_once
from connectors.services.connecting import ask_health, check_connection, save_connection
from connectors.services.dropping import drop_inbound
from connectors.services.marking import mark_dirty, mark_listings
from connectors.services.pausing import pause_connection, resume_connection
from connectors.services.pushing import push
from connectors.services.receiving import poll_orders, receive_order, retry_inbound, take_order
from connectors.services.replaying import replay_dead
from connectors.services.shipping import note_shipments
from connectors.services.standing import run as run_pushers

__all__ = [
    "ask_health",
    "check_connection",
    "compare",
    "compare_once",
    "drop_inbound",
    "mark_dirty",
    "mark_listings",
    "note_shipments",
    "pause_connection",
    "poll_orders",
    "push",
    "receive_order",
    "replay_dead",
    "resume_connection",
    "retry_inbound",
    "run_pushers",
    "save_connection",
    "take_order",
]
