"""
Finding orders by whatever somebody has of them: each kind of term by an index of its own, and bounded.

A number names its orders and nothing else is looked for. Other terms may be several things at once
(1234 is a receipt, or the last of a card's digits); what any of them finds is found.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower, Right
from stdnum import luhn

from catalog import selectors as catalog
from catalog.models import Component
from customers import finding as customers
from customers.normalisation import spellings
from inventory import moved
from omni.core.functions import Digits, Folded
from omni.core.text import close_up, plain
from orders.models import Fulfilment, FulfilmentLine, Order, OrderContact, OrderLine, Payment, Return
from orders.models.orders import PHONE_TAIL
from orders.numbers import FORMER_SEPARATOR, OWN, RECEIPT, SEPARATOR
from organisation.models import Location, SalesChannel

# What a search answers at most, and what it looks at to find the newest.
MOST = 200
CANDIDATES = 2000
# How long ago an order may be to be found by what was in it, once that has left.
RECENT = timedelta(days=31)
CARD = re.compile(r"[0-9]{4}")
PHONE = re.compile(r"[0-9+()\s\-‐‑‒–—―−ー.]+")


@dataclass(frozen=True, slots=True)
class Found:
    """
    `order_ids` are the newest first, `more` where there are others; `kinds` say what the term was.

    `misread`: it looks like an order number of ours, but its check digit is wrong.
    """

    kinds: tuple[str, ...]
    order_ids: tuple[int, ...]
    more: bool = False
    misread: bool = False


def find_orders(*, query: str, locations: Collection[int] | None = None, now: datetime) -> Found:
    """
    The orders that a term names: a number (ours, a receipt's, the channel's), a phone number, an
    e-mail or a name on the order or of its customer, a member number, a card's last four digits, or
    the sku or JAN of what was in it lately.

    `locations` limits it to orders sold, handed over or taken back there, but for those whose number
    was given: goods come back anywhere.
    """
    term = plain(query)
    if not term:
        return Found((), ())
    kinds = {kind: ids for kind, find in NUMBERS if (ids := set(find(term, now)))}
    kinds = kinds or {kind: ids for kind, find in TRACES if (ids := set(find(term, now)))}
    named: set[int] = set().union(*(ids for kind, ids in kinds.items() if kind in NAMED))
    traced: set[int] = set().union(*(ids for kind, ids in kinds.items() if kind not in NAMED))
    seen = sorted(named | _within(traced, locations), reverse=True)
    full = any(len(ids) >= CANDIDATES for ids in kinds.values())
    misread = not seen and re.fullmatch(OWN, term) is not None and not luhn.is_valid(term)
    return Found(tuple(kinds), tuple(seen[:MOST]), full or len(seen) > MOST, misread)


def _within(ids: set[int], locations: Collection[int] | None) -> set[int]:
    if locations is None or not ids:
        return ids
    rows = Order.objects.filter(handled_at(locations), pk__in=ids)
    return set(rows.values_list("pk", flat=True))


def handled_at(locations: Collection[int], path: str = "") -> Q:
    """A condition on rows whose `path` leads to an order (without one, on orders): sold, handed over or taken back there."""
    prefix = f"{path}__" if path else ""
    order = OuterRef(f"{prefix}pk")
    return (
        Q(**{f"{prefix}location__in": locations})
        | Q(Exists(Fulfilment.objects.filter(order=order, location__in=locations)))
        | Q(Exists(Return.objects.filter(order=order, location__in=locations)))
    )


def _by_number(term: str, now: datetime) -> Iterable[int]:
    """A channel's own number is unique within it, and so is its index."""
    own = Order.objects.filter(number=term).values_list("pk", flat=True)
    channels = list(SalesChannel.objects.values_list("pk", flat=True))
    theirs = Order.objects.filter(channel__in=channels, external_number=term).values_list("pk", flat=True)
    return [*own, *theirs[:CANDIDATES]]


def _by_receipt(term: str, now: datetime) -> Iterable[int]:
    """Tills' sales by the receipt's own number, in whichever shop, or by both joined by a hyphen."""
    numbers = [
        term[: hyphen.start()] + SEPARATOR + term[hyphen.end() :]
        for hyphen in re.finditer(re.escape(FORMER_SEPARATOR), term)
    ]
    if re.fullmatch(RECEIPT, term):
        codes = Location.objects.values_list("code", flat=True)
        numbers += [code + mark + term for code in codes for mark in (SEPARATOR, FORMER_SEPARATOR)]
    return Order.objects.filter(number__in=numbers).values_list("pk", flat=True) if numbers else []


def _by_phone(term: str, now: datetime) -> Iterable[int]:
    """By the digits that every notation ends in; of these, those that are the same number."""
    digits = re.sub(r"[^0-9]", "", term)
    if not PHONE.fullmatch(term) or len(digits) < PHONE_TAIL:
        return []
    rows = OrderContact.objects.exclude(phone="").alias(tail=Right(Digits("phone"), PHONE_TAIL))
    near = _newest(rows.filter(tail=digits[-PHONE_TAIL:]), "order_id").values_list("order_id", "phone")
    wanted = _phones(term)
    return [order_id for order_id, phone in near[:CANDIDATES] if _phones(phone) & wanted]


def _phones(written: str) -> set[str]:
    """Its E.164 form, and its digits as they are for what is no phone number of any country."""
    numbers = {value for kind, value in spellings(written) if kind == "PHONE"}
    return numbers or {re.sub(r"[^0-9]", "", plain(written))}


def _by_email(term: str, now: datetime) -> Iterable[int]:
    if "@" not in term:
        return []
    rows = OrderContact.objects.exclude(email="").alias(folded=Lower("email")).filter(folded=term.lower())
    return _newest(rows, "order_id").values_list("order_id", flat=True)[:CANDIDATES]


def _by_person(term: str, now: datetime) -> Iterable[int]:
    return _of_persons(customers.persons_known_as(term, most=MOST))


def _by_name(term: str, now: datetime) -> Iterable[int]:
    """Kanji or kana, by how it begins: of whom the order names, and of its customer."""
    if not any(character.isalpha() for character in term) or "@" in term:
        return []
    start = close_up(term)
    found: list[int] = []
    for column in ("name", "name_kana"):
        rows = OrderContact.objects.exclude(**{column: ""}).alias(folded=Folded(column))
        rows = _newest(rows.filter(folded__startswith=start), "order_id")
        found += rows.values_list("order_id", flat=True)[:CANDIDATES]
    return [*found, *_of_persons(customers.persons_named(term, most=MOST))]


def _by_card(term: str, now: datetime) -> Iterable[int]:
    if not CARD.fullmatch(term):
        return []
    rows = _newest(Payment.objects.exclude(card_last4="").filter(card_last4=term), "order_id")
    return rows.values_list("order_id", flat=True)[:CANDIDATES]


def _by_article(term: str, now: datetime) -> Iterable[int]:
    """
    Orders with an article: those that hold it, wait for it, or had it lately.

    By what stock keeps of it, so that no line of an order pays for an index.
    """
    coded = catalog.resolve_codes(codes=[term]).get(term)
    if coded is None:
        return []
    kept = _kept_of(coded.variant_id)
    sources = moved.list_holders(variant_id=kept, most=CANDIDATES)
    holding = [int(source.split(":")[1]) for source in sources if source.startswith("order:")]
    taken = moved.list_takers(variant_id=kept, since=now - RECENT, most=CANDIDATES)
    numbers = {number.partition("/")[0] if kind == "FULFILMENT" else number for kind, number in taken}
    waiting = FulfilmentLine.objects.waiting().filter(order_line__variant=coded.variant_id)
    ids = {*holding, *waiting.values_list("fulfilment__order_id", flat=True)[:CANDIDATES]}
    ids |= set(Order.objects.filter(number__in=numbers).values_list("pk", flat=True))
    lines = OrderLine.objects.filter(order__in=ids, variant=coded.variant_id)
    return lines.values_list("order_id", flat=True)


def _kept_of(variant_id: int) -> int:
    """What stock is kept of it: the variant, or the first component of a bundle, which has none of its own."""
    components = Component.objects.filter(bundle=variant_id).order_by("pk")
    return components.values_list("component", flat=True).first() or variant_id


def _of_persons(person_ids: list[int]) -> Iterable[int]:
    if not person_ids:
        return []
    records = customers.records_of(person_ids)
    rows = _newest(Order.objects.filter(customer__in=records), "pk")
    return rows.values_list("pk", flat=True)[:CANDIDATES]


def _newest(rows: QuerySet, path: str) -> QuerySet:
    """Newest first, sorted after they are found: by the key's own index all others would be read too."""
    return rows.order_by((F(path) + 0).desc())


Find = Callable[[str, datetime], Iterable[int]]
# By these any order is found, whosever it is.
NAMED = ("number", "receipt")
NUMBERS: tuple[tuple[str, Find], ...] = (("number", _by_number),)
TRACES: tuple[tuple[str, Find], ...] = (
    ("receipt", _by_receipt),
    ("phone", _by_phone),
    ("e-mail", _by_email),
    ("person", _by_person),
    ("name", _by_name),
    ("card", _by_card),
    ("article", _by_article),
)
