"""Reads of points: terms, balances, entries."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from customers import selectors as customers
from loyalty.errors import NoProgramme
from loyalty.models import PointAccount, PointEntry, PointLot
from loyalty.terms import ProgrammeTerms, Rate, points_for
from omni.core import sql

__all__ = [
    "Balance",
    "Expiry",
    "ProgrammeTerms",
    "TillMember",
    "balance_of",
    "find_terms",
    "get_terms",
    "get_till_member",
    "list_entries",
    "points_for",
    "recent_terms",
]

# A rate of the channel's own decides for its programme; else the oldest programme in the
# channel's currency that has a rate for every channel. One probe of small tables.
TERMS = """
WITH chosen AS (
    SELECT rate.programme_id
    FROM loyalty_earningrate AS rate
    JOIN loyalty_programme AS programme ON programme.id = rate.programme_id
    JOIN organisation_saleschannel AS channel
      ON channel.id = %(channel_id)s AND channel.currency = programme.currency
    WHERE (rate.channel_id = channel.id OR rate.channel_id IS NULL)
      AND rate.valid_from <= %(at)s AND (rate.valid_until IS NULL OR rate.valid_until > %(at)s)
    ORDER BY rate.channel_id IS NULL, rate.programme_id
    LIMIT 1
)
SELECT programme.id, programme.code, programme.currency, programme.point_value, programme.pending_days,
       programme.valid_days, programme.rounding, programme.reduces_price,
       rate.channel_id, rate.amount_per_point, rate.valid_from, rate.valid_until
FROM chosen
JOIN loyalty_programme AS programme ON programme.id = chosen.programme_id
JOIN loyalty_earningrate AS rate ON rate.programme_id = programme.id
"""


def find_terms(*, channel_id: int, at: datetime) -> ProgrammeTerms | None:
    """The terms of the programme that serves a channel, all its rates with them; one statement."""
    rows = sql.fetch_all(TERMS, {"channel_id": channel_id, "at": at})
    if not rows:
        return None
    fields: list[Any] = [*rows[0][:8], tuple(Rate(*row[8:]) for row in rows)]
    return ProgrammeTerms(*fields)


def get_terms(*, channel_id: int, at: datetime) -> ProgrammeTerms:
    """
    Raises:
        NoProgramme: no programme has a rate for the channel.
    """
    terms = find_terms(channel_id=channel_id, at=at)
    if terms is None:
        raise NoProgramme(channel_id=channel_id)
    return terms


TERMS_KEPT_SECONDS = 1.0
_terms: dict[int, tuple[float, ProgrammeTerms | None]] = {}


def recent_terms(*, channel_id: int, at: datetime) -> ProgrammeTerms | None:
    """
    `find_terms`, up to a second old: for checkouts, which would else ask before each order.

    Rates carry their own dates, so a planned change takes effect on time; only an edit that
    changes the present is seen a second late.
    """
    read_at, terms = _terms.get(channel_id, (float("-inf"), None))
    if time.monotonic() - read_at > TERMS_KEPT_SECONDS:
        terms = find_terms(channel_id=channel_id, at=at)
        _terms[channel_id] = (time.monotonic(), terms)
    return terms


@dataclass(frozen=True, slots=True)
class Expiry:
    """`points` that end at `at`."""

    at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Balance:
    """
    A person's points over all its accounts, at one moment.

    `balance` is what the ledger says; `available` what a checkout may take now: active points
    that have not expired, less what checkouts hold, less the shortfall.
    """

    balance: int
    available: int
    held: int
    pending: int
    shortfall: int
    next_expiry: Expiry | None


def balance_of(person_id: int, *, now: datetime, programme_id: int | None = None) -> Balance:
    """The person's points, over every record merged into it; three statements."""
    accounts = PointAccount.objects.filter(customer__person_id=person_id, kind=PointAccount.Kind.MEMBER)
    if programme_id is not None:
        accounts = accounts.filter(programme_id=programme_id)
    sums = accounts.aggregate(
        **{name: Coalesce(Sum(name), 0) for name in ("balance", "pending", "shortfall")}
    )
    lots = PointLot.objects.filter(account__in=accounts, active__gt=0)
    usable = lots.aggregate(
        free=Coalesce(Sum(F("active") - F("held"), filter=Q(expires_at__gt=now)), 0),
        held=Coalesce(Sum("held"), 0),
    )
    return Balance(
        balance=sums["balance"],
        available=max(0, usable["free"] - sums["shortfall"]),
        held=usable["held"],
        pending=sums["pending"],
        shortfall=sums["shortfall"],
        next_expiry=_next_expiry(lots.filter(expires_at__gt=now)),
    )


def _next_expiry(lots: QuerySet[PointLot]) -> Expiry | None:
    soonest = lots.values("expires_at").annotate(points=Sum("active")).order_by("expires_at").first()
    return Expiry(soonest["expires_at"], soonest["points"]) if soonest else None


def list_entries(person_id: int) -> QuerySet[PointEntry]:
    """The ledger of a person's accounts, newest first, with why each entry was posted."""
    accounts = PointAccount.objects.filter(customer__person_id=person_id, kind=PointAccount.Kind.MEMBER)
    return PointEntry.objects.filter(account__in=accounts).select_related("transaction").order_by("-id")


@dataclass(frozen=True, slots=True)
class TillMember:
    """A member as the till shows it: the person's names, its card, its points."""

    id: UUID
    member_number: str | None
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    points: Balance


def get_till_member(*, code: str, country: str, now: datetime) -> TillMember:
    """
    The member whom a code typed or scanned at a till names.

    Raises:
        NoSuchMember
    """
    member = customers.get_member(code=code, country=country)
    me = customers.get_me(member.person_id, email="")
    return TillMember(
        id=me.id,
        member_number=next(iter(me.member_numbers), None),
        family_name=me.family_name,
        given_name=me.given_name,
        family_name_kana=me.family_name_kana,
        given_name_kana=me.given_name_kana,
        points=balance_of(member.person_id, now=now),
    )
