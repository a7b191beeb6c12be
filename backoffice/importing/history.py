"""
Importing a period of history: opening stock, then every basket as the sale that it was.

How it is booked: a row's amount is what the shop took in (`sales_value`); the shelf price is that
plus the retail discount and the coupon match, which are line discounts borne by the seller. A
manufacturer's coupon is a tender: it settles a part of the basket, and where it is worth more than
its own row (3,507 rows) it pays for other rows. Where coupons exceed a whole basket (19 baskets)
the difference was paid out, so the till's own payment is negative. Rows of quantity 0 are lines
that move no stock. Members earn points on what they paid themselves.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from backoffice.importing import masters
from backoffice.importing.journey import Basket, Item, JourneyFiles, Period, Refusal, day_before
from backoffice.importing.survey import NOT_GOODS, Survey, survey
from backoffice.models import HistoryImport, RefusedRow
from inventory import services as inventory
from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.errors import Conflict
from omni.outbox import publish as outbox
from omni.outbox.events import SourcingChanged
from orders.services.sales import Sale, SaleLine, SaleTender, list_recorded, write_sales
from orders.writing import NewDiscount

LINES_AT_ONCE = 5000
PAIRS_AT_ONCE = 10_000
LOCK_TRIES = 20
ZERO = Decimal(0)
FRACTION = Decimal("0.0001")

# Stage, done, of how many.
Progress = Callable[[str, int, int], None]


class ImportRunning(Conflict):
    """Another process is importing `source`."""

    code = "import-running"
    title = _("This history is being imported already.")


class ImportOvertaken(Conflict):
    """The import `history` was moved on by somebody else: this process stopped without booking."""

    code = "import-overtaken"


@dataclass(slots=True)
class Pace:
    """When how many lines had been booked, by this process."""

    marks: list[tuple[int, float]] = field(default_factory=list)

    def mark(self, lines: int) -> None:
        self.marks.append((lines, time.monotonic()))

    def rate(self, start: float = 0.0, end: float = 1.0) -> float:
        """Lines a second between two shares of what was booked; zero where too little was."""
        if len(self.marks) < 2:
            return 0.0
        total = self.marks[-1][0]
        low = next(mark for mark in self.marks if mark[0] >= total * start)
        high = next(mark for mark in self.marks if mark[0] >= total * end)
        return (high[0] - low[0]) / (high[1] - low[1]) if high[1] > low[1] else 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One uninterrupted stretch of days, its rows in the source, and what they hold."""

    history: HistoryImport
    start: int
    end: int
    survey: Survey


@dataclass(frozen=True, slots=True)
class Imported:
    parts: tuple[Part, ...]
    pace: Pace


def import_history(
    *, journey: JourneyFiles, period: Period, actor: Actor, now: datetime, progress: Progress
) -> Imported:
    """
    Bring the period's sales in, each once, whatever was imported before or killed in between.

    Days of the period that earlier imports covered are left to them (and finished where they were
    not). Each stretch of new days has its own opening stock, booked on the day before its first
    sale, so that every level ends where it began.

    Raises:
        ImportRunning: another process imports this source now.
        UnsortedRows: the source is not in the order of time.
    """
    pace = Pace()
    with _alone(journey.name):
        stamps = journey.timestamps()
        not_goods = {p.id for p in journey.products() if p.department in NOT_GOODS}
        parts = []
        for history in _parts(journey, period, stamps, now):
            stretch = Period(history.from_date, history.until_date)
            first, end = journey.bounds(stretch, stamps)
            progress("survey", 0, end - first)
            part = Part(history, first, end, survey(journey.baskets(first, end), not_goods))
            _run(part, journey, len(stamps), pace, actor=actor, now=now, progress=progress)
            part.survey.units.clear()
            parts.append(part)
    return Imported(tuple(parts), pace)


@contextmanager
def _alone(source: str) -> Iterator[None]:
    """
    Hold the source's lock for this session; a killed process's is free once its session has ended.
    """
    lock = {"source": f"history-import:{source}"}
    for _attempt in range(LOCK_TRIES):
        row = sql.fetch_one("SELECT pg_try_advisory_lock(hashtextextended(%(source)s, 0))", lock)
        if row and row[0]:
            break
        time.sleep(0.25)
    else:
        raise ImportRunning(source=source)
    try:
        yield
    finally:
        if connection.connection and not connection.connection.closed:
            sql.fetch_one("SELECT pg_advisory_unlock(hashtextextended(%(source)s, 0))", lock)


def _parts(journey: JourneyFiles, period: Period, stamps: object, now: datetime) -> list[HistoryImport]:
    """The imports that cover the period: those begun before, and new ones for the days between."""
    begun = HistoryImport.objects.filter(
        source=journey.name, from_date__lt=period.until, until_date__gt=period.start
    )
    parts = list(begun.order_by("from_date"))
    gaps = _gaps(period, [(part.from_date, part.until_date) for part in parts])
    for gap in gaps:
        parts.append(
            HistoryImport.objects.create(
                source=journey.name,
                from_date=gap.start,
                until_date=gap.until,
                position=journey.bounds(gap, stamps)[0],
                started_at=now,
            )
        )
    return sorted(parts, key=lambda part: part.from_date)


def _gaps(period: Period, covered: Sequence[tuple[date, date]]) -> list[Period]:
    """The stretches of the period that no earlier import covers; `covered` is sorted."""
    gaps, start = [], period.start
    for begin, end in covered:
        if start < begin:
            gaps.append(Period(start, begin))
        start = max(start, end)
    return [*gaps, Period(start, period.until)] if start < period.until else gaps


def _run(
    part: Part,
    journey: JourneyFiles,
    rows: int,
    pace: Pace,
    *,
    actor: Actor,
    now: datetime,
    progress: Progress,
) -> None:
    if part.history.finished_at:
        return
    whole = part.end - part.start == rows
    progress("catalogue", 0, len(part.survey.products))
    ids = masters.load(
        journey,
        stores=part.survey.stores,
        households=part.survey.households,
        sold=part.survey.products,
        whole=whole,
        now=now,
    )
    _open(part, ids, actor=actor, now=now, progress=progress)
    _book(part, journey, ids, pace, actor=actor, now=now, progress=progress)
    _finish(part, ids, actor=actor, now=now)


def _open(part: Part, ids: masters.Masters, *, actor: Actor, now: datetime, progress: Progress) -> None:
    """Book what the stretch will sell, store by store, as the stock of the day before it."""
    history, stores = part.history, part.survey.stores
    if history.opened_at or part.survey.first_at is None:
        return
    occurred_at = day_before(part.survey.first_at)
    waiting = _openings(part.survey, ids, stores[history.opened :])
    while movements := _some(waiting):
        with db.transaction():
            _advance(history, opened=history.opened + len(movements))
            documents = [
                (_opening_of(history, store), found, occurred_at) for store, found in movements if found
            ]
            inventory.post_documents(documents=documents, actor=actor, now=now, publish=False)
        progress("opening", history.opened, len(stores))
    _advance(history, opened_at=now)
    # Plans made while the tables were empty would stay with the session otherwise.
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE inventory_stocklevel, catalog_variant, organisation_location, customers_customer"
        )


def _opening_of(history: HistoryImport, store: int) -> inventory.DocumentRef:
    return inventory.DocumentRef("OPENING", f"{history.pk}-{masters.store_code(store)}", str(history))


Opening = tuple[int, list[inventory.Movement]]


def _openings(found: Survey, ids: masters.Masters, stores: Sequence[int]) -> Iterator[Opening]:
    by_store: dict[int, list[tuple[int, int]]] = {store: [] for store in stores}
    for (store, product), units in found.units.items():
        if store in by_store and units and ids.products[product].keeps_stock:
            by_store[store].append((ids.products[product].variant_id, units))
    for store in stores:
        location = ids.locations[store]
        yield (
            store,
            [
                inventory.Movement(variant, location, units, "RECEIPT")
                for variant, units in sorted(by_store.pop(store))
            ],
        )


def _some(openings: Iterator[Opening]) -> list[Opening]:
    """Stores until their movements make a batch."""
    taken: list[Opening] = []
    while sum(len(movements) for _, movements in taken) < PAIRS_AT_ONCE:
        following = next(openings, None)
        if following is None:
            break
        taken.append(following)
    return taken


def _book(
    part: Part,
    journey: JourneyFiles,
    ids: masters.Masters,
    pace: Pace,
    *,
    actor: Actor,
    now: datetime,
    progress: Progress,
) -> None:
    history, total, booked = part.history, part.survey.totals.lines, 0
    start = history.position
    pace.mark(0)
    for batch in _batches(journey.baskets(start, part.end)):
        baskets = [thing for thing in batch if isinstance(thing, Basket)]
        refusals = [thing for thing in batch if isinstance(thing, Refusal)]
        with db.transaction():
            _advance(history, position=max(map(_last_row, batch)) + 1)
            refusals += _sell(baskets, ids, actor=actor, now=now)
            _refuse(history, refusals)
        booked += sum(len(basket.items) for basket in baskets)
        pace.mark(booked)
        progress("sales", total - (part.end - history.position), total)


def _batches(things: Iterable[Basket | Refusal]) -> Iterator[list[Basket | Refusal]]:
    """Whole baskets, until their lines make a batch; what is refused goes with the basket after it."""
    batch: list[Basket | Refusal] = []
    lines = 0
    for thing in things:
        batch.append(thing)
        if isinstance(thing, Basket):
            lines += len(thing.items)
            if lines >= LINES_AT_ONCE:
                yield batch
                batch, lines = [], 0
    if batch:
        yield batch


def _last_row(thing: Basket | Refusal) -> int:
    return thing.row if isinstance(thing, Refusal) else thing.items[-1].row


def _advance(history: HistoryImport, **to: object) -> None:
    """
    Move the import on from where this process knows it to be; the row's lock keeps others out.

    Raises:
        ImportOvertaken: it is elsewhere.
    """
    known = {name: getattr(history, name) for name in ("opened", "opened_at", "position", "finished_at")}
    if not HistoryImport.objects.filter(pk=history.pk, **known).update(**to):
        raise ImportOvertaken(history=str(history))
    for name, value in to.items():
        setattr(history, name, value)


def _refuse(history: HistoryImport, refusals: Sequence[Refusal]) -> None:
    RefusedRow.objects.bulk_create(
        (RefusedRow(history=history, row=one.row, key=one.key, reason=one.reason) for one in refusals),
        ignore_conflicts=True,
    )


def _sell(baskets: Sequence[Basket], ids: masters.Masters, *, actor: Actor, now: datetime) -> list[Refusal]:
    """Record the baskets as sales; answer the rows of those that the order book has already."""
    numbers = {f"{masters.store_code(basket.store_id)}-{basket.id}": basket for basket in baskets}
    recorded = [numbers.pop(number) for number in list_recorded(list(numbers))]
    if numbers:
        write_sales(
            sales=[_sale(basket, ids) for basket in numbers.values()], actor=actor, now=now, publish=False
        )
    return [
        Refusal(item.row, f"basket {basket.id}, product {item.product_id}", "basket-recorded-before")
        for basket in recorded
        for item in basket.items
    ]


def _sale(basket: Basket, ids: masters.Masters) -> Sale:
    coupons = sum((item.coupon for item in basket.items), ZERO)
    paid = sum((item.sales for item in basket.items), ZERO) - coupons
    tenders = [SaleTender(ids.coupon_id, coupons, coupons)] if coupons else []
    if paid:
        tenders.append(SaleTender(ids.paid_id, paid, max(paid, ZERO)))
    return Sale(
        location_id=ids.locations[basket.store_id],
        channel_id=ids.channel_id,
        receipt_number=str(basket.id),
        occurred_at=basket.at,
        lines=[_line(item, ids) for item in basket.items],
        tenders=tenders,
        customer_id=ids.members[basket.household_id],
        earn_on=max(paid, ZERO),
    )


def _line(item: Item, ids: masters.Masters) -> SaleLine:
    sold = ids.products[item.product_id]
    shelf = item.sales + item.retail_discount + item.coupon_match
    parts = (("retail", item.retail_discount), ("coupon-match", item.coupon_match))
    return SaleLine(
        variant_id=sold.variant_id,
        quantity=item.quantity,
        unit_price=(shelf / item.quantity).quantize(FRACTION) if item.quantity else shelf,
        list_amount=shelf,
        tax_class_id=ids.tax_class_id,
        tax_rate=ZERO,
        keeps_stock=sold.keeps_stock,
        discounts=[NewDiscount(code, amount) for code, amount in parts if amount],
    )


def _finish(part: Part, ids: masters.Masters, *, actor: Actor, now: datetime) -> None:
    """The whole history changed levels once, as far as the outside is concerned."""
    with db.transaction():
        _advance(part.history, finished_at=now, position=part.end)
        outbox.publish(
            f"history:{part.history.pk}", SourcingChanged(channel_id=ids.channel_id), at=now, actor=actor
        )
