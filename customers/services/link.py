"""
Linking a member card to a signed-in account by a one-time code.

The code goes to the member's verified e-mail address. What the caller is told is the same
whether the member number exists or not; only who reads that mailbox learns more.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from customers import normalisation, selectors
from customers.delivery import deliver_code
from customers.errors import CircularMerge, CodeSpent, NoSuchChallenge, TooManyCodes, WrongCode
from customers.models import Customer, Identity, LinkChallenge
from customers.services.accounts import ensure_customer_for
from customers.services.merge import merge_customers
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from organisation.models import User

DIGITS = 6
MAX_TRIES = 5
LIFETIME = timedelta(minutes=10)
# Guessing takes 10^6 / 2 tries on average; an account gets 25 in this window.
WINDOW = timedelta(minutes=15)
CODES_PER_WINDOW = 5


@dataclass(frozen=True, slots=True)
class LinkRequested:
    """`sent_to` is the kind of identity; the address itself is nobody's business but its owner's."""

    challenge: UUID
    sent_to: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Linked:
    """The account is now one person with the member: `person` is the public id of both."""

    person: UUID


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A challenge just written, with the code that only its mail will hold."""

    challenge: LinkChallenge
    to: str | None
    code: str
    language: str


def request_link(*, user: User, member_number: str, claim: Claim, now: datetime) -> LinkRequested:
    """
    Send a one-time code to the member whose card it is, and answer which challenge it solves.

    An unknown number, or a member without a verified e-mail address, gets the same answer and
    nothing is sent. The code is sent after the commit: a replay sends no second one.

    Raises:
        InvalidIdentity: this can't be a member number.
        CircularMerge: the card is linked to this account already.
        TooManyCodes: five in a quarter of an hour are enough.
        ClaimInFlight, ClaimMismatch
    """
    number = normalisation.normalise(kind=Identity.Kind.MEMBER_NUMBER, value=member_number)
    customer = ensure_customer_for(user=user, now=now)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=LinkRequested):
            return replayed
        sealed = _seal(customer, number, now)
        challenge = sealed.challenge
        result = LinkRequested(challenge.pk, challenge.sent_to, challenge.expires_at)
        idempotency.settle(claim, result, now=now)
    if sealed.to:
        deliver_code(
            to=sealed.to, code=sealed.code, language=sealed.language, expires_at=challenge.expires_at
        )
    return result


def confirm_link(
    *, user: User, challenge_id: UUID, code: str, claim: Claim, actor: Actor, now: datetime
) -> Linked:
    """
    Solve a challenge: the account and the member become one person.

    A wrong try is counted by a commit of its own, so that the refusal can't take it back.

    Raises:
        NoSuchChallenge: there is none, or it is somebody else's.
        WrongCode: `tries_left` of five.
        CodeSpent: it was used, has expired, or was tried too often.
        CircularMerge: they became one person meanwhile.
        ClaimInFlight, ClaimMismatch
    """
    customer = ensure_customer_for(user=user, now=now)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Linked):
            return replayed
        challenge = _locked_challenge(challenge_id, customer, now)
        if _fits(challenge, code):
            return idempotency.settle(claim, _solve(challenge, customer, actor, now), now=now)
        LinkChallenge.objects.filter(pk=challenge.pk).update(tries=F("tries") + 1)
    raise WrongCode(tries_left=MAX_TRIES - challenge.tries - 1)


def _seal(customer: Customer, number: str, now: datetime) -> _Sealed:
    """Count and write under the lock of the person, so that codes can't be asked for in parallel."""
    Customer.objects.for_update_persons([customer.person_id])
    _refuse_too_many(customer, now)
    member = selectors.find_by_identity(kind=Identity.Kind.MEMBER_NUMBER, value=number)
    if member and member.person_id == customer.person_id:
        raise CircularMerge()
    to = _address(member, now) if member else None
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    identifier = uuid7()
    challenge = LinkChallenge.objects.create(
        id=identifier,
        member=member if to else None,
        requested_by=customer,
        digest=_digest(identifier, code),
        sent_to=Identity.Kind.EMAIL,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return _Sealed(challenge, to, code, member.language if member else customer.language)


def _refuse_too_many(customer: Customer, now: datetime) -> None:
    recent = LinkChallenge.objects.filter(
        requested_by__person_id=customer.person_id, created_at__gt=now - WINDOW
    )
    if recent.count() >= CODES_PER_WINDOW:
        raise TooManyCodes()


def _address(member: Customer, now: datetime) -> str | None:
    """Where to send, unless the member's mailbox has had enough codes, whoever asked for them."""
    sent = LinkChallenge.objects.filter(member__person_id=member.person_id, created_at__gt=now - WINDOW)
    return selectors.find_verified_email(member.person_id) if sent.count() < CODES_PER_WINDOW else None


def _locked_challenge(challenge_id: UUID, customer: Customer, now: datetime) -> LinkChallenge:
    challenge = LinkChallenge.objects.for_update_of(customer, challenge_id)
    if challenge is None:
        raise NoSuchChallenge()
    if challenge.used_at or challenge.expires_at <= now or challenge.tries >= MAX_TRIES:
        raise CodeSpent()
    return challenge


def _fits(challenge: LinkChallenge, code: str) -> bool:
    given = _digest(challenge.pk, unicodedata.normalize("NFKC", code).replace(" ", ""))
    return constant_time_compare(given, bytes(challenge.digest)) and challenge.member_id is not None


def _solve(challenge: LinkChallenge, customer: Customer, actor: Actor, now: datetime) -> Linked:
    assert challenge.member_id is not None
    merge = merge_customers(
        customer_id=customer.pk, into_id=challenge.member_id, reason="link-code", actor=actor, now=now
    )
    challenge.used_at = now
    challenge.save(update_fields=["used_at"])
    return Linked(person=merge.into.public_id)


def _digest(challenge_id: UUID, code: str) -> bytes:
    """Keyed by SECRET_KEY and bound to the challenge: useless to whoever reads the table."""
    return salted_hmac("customers.link", f"{challenge_id}:{code}", algorithm="sha256").digest()
