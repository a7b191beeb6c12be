"""Parked sales: put aside at one till, gone on with at any of the shop's, gone when their time is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from catalog import selectors as catalog
from customers import selectors as customers
from customers.models import Customer
from omni.core import db, idempotency
from omni.core.idempotency import Claim
from tills.errors import ParkedGone, ParkedTooMany
from tills.models import ParkedSale
from tills.services.trade import Desk

MOST = 200
Status = ParkedSale.Status


@dataclass(frozen=True, slots=True)
class Parked:
    parked_id: int
    till: str
    note: str
    lines: list[dict[str, Any]]
    member: str
    parked_at: datetime
    expires_at: datetime


def park_sale(
    *,
    desk: Desk,
    lines: Sequence[Mapping[str, Any]],
    member: str,
    note: str,
    claim: Claim,
    now: datetime,
) -> Parked:
    """
    Put a sale aside. It holds nothing: no stock, no price.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownSku, NoSuchMember
        ParkedTooMany: the shop has parked as many as it may.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Parked):
            return replayed
        catalog.get_by_codes(codes=[line["code"] for line in lines])
        location = desk.till.location
        customer = customers.get_member(code=member, country=location.country) if member else None
        if len(list_parked(desk=desk, now=now)) >= MOST:
            raise ParkedTooMany(most=MOST)
        parked = ParkedSale.objects.create(
            location=location,
            till=desk.till,
            customer=customer,
            note=note,
            lines=[dict(line) for line in lines],
            parked_at=now,
            expires_at=now + settings.TILL_PARKED,
            actor=str(desk.actor),
        )
        return idempotency.settle(claim, _parked(parked), now=now)


def list_parked(*, desk: Desk, now: datetime) -> list[Parked]:
    """What is parked in the till's shop, the oldest first."""
    rows = ParkedSale.objects.filter(
        location_id=desk.till.location_id, status=Status.PARKED, expires_at__gt=now
    )
    related = rows.select_related("till", "customer").prefetch_related("customer__identities")
    return [_parked(row) for row in related.order_by("pk")]


def resume_sale(*, desk: Desk, parked_id: int, claim: Claim, now: datetime) -> Parked:
    """
    Go on with a parked sale: at one till, once.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: nothing of this number is parked in the shop.
        ParkedGone: it was gone on with elsewhere, or its time is over.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Parked):
            return replayed
        parked = ParkedSale.objects.for_update_at(desk.till.location_id, parked_id)
        if parked.status != Status.PARKED or parked.expires_at <= now:
            gone = Status.EXPIRED if parked.status == Status.PARKED else parked.status
            raise ParkedGone(parked_sale=parked_id, status=gone)
        parked.status, parked.closed_at = Status.RESUMED, now
        parked.save(update_fields=["status", "closed_at"])
        return idempotency.settle(claim, _parked(parked), now=now)


def expire_parked(*, now: datetime) -> int:
    """Close what has run out, and forget whose it was; answer how many. The time alone ended it before."""
    due = ParkedSale.objects.filter(status=Status.PARKED, expires_at__lte=now)
    return due.update(status=Status.EXPIRED, closed_at=now, customer=None, lines=[], note="")


def _parked(parked: ParkedSale) -> Parked:
    return Parked(
        parked.pk,
        parked.till.code,
        parked.note,
        parked.lines,
        _member_number(parked.customer),
        parked.parked_at,
        parked.expires_at,
    )


def _member_number(customer: Customer | None) -> str:
    if customer is None:
        return ""
    held = [each for each in customer.identities.all() if each.kind == "MEMBER_NUMBER" and each.verified_at]
    return held[0].value if held else ""
