"""
Importing a period of history: opening stock, then every basket as the sale that it was.

Every batch is a transaction that also moves the import on, so it can be killed anywhere.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from backoffice.importing import masters
from backoffice.importing.booking import sale_of
from backoffice.importing.journey import Basket, JourneyFiles, Period, Refusal, day_before
from backoffice.importing.survey import NOT_GOODS, Survey, survey
from backoffice.models import HistoryImport, RefusedRow
from inventory import services as inventory
from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.errors import Conflict
from omni.outbox import publish as outbox
from omni.outbox.events import SourcingChanged
from orders.services.recorded import recorded_numbers
from orders.services.sales import write_sales

LINES_AT_ONCE = 5000
PAIRS_AT_ONCE = 10_000
LOCK_TRIES = 20

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
    """How many lines this process had booked after how many seconds of booking."""

    marks: list[tuple[int, float]] = field(default_factory=lambda: [(0, 0.0)])
    since: float = 0.0

    def start(self) -> None:
        self.since = time.monotonic()

    def add(self, lines: int) -> None:
        booked, seconds = self.marks[-1]
        now = time.monotonic()
        self.marks.append((booked + lines, seconds + now - self.since))
        self.since = now

    def rate(self, start: float = 0.0, end: float = 1.0) -> float:
        """Lines a second between two shares of what was booked; zero where too little was."""
        total = self.marks[-1][0]
        low = next(mark for mark in self.marks if mark[0] >= total * start)
        high = next(mark for mark in self.marks if mark[0] >= total * end)
        return (high[0] - low[0]) / (high[1] - low[1]) if high[1] > low[1] else 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the import, and what its parts share."""

    journey: JourneyFiles
    rows: int
    actor: Actor
    now: datetime
    progress: Progress
    lines_at_once: int
    pace: Pace


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
    *,
    journey: JourneyFiles,
    period: Period,
    actor: Actor,
    now: datetime,
    progress: Progress,
    lines_at_once: int = LINES_AT_ONCE,
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
    with _alone(journey.name):
        stamps = journey.timestamps()
        run = Run(journey, len(stamps), actor, now, progress, lines_at_once, Pace())
        not_goods = {product.id for product in journey.products() if product.department in NOT_GOODS}
        parts = []
        for history in _parts(journey, period, stamps, now):
            bounds = journey.bounds(Period(history.from_date, history.until_date), stamps)
            progress("reading", 0, bounds[1] - bounds[0])
            part = Part(history, *bounds, survey(journey.baskets(*bounds), not_goods))
            if not history.finished_at:
                _import(part, run)
            part.survey.units.clear()
            parts.append(part)
    return Imported(tuple(parts), run.pace)


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


def _import(part: Part, run: Run) -> None:
    run.progress("catalogue", 0, len(part.survey.products))
    ids = masters.load(
        run.journey,
        stores=part.survey.stores,
        households=part.survey.households,
        sold=part.survey.products,
        whole=part.end - part.start == run.rows,
        now=run.now,
    )
    _open(part, ids, run)
    _book(part, ids, run)
    _finish(part, ids, run)


def _open(part: Part, ids: masters.Masters, run: Run) -> None:
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
            inventory.post_documents(documents=documents, actor=run.actor, now=run.now, publish=False)
        run.progress("opening", history.opened, len(stores))
    _advance(history, opened_at=run.now)
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


def _book(part: Part, ids: masters.Masters, run: Run) -> None:
    history, total = part.history, part.survey.totals.lines
    run.pace.start()
    for batch in _batches(run.journey.baskets(history.position, part.end), run.lines_at_once):
        baskets = [thing for thing in batch if isinstance(thing, Basket)]
        refusals = [thing for thing in batch if isinstance(thing, Refusal)]
        with db.transaction():
            _advance(history, position=max(map(_last_row, batch)) + 1)
            refusals += _sell(baskets, ids, run)
            _refuse(history, refusals)
        run.pace.add(sum(len(basket.items) for basket in baskets))
        run.progress("sales", max(total - (part.end - history.position), 0), total)


def _batches(things: Iterable[Basket | Refusal], lines_at_once: int) -> Iterator[list[Basket | Refusal]]:
    """Whole baskets, until their lines make a batch; what is refused goes with the basket after it."""
    batch: list[Basket | Refusal] = []
    lines = 0
    for thing in things:
        batch.append(thing)
        if isinstance(thing, Basket):
            lines += len(thing.items)
            if lines >= lines_at_once:
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


def _sell(baskets: Sequence[Basket], ids: masters.Masters, run: Run) -> list[Refusal]:
    """Record the baskets as sales; answer the rows of those that the order book has already."""
    sales = [sale_of(basket, ids) for basket in baskets]
    recorded = recorded_numbers([(sale.location_id, sale.receipt_number) for sale in sales])
    new = [sale for place, sale in enumerate(sales) if place not in recorded]
    if new:
        write_sales(
            sales=new,
            actor=run.actor,
            now=run.now,
            publish=False,
        )
    return [
        Refusal(item.row, f"basket {baskets[place].id}, product {item.product_id}", "basket-recorded-before")
        for place in sorted(recorded)
        for item in baskets[place].items
    ]


def _finish(part: Part, ids: masters.Masters, run: Run) -> None:
    """The whole history changed levels once, as far as the outside is concerned."""
    with db.transaction():
        _advance(part.history, finished_at=run.now, position=part.end)
        changed = SourcingChanged(channel_id=ids.channel_id)
        outbox.publish(f"history:{part.history.pk}", changed, at=run.now, actor=run.actor)
