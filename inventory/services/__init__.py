"""Everything that changes stock. `from inventory import services as inventory`."""

from inventory.services.allocating import Allocation, allocate
from inventory.services.batches import DocumentRef, Movement
from inventory.services.messages import stock_changed, stock_changed_at
from inventory.services.posting import PostedDocument, create_levels, post_documents, post_movements
from inventory.services.reserving import (
    OpenReservation,
    Want,
    commit,
    draw_reservations,
    expire_reservations,
    fulfil,
    lock_open,
    release,
    reserve,
)

__all__ = [
    "Allocation",
    "DocumentRef",
    "Movement",
    "OpenReservation",
    "PostedDocument",
    "Want",
    "allocate",
    "commit",
    "create_levels",
    "draw_reservations",
    "expire_reservations",
    "fulfil",
    "lock_open",
    "post_documents",
    "post_movements",
    "release",
    "reserve",
    "stock_changed",
    "stock_changed_at",
]
