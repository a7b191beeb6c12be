from connectors.services.comparing import ask_comparison, compare
from connectors.services.connecting import ask_health, check_connection, save_connection
from connectors.services.dropping import drop_inbound
from connectors.services.feeding import (
    BatchTaken,
    EntryOutcome,
    prove_asker,
    receive_till_batch,
)
from connectors.services.kept_entries import (
    drop_till_entry,
    make_entries_due,
    retry_due_entries,
    retry_till_entry,
)
from connectors.services.marking import mark_dirty, mark_listings
from connectors.services.pausing import pause_connection, resume_connection
from connectors.services.polling import poll_orders
from connectors.services.pushing import push
from connectors.services.receiving import (
    receive_order,
    retry_inbound,
    settle_refused,
    take_order,
)
from connectors.services.replaying import replay_dead
from connectors.services.shipping import note_shipments
from connectors.services.standing import run as run_pushers

__all__ = [
    "BatchTaken",
    "EntryOutcome",
    "ask_comparison",
    "ask_health",
    "check_connection",
    "compare",
    "drop_inbound",
    "drop_till_entry",
    "make_entries_due",
    "mark_dirty",
    "mark_listings",
    "note_shipments",
    "pause_connection",
    "poll_orders",
    "prove_asker",
    "push",
    "receive_order",
    "receive_till_batch",
    "replay_dead",
    "resume_connection",
    "retry_due_entries",
    "retry_inbound",
    "retry_till_entry",
    "run_pushers",
    "save_connection",
    "settle_refused",
    "take_order",
]
