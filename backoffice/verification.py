"""All the books at once: what each app checks of its own, in one place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from customers import verification as customers
from inventory import verification as inventory
from loyalty import verification as loyalty
from omni.core.actor import Actor
from omni.core.verification import Drift, Repair
from orders import verification as orders
from promotions import verification as promotions
from tills import verification as tills


@dataclass(frozen=True, slots=True)
class Book:
    """One app's books: how to find drift in them, and how to post what corrects it."""

    name: str
    find: Callable[[], Sequence[Drift]]
    repair: Callable[..., Sequence[Repair]]


BOOKS = (
    Book("inventory", inventory.find_drifts, inventory.repair),
    Book("customers", customers.find_drifts, customers.repair),
    Book("promotions", promotions.find_drifts, promotions.repair),
    Book("loyalty", loyalty.find_drifts, loyalty.repair),
    Book("orders", orders.find_drifts, orders.repair),
    Book("tills", tills.find_drifts, tills.repair),
)


def find_all() -> Iterator[tuple[Book, list[Drift]]]:
    """Each book with the drifts found in it, in the order of the locks that repairs take."""
    for book in BOOKS:
        yield book, list(book.find())


def repair_all(found: Sequence[tuple[Book, Sequence[Drift]]], *, actor: Actor, now: datetime) -> list[Repair]:
    """Post what corrects the drifts; no ledger row is edited. What can't be repaired is left."""
    return [
        repair for book, drifts in found if drifts for repair in book.repair(drifts, actor=actor, now=now)
    ]
