"""What a shopper says of herself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from customers.models import Customer
from omni.core import db
from omni.core.errors import InvalidField

EDITABLE = (
    "family_name",
    "given_name",
    "family_name_kana",
    "given_name_kana",
    "birth_date",
    "language",
)


def update_profile(*, customer: Customer, changes: Mapping[str, Any], now: datetime) -> Customer:
    """
    Change the profile of the person that a record belongs to: what every screen shows.

    Raises:
        InvalidField: a birth date to come, or a language that isn't spoken here.
    """
    with db.transaction():
        return change_profile(customer=customer, changes=changes, now=now)


def change_profile(*, customer: Customer, changes: Mapping[str, Any], now: datetime) -> Customer:
    """
    The same, in its caller's transaction.

    Raises:
        InvalidField: a birth date to come, or a language that isn't spoken here.
    """
    db.require_transaction()
    wanted = {name: changes[name] for name in EDITABLE if name in changes}
    _check(wanted, now)
    (person,) = Customer.objects.for_update_persons([customer.person_id])
    for name, value in wanted.items():
        setattr(person, name, value)
    if wanted:
        person.save(update_fields=list(wanted))
    return person


def _check(wanted: Mapping[str, Any], now: datetime) -> None:
    birth_date = wanted.get("birth_date")
    if birth_date and birth_date > now.date():
        raise InvalidField(field="birth_date", rule="not-in-the-future")
    if "language" in wanted and wanted["language"] not in dict(settings.LANGUAGES):
        raise InvalidField(field="language", rule="choice")
