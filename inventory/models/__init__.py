"""
The one stock: a level for each variant and location, the ledger that explains it, and what is
promised out of it.

`on_hand` is everything physically there; `available = on_hand − reserved − damaged −
quality_control − safety_stock`. The ledger is immutable and partitioned by `recorded_at`.
"""

from inventory.models.discrepancies import Discrepancy
from inventory.models.ledger import AdjustmentReason, Bucket, MovementKind, StockDocument, StockEntry
from inventory.models.levels import StockLevel, StockLevelQuerySet
from inventory.models.purchasing import PurchaseOrder, PurchaseOrderLine, PurchaseReceipt, Supplier
from inventory.models.reservations import Reservation
from inventory.models.sourcing import ChannelBuffer, ChannelSource
from inventory.models.transfers import Transfer, TransferDifference, TransferLine, TransferPosting

__all__ = [
    "AdjustmentReason",
    "Bucket",
    "ChannelBuffer",
    "ChannelSource",
    "Discrepancy",
    "MovementKind",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseReceipt",
    "Reservation",
    "StockDocument",
    "StockEntry",
    "StockLevel",
    "StockLevelQuerySet",
    "Supplier",
    "Transfer",
    "TransferDifference",
    "TransferLine",
    "TransferPosting",
]
