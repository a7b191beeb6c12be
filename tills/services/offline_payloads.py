"""What stands in a journal's entry, as the order book's services take it; what is wrong there is named."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from omni.core.errors import InvalidField
from orders.services.from_holds import FromHolds
from orders.services.returnable import ReturnItem
from orders.services.tenders import Handed
from orders.services.till import Rung, TillSale

Payload = Mapping[str, Any]

# Why a price is not that of the list: it was what the device had been told.
OFFLINE = "offline"


def sale_of(payload: Payload, at: datetime) -> TillSale:
    """A sale at the prices that were charged."""
    return TillSale(
        receipt_number=text(payload, "receipt_number", 30),
        occurred_at=at,
        member=text(payload, "member", 128, default=""),
        points=whole(payload, "points", default=0),
        lines=[_rung(line) for line in rows(payload, "lines")],
        tenders=[
            Handed(text(each, "tender", 32), amount(each, "amount"))
            for each in rows(payload, "tenders", default=True)
        ],
        holds=FromHolds(),
        promote=False,
    )


def _rung(line: Payload) -> Rung:
    price = amount(line, "unit_price")
    if price is None:
        raise InvalidField(field="unit_price", rule="required")
    return Rung(
        code=text(line, "code", 64),
        quantity=whole(line, "quantity", default=1),
        unit_price=price,
        service_mode="EAT_IN" if line.get("service_mode") == "EAT_IN" else "TAKE_OUT",
        reason=text(line, "reason", 20, default=OFFLINE),
    )


def items_of(payload: Payload) -> list[ReturnItem]:
    return [
        ReturnItem(
            None, whole(line, "quantity", default=1), line.get("restock") is not False, text(line, "code", 64)
        )
        for line in rows(payload, "lines")
    ]


def text(payload: Payload, field: str, most: int, default: str | None = None) -> str:
    value = payload.get(field, default)
    if not isinstance(value, str) or len(value) > most or (default is None and not value):
        raise InvalidField(field=field, rule="text", most=most)
    return value


def whole(payload: Payload, field: str, default: int | None = None) -> int:
    value = payload.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise InvalidField(field=field, rule="whole-number")
    return value


def amount(payload: Payload, field: str) -> Decimal | None:
    value = payload.get(field)
    if value is None:
        return None
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 <= number < 10**12:
        raise InvalidField(field=field, rule="amount")
    return number


def rows(payload: Payload, field: str, *, default: bool = False) -> list[Payload]:
    value = payload.get(field, [] if default else None)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value) or len(value) > 200:
        raise InvalidField(field=field, rule="list")
    if not value and not default:
        raise InvalidField(field=field, rule="required")
    return value
