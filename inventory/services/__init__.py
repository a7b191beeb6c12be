"""Everything that changes stock. `from inventory import services as inventory`."""

from inventory.services.allocating import Allocation, allocate
from inventory.services.batches import DocumentRef, Movement
from inventory.services.messages import stock_changed, stock_changed_at
from inventory.services.moving import LevelNow, StockChange, adjust_stock, receive_stock, transfer_stock
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
from inventory.services.settling import (
    Found,
    ResolvedDiscrepancy,
    resolve_discrepancy,
    resolve_found,
    set_buffer,
    set_safety_stock,
    set_source,
)

__all__ = [
    "Allocation",
    "DocumentRef",
    "Found",
    "LevelNow",
    "Movement",
    "OpenReservation",
    "PostedDocument",
    "ResolvedDiscrepancy",
    "StockChange",
    "Want",
    "adjust_stock",
    "allocate",
    "commit",
    "create_levels",
    "draw_reservations",
    "expire_reservations",
    "fulfil",
    "lock_open",
    "post_documents",
    "post_movements",
    "receive_stock",
    "release",
    "reserve",
    "resolve_discrepancy",
    "resolve_found",
    "set_buffer",
    "set_safety_stock",
    "set_source",
    "stock_changed",
    "stock_changed_at",
    "transfer_stock",
]
