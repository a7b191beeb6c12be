"""Everything that changes stock. `from inventory import services as inventory`."""

from inventory.services.allocating import Allocation, Kit, Prefer, allocate
from inventory.services.archiving import ArchivedMonth, attach_months, detach_months
from inventory.services.arriving import receive_transfer
from inventory.services.assembling import Assembled, assemble
from inventory.services.backlogs import (
    AheadWant,
    Supplied,
    changes_of,
    lock_backlogs,
    lower_backlog,
    raise_backlog,
    sell_ahead,
    supply_for_waiting,
)
from inventory.services.backordering import set_backorder_policy, tell_releases
from inventory.services.backtesting import Replayed, backtest_buffers
from inventory.services.batches import DocumentRef, Movement
from inventory.services.closing import ClosedMonth, close_month
from inventory.services.closing_stock import (
    approve_stock_take,
    cancel_stock_take,
    close_stock_take,
    decide_uncounted,
    post_stock_take,
    reopen_stock_take,
)
from inventory.services.correcting import CostCorrected, correct_receipt_cost, find_unit_cost
from inventory.services.costs import Cost, list_documents, name_origins, own, owner, record_costs
from inventory.services.counting import (
    Counted,
    SheetNow,
    cancel_count_sheet,
    open_count_sheet,
    record_counts,
    request_recount,
    sheet_now,
)
from inventory.services.delivering import receive_purchase_order
from inventory.services.drawing import Drawn, draw, free_drawn, lock_holds, settle_drawn
from inventory.services.fulfilling import fulfil
from inventory.services.holding import Held, extend_hold, hold_stock, move_hold, release_hold, split_hold
from inventory.services.incoming import Arrival
from inventory.services.judging import accept_counts, reject_counts, request_section_recount
from inventory.services.late import absorb_late_movements
from inventory.services.learning import LearnedAll, LearnedClass, learn_buffers
from inventory.services.lot_blocking import (
    EXPIRED_AT_ONCE,
    BlockedLot,
    block_lot,
    set_expired_aside,
    tell_short_dated,
)
from inventory.services.lot_counting import count_lots
from inventory.services.masters import set_replenishment_policies, set_suppliers, set_supply_terms
from inventory.services.messages import stock_changed, stock_changed_at
from inventory.services.moving import LevelNow, StockChange, adjust_stock, find_stockless, receive_stock
from inventory.services.opening import Opening, open_discrepancies, open_unallocated, settle_unallocated
from inventory.services.picking import LotUnits, of_values, share_out
from inventory.services.posting import PostedDocument, create_levels, post_documents, post_movements
from inventory.services.promises import Conversion, convert, extend, lock_live, move, split
from inventory.services.purchasing import (
    OrderedLine,
    PurchaseOrderNow,
    cancel_purchase_order,
    close_purchase_order,
    draft_purchase_order,
    place_purchase_order,
    reschedule_purchase_order,
    revise_purchase_order,
)
from inventory.services.remedies import (
    AssignedDiscrepancy,
    ResolvedDiscrepancy,
    assign_discrepancy,
    report_rejection,
    resolve_discrepancy,
)
from inventory.services.replenishing import Replenished, Suggested, replenish
from inventory.services.requesting import request_transfer
from inventory.services.reserving import (
    commit,
    draw_reservations,
    expire_reservations,
    lock_open,
    release,
    reserve,
)
from inventory.services.settling import (
    Found,
    Source,
    require_amount_of_kind,
    resolve_found,
    set_buffer,
    set_safety_stock,
    set_safety_stocks,
    set_source,
    set_sources,
)
from inventory.services.settling_counts import (
    approve_count,
    get_counter,
    post_count_sheet,
    submit_count_sheet,
)
from inventory.services.settling_transfers import Settlement, acting_location_id, settle_difference
from inventory.services.stocktaking import (
    Read,
    SectionNow,
    SectionSpec,
    StockTakeNow,
    add_sections,
    open_stock_take,
    record_scans,
    submit_section,
)
from inventory.services.suggestions import Accepted, accept_suggestions, dismiss_suggestion
from inventory.services.tracking import TrackingNow, start_tracking, stop_tracking
from inventory.services.transferring import (
    TransferNow,
    approve_transfer,
    cancel_transfer,
    ship_transfer,
    transfer_stock,
)
from inventory.services.valuation import BATCH as VALUED_AT_ONCE
from inventory.services.valuation import value_entries
from inventory.services.wants import Behind, OpenReservation, Want
from inventory.services.watching import watch_low_stock

__all__ = [
    "EXPIRED_AT_ONCE",
    "VALUED_AT_ONCE",
    "Accepted",
    "AheadWant",
    "Allocation",
    "ArchivedMonth",
    "Arrival",
    "Assembled",
    "AssignedDiscrepancy",
    "Behind",
    "BlockedLot",
    "ClosedMonth",
    "Conversion",
    "Cost",
    "CostCorrected",
    "Counted",
    "DocumentRef",
    "Drawn",
    "Found",
    "Held",
    "Kit",
    "LearnedAll",
    "LearnedClass",
    "LevelNow",
    "LotUnits",
    "Movement",
    "OpenReservation",
    "Opening",
    "OrderedLine",
    "PostedDocument",
    "Prefer",
    "PurchaseOrderNow",
    "Read",
    "Replayed",
    "Replenished",
    "ResolvedDiscrepancy",
    "SectionNow",
    "SectionSpec",
    "Settlement",
    "SheetNow",
    "Source",
    "StockChange",
    "StockTakeNow",
    "Suggested",
    "Supplied",
    "TrackingNow",
    "TransferNow",
    "Want",
    "absorb_late_movements",
    "accept_counts",
    "accept_suggestions",
    "acting_location_id",
    "add_sections",
    "adjust_stock",
    "allocate",
    "approve_count",
    "approve_stock_take",
    "approve_transfer",
    "assemble",
    "assign_discrepancy",
    "attach_months",
    "backtest_buffers",
    "block_lot",
    "cancel_count_sheet",
    "cancel_purchase_order",
    "cancel_stock_take",
    "cancel_transfer",
    "changes_of",
    "close_month",
    "close_purchase_order",
    "close_stock_take",
    "commit",
    "convert",
    "correct_receipt_cost",
    "count_lots",
    "create_levels",
    "decide_uncounted",
    "detach_months",
    "dismiss_suggestion",
    "draft_purchase_order",
    "draw",
    "draw_reservations",
    "expire_reservations",
    "extend",
    "extend_hold",
    "find_stockless",
    "find_unit_cost",
    "free_drawn",
    "fulfil",
    "get_counter",
    "hold_stock",
    "learn_buffers",
    "list_documents",
    "lock_backlogs",
    "lock_holds",
    "lock_live",
    "lock_open",
    "lower_backlog",
    "move",
    "move_hold",
    "name_origins",
    "of_values",
    "open_count_sheet",
    "open_discrepancies",
    "open_stock_take",
    "open_unallocated",
    "own",
    "owner",
    "place_purchase_order",
    "post_count_sheet",
    "post_documents",
    "post_movements",
    "post_stock_take",
    "raise_backlog",
    "receive_purchase_order",
    "receive_stock",
    "receive_transfer",
    "record_costs",
    "record_counts",
    "record_scans",
    "reject_counts",
    "release",
    "release_hold",
    "reopen_stock_take",
    "replenish",
    "report_rejection",
    "request_recount",
    "request_section_recount",
    "request_transfer",
    "require_amount_of_kind",
    "reschedule_purchase_order",
    "reserve",
    "resolve_discrepancy",
    "resolve_found",
    "revise_purchase_order",
    "sell_ahead",
    "set_backorder_policy",
    "set_buffer",
    "set_expired_aside",
    "set_replenishment_policies",
    "set_safety_stock",
    "set_safety_stocks",
    "set_source",
    "set_sources",
    "set_suppliers",
    "set_supply_terms",
    "settle_difference",
    "settle_drawn",
    "settle_unallocated",
    "share_out",
    "sheet_now",
    "ship_transfer",
    "split",
    "split_hold",
    "start_tracking",
    "stock_changed",
    "stock_changed_at",
    "stop_tracking",
    "submit_count_sheet",
    "submit_section",
    "supply_for_waiting",
    "tell_releases",
    "tell_short_dated",
    "transfer_stock",
    "value_entries",
    "watch_low_stock",
]
