"""The search box of every screen about orders."""

from django.db.models import Q

from omni.core import clock
from omni.core.admin.search import Finder
from orders.finding import find_orders


def order_ids(term: str) -> list[int]:
    """The orders of that number first; else by receipt, person, contact, card or article."""
    return list(find_orders(query=term, now=clock.now()).order_ids)


def orders(path: str) -> Finder:
    """Rows whose `path` is an order that the term names."""
    return lambda term: Q(**{f"{path}__in": order_ids(term)})
