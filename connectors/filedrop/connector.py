"""
The `csv` connector: files dropped in directories, in and out, as malls and older tills exchange them.

Stock and listings go out whole: what was told is remembered, because a push brings only what changed,
and written once all was told. Orders are picked up by the ordinary poll: the cursor names the file that it stands
after, so that a file is put away only once its orders are booked or kept.
"""

import contextlib
import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from connectors.errors import PushFailed
from connectors.filedrop import columns, memory, places, sheets
from connectors.filedrop.memory import Item, Memory
from connectors.filedrop.orders import Reading, read_orders
from connectors.filedrop.places import Places, places_of
from connectors.filedrop.reasons import Reason, ValueRefused
from connectors.filedrop.settings import CsvSettings
from connectors.ports import (
    Capability,
    Connector,
    Counterpart,
    ListingItem,
    OrdersPage,
    Progress,
    RefusedFile,
    RefusedLine,
    RemoteStock,
    Shipment,
    StockItem,
)

To = Counterpart[CsvSettings]
NEEDS = {
    Capability.PUSH_STOCK: "stock",
    Capability.READ_STOCK: "stock_back",
    Capability.PUSH_LISTINGS: "listings",
    Capability.READ_ORDERS: "orders",
    Capability.ACKNOWLEDGE_SHIPMENT: "shipments",
}


class CsvConnector(Connector[CsvSettings]):
    label = _("CSV files")
    settings = CsvSettings
    needs_url = False
    needs_secret = False

    def capabilities(self, settings: CsvSettings) -> frozenset[Capability]:
        able = {one for one, name in NEEDS.items() if getattr(settings, name)}
        return frozenset(able | {Capability.FINISH_PUSHES, Capability.CHECK_HEALTH})

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        tell(to, "stock", items)

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        for item in items:
            refuse_other_tax(to, item)
        tell(to, "listings", items)

    def finish_pushes(
        self, to: To, capability: Capability, progress: Progress, now: datetime
    ) -> Collection[str]:
        return finish(to, NEEDS[capability], progress, now)

    def acknowledge_shipment(self, to: To, shipment: Shipment) -> None:
        """A file a shipment, named by its id: told again, it is the same file."""
        own = to.settings.columns["shipments"]
        lines = [
            sheets.cells_of(to.settings, own, {**asdict(shipment), **asdict(line)}) for line in shipment.lines
        ]
        content = sheets.file_of(to.settings, own, lines)
        places.put(places_of(to).outbox, f"shipments_{to.code}_{shipment.id}.csv", content)

    def read_stock(self, to: To) -> Iterator[RemoteStock]:
        return iter(stock_shown(to))

    def read_orders(self, to: To, cursor: str) -> OrdersPage:
        where = places_of(to)
        put_away(where, cursor)
        while name := places.claimed(where, but=cursor) or places.claim(to, where):
            if (page := page_of(to, where, name)) is not None:
                return page
        return OrdersPage([], cursor)

    def check_health(self, to: To) -> None:
        """The directories are there, and a file can be written and renamed in each."""
        where = places_of(to)
        for place in {where.outbox, where.work, where.state, where.archive, where.quarantine}:
            places.put(place, ".health", b"")
            (place / ".health").unlink(missing_ok=True)


def refuse_other_tax(to: To, item: ListingItem) -> None:
    """Raises PushFailed, for good: a price of the other sort would be read as one of this."""
    if item.listed and item.tax_inclusive != (to.settings.prices == "inclusive"):
        raise PushFailed(f"{item.sku}: its price is not {to.settings.prices} of tax", permanent=True)


def tell(to: To, name: str, items: Sequence[Item]) -> None:
    """
    Remember what is told, for the next whole file. Where the version is not greater it changes nothing.

    Raises:
        PushFailed: for good, where the encoding has no place for a character; then nothing is remembered.
    """
    where, own = places_of(to), to.settings.columns[name]
    for item in items:
        sheets.cells_of(to.settings, own, asdict(item))
    with memory.opened(where.state, name) as told:
        told.keep(items)


def finish(to: To, name: str, progress: Progress, now: datetime) -> Collection[str]:
    """
    Write a whole file where one is due, and can be whole.

    It is due once all was told, one in `write_seconds` at most; or what was told has waited for so long.
    It is whole once every SKU that the channel has was told: until then the partner keeps what it has.
    What nobody is about to tell, as after a loss of the drop's memory, has to be told again.
    """
    where, pace = places_of(to), timedelta(seconds=to.settings.write_seconds)
    with memory.opened(where.state, name) as told:
        standing = told.standing(now)
    if not standing.unwritten:
        return ()
    paced = standing.written_at is None or not timedelta(0) <= now - standing.written_at < pace
    overdue = pace and now - standing.unwritten_since >= pace
    drained = (paced or overdue) and progress.drained()
    if not (drained or overdue):
        return ()
    with memory.opened(where.state, name) as told:
        if missing := progress.known() - told.skus():
            return missing if drained else ()
        write(to, where, name, told, now)
    return ()


def write(to: To, where: Places, name: str, told: Memory, now: datetime) -> None:
    """The number is used up first and the mark taken off last: what is killed in between is written anew."""
    own, files = to.settings.columns[name], places.numbered(where.outbox, f"{name}_{to.code}_")
    lines = [sheets.cells_of(to.settings, own, asdict(item)) for item in told.items()]
    content = sheets.file_of(to.settings, own, lines)
    number = told.next_number(above=max(files, default=0))
    places.put(where.outbox, f"{name}_{to.code}_{number:012d}.csv", content)
    told.written(now)
    if to.settings.supersede:
        supersede(files.values())


def supersede(older: Iterable[Path]) -> None:
    """What the partner has taken meanwhile is gone; what can't be taken away goes with the next."""
    for file in older:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def stock_shown(to: To) -> list[RemoteStock]:
    """
    What the partner's newest stock file says.

    Raises:
        PushFailed: there is none yet, or a line of it can't be read.
    """
    where, own = places_of(to), to.settings.columns["stock_back"]
    files = places.ready(to.settings, where.stock_inbox)
    content = places.read(files[-1]) if files else None
    if content is None:
        raise PushFailed("There is no stock file of the partner's that could be read.")
    sheet = sheets.read(to.settings, own, content)
    forms = {column.field: column.form for column in own}
    shown, reasons = [], list(sheet.reasons)
    for row in sheet.rows:
        try:
            available = columns.whole(row.cells["available"], forms["available"])
            version = columns.whole(row.cells.get("version") or "0", forms.get("version", ""))
            shown.append(RemoteStock(row.cells["sku"], available, version))
        except ValueRefused as error:
            reasons.append(Reason(row.line, "available", row.cells["available"], str(error)))
    if reasons:
        told = "; ".join(f"line {one.line}: {one.column} {one.rule}" for one in reasons[:10])
        raise PushFailed(f"{files[-1].name}: {told}")
    return shown


def page_of(to: To, where: Places, name: str) -> OrdersPage | None:
    """The orders of a claimed file; None where another process has put it away meanwhile."""
    own = to.settings.columns["orders"]
    try:
        content = places.read(where.work / name)
    except FileNotFoundError:
        return None
    if content is None:
        sheet = sheets.Sheet((), (), [Reason(1, "", "", f"the file has more than {places.MOST >> 20} MiB")])
    else:
        sheet = sheets.read(to.settings, own, content)
    reading = read_orders(to.settings, own, sheet)
    if not reading.reasons:
        return OrdersPage(reading.orders, name, file=name)
    report(to, where, name, sheet, reading)
    lines = tuple(RefusedLine(one.line, one.column, one.rule) for one in reading.reasons)
    return OrdersPage(reading.orders, name, (RefusedFile(name, not reading.orders, lines),), name)


def report(to: To, where: Places, name: str, sheet: sheets.Sheet, reading: Reading) -> None:
    """
    Say line by line what is wrong, in a file beside those in quarantine.

    Where good orders of the file are taken, the lines of the bad ones go there as a file of their own,
    which can be mended and dropped again.
    """
    if reading.orders:
        header = sheet.header if to.settings.header else None
        rows = sheets.rows_of(to.settings, header, (row.raw for row in reading.refused))
        places.put(where.quarantine, f"{name}.rows.csv", rows)
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["line", "column", "value", "rule"])
    writer.writerows([one.line, one.column, one.value, one.rule] for one in reading.reasons)
    places.put(where.quarantine, f"{name}.report.csv", text.getvalue().encode("utf-8-sig"))


def put_away(where: Places, name: str) -> None:
    """Out of work: to the quarantine if nothing of it was taken, else to the archive."""
    if not name or "/" in name or not (where.work / name).exists():
        return
    refused = (where.quarantine / f"{name}.report.csv").exists()
    taken = (where.quarantine / f"{name}.rows.csv").exists()
    places.move(where.work / name, (where.quarantine if refused and not taken else where.archive) / name)
