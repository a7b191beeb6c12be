"""Reads of customers. What belongs to a person is asked by `Customer.person_id`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from customers import normalisation
from customers.errors import NoSuchAddress, NoSuchMember
from customers.models import Address, Customer, Identity
from omni.core import sql

# Plan: one index probe of identity_value; a verified (kind, value) is unique.
FIND = """
SELECT identity.customer_id
FROM customers_identity AS identity
JOIN unnest(%(kinds)s::text[], %(values)s::text[]) WITH ORDINALITY AS wanted (kind, value, position)
  ON identity.value = wanted.value AND identity.kind = wanted.kind
WHERE identity.verified_at IS NOT NULL
ORDER BY wanted.position
LIMIT 1
"""


def customer_of(user: Any) -> Customer | None:
    """The record that a user signs in as; None for staff, devices and guests."""
    if getattr(user, "pk", None) is None:
        return None
    return Customer.objects.filter(account__user_id=user.pk).first()


@dataclass(frozen=True, slots=True)
class KnownBy:
    kind: str
    value: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Me:
    """A person as its own profile shows it: the root record, and the identities of all of them."""

    id: UUID
    email: str
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    birth_date: date | None
    language: str
    identities: tuple[KnownBy, ...]

    @property
    def member_numbers(self) -> list[str]:
        return [held.value for held in self.identities if held.kind == "MEMBER_NUMBER" and held.verified]


def get_me(person_id: int, *, email: str) -> Me:
    """The person's profile; two statements. `email` is what the account signs in with."""
    person = Customer.objects.get(pk=person_id)
    names = ("family_name", "given_name", "family_name_kana", "given_name_kana", "birth_date", "language")
    held = list_identities(person_id).values_list("kind", "value", "verified_at")
    return Me(
        id=person.public_id,
        email=email,
        identities=tuple(KnownBy(kind, value, at is not None) for kind, value, at in held),
        **{name: getattr(person, name) for name in names},
    )


def find_member(*, code: str, country: str = normalisation.DEFAULT_COUNTRY) -> Customer | None:
    """
    The customer whom a member number, a card's barcode, a phone number or an e-mail names.

    Only verified identities name anybody. A number that is one customer's member number and
    another's phone is taken for the member number.
    """
    wanted = normalisation.spellings(code, country=country)
    if not wanted:
        return None
    kinds, values = zip(*wanted, strict=True)
    row = sql.fetch_one(FIND, {"kinds": list(kinds), "values": list(values)})
    return Customer.objects.get(pk=row[0]) if row else None


def find_by_identity(*, kind: str, value: str) -> Customer | None:
    """The customer whom a verified identity, already in its one spelling, names."""
    row = sql.fetch_one(FIND, {"kinds": [str(kind)], "values": [value]})
    return Customer.objects.get(pk=row[0]) if row else None


def get_member(*, code: str, country: str = normalisation.DEFAULT_COUNTRY) -> Customer:
    """
    Raises:
        NoSuchMember
    """
    found = find_member(code=code, country=country)
    if found is None:
        raise NoSuchMember(member=code[:64])
    return found


def find_by_member_numbers(*, numbers: Sequence[str]) -> dict[str, int]:
    """Customer ids by member number, as given: one statement for an importer's batch."""
    spelt = {number: normalisation.normalise(kind="MEMBER_NUMBER", value=number) for number in numbers}
    held = Identity.objects.filter(
        kind=Identity.Kind.MEMBER_NUMBER, value__in=set(spelt.values()), verified_at__isnull=False
    ).values_list("value", "customer_id")
    by_value = dict(held)
    return {number: by_value[value] for number, value in spelt.items() if value in by_value}


def list_identities(person_id: int) -> QuerySet[Identity]:
    """Every identity of every record of the person."""
    return Identity.objects.filter(customer__person_id=person_id).order_by("kind", "pk")


def list_addresses(person_id: int) -> QuerySet[Address]:
    """The person's addresses that are in use, the default first."""
    held = Address.objects.filter(customer__person_id=person_id, archived_at=None)
    return held.order_by("-default", "pk")


def get_address(person_id: int, address_id: int) -> Address:
    """
    An address of the person, archived or not.

    Raises:
        NoSuchAddress: there is none, or it is somebody else's.
    """
    found = Address.objects.filter(customer__person_id=person_id, pk=address_id).first()
    if found is None:
        raise NoSuchAddress()
    return found


def find_verified_email(person_id: int) -> str | None:
    """Where a code for the person can be sent: its verified e-mail address seen last."""
    held = Identity.objects.filter(
        Q(customer__person_id=person_id), kind=Identity.Kind.EMAIL, verified_at__isnull=False
    )
    return held.order_by("-last_seen_at", "-pk").values_list("value", flat=True).first()
