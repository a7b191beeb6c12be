"""Everything that changes stock. `from inventory import services as inventory`."""

from inventory.services.allocating import Allocation, allocate
from inventory.services.arriving import receive_transfer
from inventory.services.batches import DocumentRef, Movement
from inventory.services.delivering import receive_purchase_order
from inventory.services.incoming import Arrival
from inventory.services.messages import stock_changed, stock_changed_at
from inventory.services.moving import LevelNow, StockChange, adjust_stock, receive_stock
from inventory.services.posting import PostedDocument, create_levels, post_documents, post_movements
from inventory.services.purchasing import (
    OrderedLine,
    PurchaseOrderNow,
    cancel_purchase_order,
    close_purchase_order,
    draft_purchase_order,
    place_purchase_order,
    revise_purchase_order,
)
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
from inventory.services.settling_transfers import Settlement, acting_location_id, settle_difference
from inventory.services.transferring import (
    TransferNow,
    approve_transfer,
    cancel_transfer,
    request_transfer,
    ship_transfer,
    transfer_stock,
)

__all__ = [
    "Allocation",
    "Arrival",
    "DocumentRef",
    "Found",
    "LevelNow",
    "Movement",
    "OpenReservation",
    "OrderedLine",
    "PostedDocument",
    "PurchaseOrderNow",
    "ResolvedDiscrepancy",
    "Settlement",
    "StockChange",
    "TransferNow",
    "Want",
    "acting_location_id",
    "adjust_stock",
    "allocate",
    "approve_transfer",
    "cancel_purchase_order",
    "cancel_transfer",
    "close_purchase_order",
    "commit",
    "create_levels",
    "draft_purchase_order",
    "draw_reservations",
    "expire_reservations",
    "fulfil",
    "lock_open",
    "place_purchase_order",
    "post_documents",
    "post_movements",
    "receive_purchase_order",
    "receive_stock",
    "receive_transfer",
    "release",
    "request_transfer",
    "reserve",
    "resolve_discrepancy",
    "resolve_found",
    "revise_purchase_order",
    "set_buffer",
    "set_safety_stock",
    "set_source",
    "settle_difference",
    "ship_transfer",
    "stock_changed",
    "stock_changed_at",
    "transfer_stock",
]
