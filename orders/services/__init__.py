"""Everything that changes orders. `from orders import services as orders`."""

from orders.receipts import Receipt, SaleQuote
from orders.services.cancel import CancelledOrder, cancel_order
from orders.services.cancel_lines import CancelledLines, cancel_lines
from orders.services.capturing import settle_authorisations
from orders.services.carts import (
    ChangedLine,
    CreatedCart,
    NewCartLine,
    add_line,
    attach_cart,
    change_line,
    create_cart,
    delete_cart,
    remove_line,
)
from orders.services.charging import resume_order, settle_cart_payment
from orders.services.checkout import Checkout
from orders.services.collecting import Proof
from orders.services.coupons import AddedCoupon, add_coupon, remove_coupon
from orders.services.document_copies import PrintedCopy, print_document, void_document
from orders.services.documents import issue_invoice, issue_return_invoice, take_back_invoices
from orders.services.earning import earn_on_payment
from orders.services.escalating import escalate_overdue, set_accept_by
from orders.services.external import ExternalLine, ExternalOrderBooked, place_external_order
from orders.services.from_holds import FromHolds
from orders.services.fulfil import HandedOver, complete_fulfilment, hand_over
from orders.services.held import ServedFromHold, serve_from_hold
from orders.services.numbering import Place
from orders.services.one_cart import cart_of_link, get_person_cart, make_link
from orders.services.outcome import PlacedOrder
from orders.services.parts import Portion
from orders.services.payment_receipts import issue_receipt
from orders.services.place import place_order
from orders.services.promising import update_promises
from orders.services.provider_events import receive_event
from orders.services.purging import purge_guest_carts
from orders.services.received import record_received
from orders.services.reconcile import Difference, reconcile_payments
from orders.services.refunds import create_refunds, send_refunds, settle_refunds
from orders.services.rejecting import RejectedFulfilment, Rejection, reject_fulfilment
from orders.services.relocating import MovedFulfilment, move_fulfilment
from orders.services.returnable import ReturnItem
from orders.services.returns import ReceivedReturn, receive_return
from orders.services.routing import purge_decisions
from orders.services.sales import RecordedSale, Sale, SaleLine, SaleTender, record_sales
from orders.services.settling import expire_orders, settle_payments
from orders.services.tenders import Handed
from orders.services.till import Rung, TillSale, quote_sale, ring_up
from orders.services.transfers import (
    ExportedRefunds,
    confirm_transfer,
    export_refunds,
    forget_payees,
    record_payee,
    rewrite_file,
)
from orders.services.waiting import allocate_waiting
from orders.services.working import (
    Asked,
    Worked,
    accept_fulfilment,
    pack_fulfilment,
    ready_fulfilment,
    start_picking,
)

__all__ = [
    "AddedCoupon",
    "Asked",
    "CancelledLines",
    "CancelledOrder",
    "ChangedLine",
    "Checkout",
    "CreatedCart",
    "Difference",
    "ExportedRefunds",
    "ExternalLine",
    "ExternalOrderBooked",
    "FromHolds",
    "Handed",
    "HandedOver",
    "MovedFulfilment",
    "NewCartLine",
    "Place",
    "PlacedOrder",
    "Portion",
    "PrintedCopy",
    "Proof",
    "Receipt",
    "ReceivedReturn",
    "RecordedSale",
    "RejectedFulfilment",
    "Rejection",
    "ReturnItem",
    "Rung",
    "Sale",
    "SaleLine",
    "SaleQuote",
    "SaleTender",
    "ServedFromHold",
    "TillSale",
    "Worked",
    "accept_fulfilment",
    "add_coupon",
    "add_line",
    "allocate_waiting",
    "attach_cart",
    "cancel_lines",
    "cancel_order",
    "cart_of_link",
    "change_line",
    "complete_fulfilment",
    "confirm_transfer",
    "create_cart",
    "create_refunds",
    "delete_cart",
    "earn_on_payment",
    "escalate_overdue",
    "expire_orders",
    "export_refunds",
    "forget_payees",
    "get_person_cart",
    "hand_over",
    "issue_invoice",
    "issue_receipt",
    "issue_return_invoice",
    "make_link",
    "move_fulfilment",
    "pack_fulfilment",
    "place_external_order",
    "place_order",
    "print_document",
    "purge_decisions",
    "purge_guest_carts",
    "quote_sale",
    "ready_fulfilment",
    "receive_event",
    "receive_return",
    "reconcile_payments",
    "record_payee",
    "record_received",
    "record_sales",
    "reject_fulfilment",
    "remove_coupon",
    "remove_line",
    "resume_order",
    "rewrite_file",
    "ring_up",
    "send_refunds",
    "serve_from_hold",
    "set_accept_by",
    "settle_authorisations",
    "settle_cart_payment",
    "settle_payments",
    "settle_refunds",
    "start_picking",
    "take_back_invoices",
    "update_promises",
    "void_document",
]
