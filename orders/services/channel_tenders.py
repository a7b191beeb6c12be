"""How an order that a channel has sold is settled: by the channel, and by what it bears itself."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from omni.core.errors import InvalidField
from orders.models import Payment, TenderType
from orders.totals import ZERO
from orders.writing import NewPayment

# What a channel pays for itself, by what it calls it: to us a tender, settled with the rest.
BORNE = {
    "points": ("channel-points", {"ja": "チャネル負担ポイント", "en": "Points that the channel bears"}),
    "coupons": ("channel-coupons", {"ja": "チャネル負担クーポン", "en": "Coupons that the channel bears"}),
}


def borne_of(given: Mapping[str, Decimal], *, total: Decimal) -> dict[str, Decimal]:
    """
    What the channel bears of a total, without what is nothing.

    Raises:
        InvalidField: it is more than the total, or something without a name.
    """
    borne = {name: amount for name, amount in given.items() if amount}
    if not set(borne) <= set(BORNE) or sum(borne.values(), ZERO) > total:
        raise InvalidField(field="borne", rule="within-the-total")
    return borne


def payments_of(*, total: Decimal, borne: Mapping[str, Decimal], settled_at: datetime) -> list[NewPayment]:
    """By the tenders of what the channel bears, and for the rest by its own."""
    parts = {_borne_tender(name): amount for name, amount in borne.items()}
    if rest := total - sum(parts.values(), ZERO):
        parts[_paid_to_channel()] = rest
    return [
        NewPayment(
            tender_type_id=tender.pk,
            status=Payment.Status.CAPTURED,
            amount=amount,
            captured_amount=amount,
            settled_at=settled_at,
        )
        for tender, amount in parts.items()
    ]


def _paid_to_channel() -> TenderType:
    apart = [code for code, _ in BORNE.values()]
    known = TenderType.objects.filter(kind=TenderType.Kind.EXTERNAL).exclude(code__in=apart)
    return known.order_by("pk").first() or _tender(
        "external", {"ja": "チャネル決済", "en": "Paid to the channel"}
    )


def _borne_tender(name: str) -> TenderType:
    return _tender(*BORNE[name])


def _tender(code: str, name: Mapping[str, str]) -> TenderType:
    """No till takes it; what comes back goes by the channel, which takes back what it has paid for."""
    defaults = {
        "name": dict(name),
        "kind": TenderType.Kind.EXTERNAL,
        "refund_route": TenderType.RefundRoute.CHANNEL,
    }
    tender, _ = TenderType.objects.get_or_create(code=code, defaults=defaults)
    return tender
