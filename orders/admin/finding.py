"""Finding orders: by number (ours, the receipt's or the channel's), or by whose they are."""

import re

from django.db.models import Q

from customers.admin.finding import person_ids
from customers.normalisation import spellings
from omni.core.admin.search import Finder, plain
from orders.models import Order, OrderContact
from orders.numbers import FORMER_SEPARATOR, RECEIPT, SEPARATOR
from organisation.models import Location

MOST = 500


def order_ids(term: str) -> list[int]:
    """The orders of that number first; else by receipt, person, or name, phone or e-mail on them."""
    number = plain(term)
    named = Order.objects.filter(Q(number=number) | Q(external_number=number)).values_list("pk", flat=True)
    if ids := list(named[:MOST]):
        return ids
    owned = Order.objects.filter(customer__person__in=person_ids(term)).order_by("-pk")
    written = _contacts(number, term)
    return [*_receipts(number), *owned.values_list("pk", flat=True)[:MOST], *written]


def _receipts(term: str) -> list[int]:
    """Tills' sales by the receipt's own number, in whichever shop, or by both joined by a hyphen."""
    numbers = [
        term[: hyphen.start()] + SEPARATOR + term[hyphen.end() :]
        for hyphen in re.finditer(re.escape(FORMER_SEPARATOR), term)
    ]
    if re.fullmatch(RECEIPT, term):
        codes = Location.objects.values_list("code", flat=True)
        numbers += [code + mark + term for code in codes for mark in (SEPARATOR, FORMER_SEPARATOR)]
    return list(Order.objects.filter(number__in=numbers).values_list("pk", flat=True)[:MOST])


def _contacts(number: str, term: str) -> list[int]:
    spelt = {value for _kind, value in spellings(term)} | {number}
    found = (
        Q(phone__in=spelt) | Q(email__in=spelt) | Q(name__icontains=number) | Q(name_kana__icontains=number)
    )
    return list(OrderContact.objects.filter(found).values_list("order_id", flat=True)[:MOST])


def orders(path: str) -> Finder:
    """Rows whose `path` is an order that the term names."""
    return lambda term: Q(**{f"{path}__in": order_ids(term)})
