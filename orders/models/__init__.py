"""The order book of every channel: carts, orders, how they are fulfilled, paid and returned."""

from orders.models.accounts import PaymentAccount, ProviderEvent
from orders.models.bundles import ComponentReservation, LineComponent
from orders.models.carts import Cart, CartCoupon, CartLine, PersonCart
from orders.models.changes import OrderChange, OrderChangeLine
from orders.models.deliveries import OrderAddress, OrderDelivery
from orders.models.documents import (
    SUPPLY_KINDS,
    Document,
    DocumentKind,
    DocumentPrint,
    DocumentSeries,
    StampDutyLimit,
)
from orders.models.fulfilments import Fulfilment, FulfilmentKind, FulfilmentLine
from orders.models.orders import LineDiscount, Order, OrderContact, OrderLine, OrderPromotion, OrderTax
from orders.models.payments import Asked, Payment, Refund
from orders.models.promises import LinePromise, PromiseChange
from orders.models.returns import Return, ReturnLine
from orders.models.routing import RoutingDecision, RoutingRules
from orders.models.shipping import Carrier, CarrierSlot, MethodRate, ShippingMethod, ShippingZone
from orders.models.tenders import TenderType
from orders.models.transfers import PayoutAccount, RefundPayee, RefundTransfer, TransferredRefund
from orders.models.work import MOST_URGENT, TO_DO, FulfilmentStep, HandOver, WorkItem

__all__ = [
    "MOST_URGENT",
    "SUPPLY_KINDS",
    "TO_DO",
    "Asked",
    "Carrier",
    "CarrierSlot",
    "Cart",
    "CartCoupon",
    "CartLine",
    "ComponentReservation",
    "Document",
    "DocumentKind",
    "DocumentPrint",
    "DocumentSeries",
    "Fulfilment",
    "FulfilmentKind",
    "FulfilmentLine",
    "FulfilmentStep",
    "HandOver",
    "LineComponent",
    "LineDiscount",
    "LinePromise",
    "MethodRate",
    "Order",
    "OrderAddress",
    "OrderChange",
    "OrderChangeLine",
    "OrderContact",
    "OrderDelivery",
    "OrderLine",
    "OrderPromotion",
    "OrderTax",
    "Payment",
    "PaymentAccount",
    "PayoutAccount",
    "PersonCart",
    "PromiseChange",
    "ProviderEvent",
    "Refund",
    "RefundPayee",
    "RefundTransfer",
    "Return",
    "ReturnLine",
    "RoutingDecision",
    "RoutingRules",
    "ShippingMethod",
    "ShippingZone",
    "StampDutyLimit",
    "TenderType",
    "TransferredRefund",
    "WorkItem",
]
