"""What a till answers: the receipt of a sale, and what a sale would come to."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from orders.promoted import MissedView, PromotionView


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """`name` by language; `amount` after `discount_amount`."""

    position: int
    sku: str
    name: dict[str, str]
    quantity: int
    unit_price: Decimal
    discount_amount: Decimal
    amount: Decimal
    tax_rate: Decimal
    service_mode: str


@dataclass(frozen=True, slots=True)
class ReceiptTax:
    """`amount` is what is taxed at `rate`, with the `tax` in it where prices include tax."""

    rate: Decimal
    tax_inclusive: bool
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class ReceiptTender:
    tender: str
    amount: Decimal
    tendered: Decimal
    change: Decimal


@dataclass(frozen=True, slots=True)
class Seller:
    name: dict[str, str]
    registration_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A qualified invoice in short: seller with registration number, amounts and tax by rate."""

    number: str
    receipt_number: str
    location: str
    seller: Seller
    occurred_at: datetime
    business_date: date
    currency: str
    lines: tuple[ReceiptLine, ...]
    lines_amount: Decimal
    discount_amount: Decimal
    points_amount: Decimal
    total: Decimal
    tax_amount: Decimal
    taxes: tuple[ReceiptTax, ...]
    tenders: tuple[ReceiptTender, ...]
    change: Decimal
    points_spent: int
    points_earned: int
    points_balance: int | None
    training: bool = False
    promotions: tuple[PromotionView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleQuote:
    """What a sale would come to; `missed` are promotions that run here and don't apply."""

    currency: str
    lines: tuple[ReceiptLine, ...]
    lines_amount: Decimal
    discount_amount: Decimal
    points_amount: Decimal
    total: Decimal
    promotions: tuple[PromotionView, ...]
    missed: tuple[MissedView, ...]
