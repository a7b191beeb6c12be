"""
The one stock: a level for each variant and location, the ledger that explains it, and what is
promised out of it.

`on_hand` is everything physically there; `available = on_hand − reserved − damaged −
quality_control − safety_stock`. The ledger is immutable and partitioned by `recorded_at`.
"""

from inventory.models.archives import LAST_ARCHIVED_DOCUMENT, LAST_ARCHIVED_ENTRY, LedgerArchive
from inventory.models.backorders import Backlog, BackorderPolicy
from inventory.models.buffers import LearnedBuffer
from inventory.models.closings import Closing, ClosingLine, ClosingRatio
from inventory.models.counting import CountLimit, CountLine, CountRecord, CountSheet
from inventory.models.discrepancies import Discrepancy, RejectionReason
from inventory.models.ledger import AdjustmentReason, Bucket, MovementKind, StockDocument, StockEntry
from inventory.models.levels import StockLevel, StockLevelQuerySet
from inventory.models.lots import Dated, Lot, LotEntry, LotStock, LotTracking, ShelfLife, Tracks
from inventory.models.owners import (
    CostMethod,
    CostPolicy,
    LeavesFirst,
    MovementOrigin,
    Owner,
    Ownership,
    ReceiptCost,
    SupplyTerm,
)
from inventory.models.purchasing import PurchaseOrder, PurchaseOrderLine, PurchaseReceipt, Supplier
from inventory.models.replenishment import LowStock, ReplenishmentPolicy, StockPlan, Suggestion
from inventory.models.reservations import Reservation
from inventory.models.sourcing import ChannelBuffer, ChannelSource
from inventory.models.stocktaking import Scan, SectionCount, StockTake, StockTakeLine, StockTakeSection
from inventory.models.transfers import Transfer, TransferDifference, TransferLine, TransferPosting
from inventory.models.valuation import (
    CostCorrection,
    CostPool,
    OwnedStock,
    Valuation,
    ValuationCursor,
    ValuationKind,
)

__all__ = [
    "LAST_ARCHIVED_DOCUMENT",
    "LAST_ARCHIVED_ENTRY",
    "AdjustmentReason",
    "Backlog",
    "BackorderPolicy",
    "Bucket",
    "ChannelBuffer",
    "ChannelSource",
    "Closing",
    "ClosingLine",
    "ClosingRatio",
    "CostCorrection",
    "CostMethod",
    "CostPolicy",
    "CostPool",
    "CountLimit",
    "CountLine",
    "CountRecord",
    "CountSheet",
    "Dated",
    "Discrepancy",
    "LearnedBuffer",
    "LeavesFirst",
    "LedgerArchive",
    "Lot",
    "LotEntry",
    "LotStock",
    "LotTracking",
    "LowStock",
    "MovementKind",
    "MovementOrigin",
    "OwnedStock",
    "Owner",
    "Ownership",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseReceipt",
    "ReceiptCost",
    "RejectionReason",
    "ReplenishmentPolicy",
    "Reservation",
    "Scan",
    "SectionCount",
    "ShelfLife",
    "StockDocument",
    "StockEntry",
    "StockLevel",
    "StockLevelQuerySet",
    "StockPlan",
    "StockTake",
    "StockTakeLine",
    "StockTakeSection",
    "Suggestion",
    "Supplier",
    "SupplyTerm",
    "Tracks",
    "Transfer",
    "TransferDifference",
    "TransferLine",
    "TransferPosting",
    "Valuation",
    "ValuationCursor",
    "ValuationKind",
]
