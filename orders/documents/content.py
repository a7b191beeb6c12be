"""
What a document says: everything that is printed on it, as it was when it was issued.

Kept as JSON beside the document (`omni.core.codec`). Names are kept in every language, so that it can
be read in any; amounts are in its currency. A field that is added later needs a default.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SellerPart:
    """Who issues it, and where. Without a registration number it is no qualified invoice."""

    name: dict[str, str]
    registration_number: str
    place: dict[str, str]
    address: dict[str, str]
    phone: str = ""


@dataclass(frozen=True, slots=True)
class LinePart:
    """
    `kind` is GOODS, SHIPPING or POINTS (a reduction of the price, negative). `amount` is after the
    line's discounts, with tax inside it where `tax_inclusive`; `reduced` puts the ※ on it.
    """

    kind: str
    name: dict[str, str]
    sku: str
    quantity: int
    discount_amount: Decimal
    amount: Decimal
    tax_rate: Decimal
    tax_inclusive: bool
    reduced: bool


@dataclass(frozen=True, slots=True)
class BucketPart:
    rate: Decimal
    tax_inclusive: bool
    reduced: bool
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class TenderPart:
    name: dict[str, str]
    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentContent:
    """
    `supplied_on` is the day of the sale, also on what takes some of it back; `original` the number of
    the invoice that it belongs to. `stamp_due`: on paper it needs a revenue stamp.
    """

    kind: str
    number: str
    issued_at: datetime
    time_zone: str
    supplied_on: date
    order: str
    seller: SellerPart
    currency: str
    lines: tuple[LinePart, ...]
    buckets: tuple[BucketPart, ...]
    total: Decimal
    tax: Decimal
    addressee: str = ""
    proviso: str = ""
    returned: str = ""
    returned_on: date | None = None
    original: str = ""
    tenders: tuple[TenderPart, ...] = ()
    stamp_due: bool = False
    version: int = 1
