"""Settling a total at a till by what is handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orders import errors
from orders.models import TenderType
from orders.services.sales import SaleTender

# A till's card tender is its terminal's: what it records has been charged.
TAKEN_AT_TILLS = (
    TenderType.Kind.CASH,
    TenderType.Kind.CARD,
    TenderType.Kind.TERMINAL,
    TenderType.Kind.QR,
    TenderType.Kind.E_MONEY,
    TenderType.Kind.VOUCHER,
    TenderType.Kind.COUPON,
)
# What is worth more than there is to pay, and gives no change, is forfeited.
FORFEITED = (TenderType.Kind.COUPON, TenderType.Kind.VOUCHER)

# What settles a sale without anything handed over: goods that came back for it, points that were not there.
EXCHANGE = "exchange"
UNCOVERED = "points-uncovered"
OURS = (EXCHANGE, UNCOVERED)


@dataclass(frozen=True, slots=True)
class Handed:
    """
    What was handed over by one tender; without an `amount`, exactly what is left to pay.

    `ours` is what the platform itself books, and nobody can hand over.
    """

    tender: str
    amount: Decimal | None = None
    ours: bool = False


Settled = list[tuple[TenderType, SaleTender]]


def settle(handed: Sequence[Handed], due: Decimal, *, total: Decimal) -> Settled:
    """
    Settle what is `due` of a `total` by what was handed over, tender after tender.

    What exceeds the rest is change where the tender gives any; a coupon's or voucher's excess is forfeited.

    Raises:
        TenderUnknown: a till does not take this.
        TendersDiffer: something is left to pay, or a tender that gives no change exceeds the rest.
    """
    known = _known(handed)
    settled: Settled = []
    rest = due
    for each in handed:
        tender = known[each.tender]
        given = rest if each.amount is None else each.amount
        part = min(given, rest)
        if given > rest and not (tender.gives_change or tender.kind in FORFEITED):
            raise errors.TendersDiffer(total=total, tendered=total - rest + given)
        if part:
            settled.append((tender, SaleTender(tender.pk, part, given)))
        rest -= part
    if rest:
        raise errors.TendersDiffer(total=total, tendered=total - rest)
    return settled


def _known(handed: Sequence[Handed]) -> dict[str, TenderType]:
    codes = {each.tender for each in handed}
    taken_for_money = {each.tender for each in handed if each.tender in OURS and not each.ours}
    found = TenderType.objects.filter(code__in=codes, kind__in=TAKEN_AT_TILLS, active=True)
    known = {tender.code: tender for tender in found}
    if unknown := sorted((codes - known.keys()) | taken_for_money):
        raise errors.TenderUnknown(tenders=unknown)
    return known
