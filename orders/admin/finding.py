"""Finding orders: by number (ours or the channel's), or by whose they are."""

from django.db.models import Q

from customers.admin.finding import person_ids
from customers.normalisation import spellings
from omni.core.admin.search import Finder, plain
from orders.models import Order, OrderContact

MOST = 500


def order_ids(term: str) -> list[int]:
    """The orders of that number first; else of that person, or with that name, phone or e-mail on them."""
    number = plain(term)
    named = Order.objects.filter(Q(number=number) | Q(external_number=number)).values_list("pk", flat=True)
    if ids := list(named[:MOST]):
        return ids
    owned = Order.objects.filter(customer__person__in=person_ids(term)).order_by("-pk")
    written = _contacts(number, term)
    return [*owned.values_list("pk", flat=True)[:MOST], *written]


def _contacts(number: str, term: str) -> list[int]:
    spelt = {value for _kind, value in spellings(term)} | {number}
    found = (
        Q(phone__in=spelt) | Q(email__in=spelt) | Q(name__icontains=number) | Q(name_kana__icontains=number)
    )
    return list(OrderContact.objects.filter(found).values_list("order_id", flat=True)[:MOST])


def orders(path: str) -> Finder:
    """Rows whose `path` is an order that the term names."""
    return lambda term: Q(**{f"{path}__in": order_ids(term)})
