"""The customer record of a user who signs in."""

from datetime import datetime

from allauth.account.models import EmailAddress

from customers import selectors
from customers.errors import IdentityTaken
from customers.models import Account, Customer, Identity
from customers.services.register import Claimed, Profile, add_identity, register_customer
from omni.core import db
from organisation.models import User

SOURCE = "ec-account"


def ensure_customer_for(*, user: User, now: datetime) -> Customer:
    """
    The record that a user signs in as, made by the first request that needs it.

    Two first requests at once make one record: the second waits for the user's row. An e-mail
    address that is verified here but names another customer already stays a mere claim: linking
    the member card proves that they are one.
    """
    return selectors.customer_of(user) or _make_customer(user, now)


def prove_email(*, user: User, email: str, now: datetime) -> None:
    """Mark an address that the user has just verified as the customer's own."""
    ensure_customer_for(user=user, now=now)
    with db.transaction():
        customer = selectors.customer_of(user)
        assert customer is not None
        _add_email(customer, email, verified=True, now=now)


def _make_customer(user: User, now: datetime) -> Customer:
    with db.transaction():
        Account.objects.lock_user(user)
        if made_meanwhile := selectors.customer_of(user):
            return made_meanwhile
        customer = register_customer(
            profile=Profile(language=user.language),
            identities=[Claimed(Identity.Kind.EC_ACCOUNT, f"user:{user.pk}", verified=True)],
            source=SOURCE,
            now=now,
        )
        Account.objects.create(user=user, customer=customer, created_at=now)
        verified = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
        _add_email(customer, user.email, verified=verified, now=now)
        return customer


def _add_email(customer: Customer, email: str, *, verified: bool, now: datetime) -> None:
    try:
        add_identity(
            customer_id=customer.pk,
            kind=Identity.Kind.EMAIL,
            value=email,
            verified=verified,
            source=SOURCE,
            now=now,
        )
    except IdentityTaken:
        _add_email(customer, email, verified=False, now=now)
