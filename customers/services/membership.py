"""Handing out a member card at a till."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from customers.models import Identity
from customers.services.register import Claimed, Profile, register_customer
from omni.core import db, idempotency
from omni.core.idempotency import Claim


@dataclass(frozen=True, slots=True)
class MemberRegistered:
    id: UUID
    member_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """
    What a shop writes down with a card. `email_confirmed`: the member proved the address there,
    by the code that the shop's terminal sends; only then can it prove the card later.
    """

    member_number: str
    profile: Profile = field(default_factory=Profile)
    email: str = ""
    email_confirmed: bool = False
    phone: str = ""
    country: str = "JP"


def register_member(*, member: NewMember, source: str, claim: Claim, now: datetime) -> MemberRegistered:
    """
    Register a member with a card.

    Raises:
        InvalidIdentity: the number, e-mail address or phone number is not valid.
        IdentityTaken: the card, or the proven address, is somebody's already.
        ClaimInFlight, ClaimMismatch
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=MemberRegistered):
            return replayed
        identities = [Claimed(Identity.Kind.MEMBER_NUMBER, member.member_number, verified=True)]
        if member.email:
            identities.append(Claimed(Identity.Kind.EMAIL, member.email, member.email_confirmed))
        if member.phone:
            identities.append(Claimed(Identity.Kind.PHONE, member.phone, country=member.country))
        customer = register_customer(profile=member.profile, identities=identities, source=source, now=now)
        number = customer.identities.get(kind=Identity.Kind.MEMBER_NUMBER).value
        return idempotency.settle(claim, MemberRegistered(customer.public_id, number), now=now)
