"""
The `csv` connector: files dropped in directories, in and out, as malls and older tills exchange them.

Stock and listings go out whole: what was told is remembered beside the outbox, because a push brings
only what changed. Orders are picked up by the ordinary poll: the cursor names the file that it stands
after, so that a file is put away only once its orders are booked or kept.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from connectors.errors import PushFailed
from connectors.filedrop import columns, places, sheets
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
    RefusedFile,
    RefusedLine,
    RemoteStock,
    Shipment,
    StockItem,
)
from omni.core import codec

To = Counterpart[CsvSettings]
Item = StockItem | ListingItem
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
        return frozenset(able | {Capability.CHECK_HEALTH})

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        tell(to, "stock", items)

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        for item in items:
            refuse_other_tax(to, item)
        tell(to, "listings", items)

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
    Write a whole file: what was told before, and these items over it where their version is greater.

    What is remembered is written first: were it lost after the file, the next file would lack these.

    Raises:
        PushFailed: for good, where the encoding has no place for a character; then nothing is written.
    """
    where, own = places_of(to), to.settings.columns[name]
    for item in items:
        sheets.cells_of(to.settings, own, asdict(item))
    with places.held(where.state):
        memory = remember(where.state / f"{name}.json", items)
        all_told = [codec.decode(type(items[0]), memory["items"][sku]) for sku in sorted(memory["items"])]
        lines = [sheets.cells_of(to.settings, own, asdict(item)) for item in all_told]
        file = f"{name}_{to.code}_{memory['sequence']:012d}.csv"
        places.put(where.outbox, file, sheets.file_of(to.settings, own, lines))
        if to.settings.supersede:
            supersede(where.outbox, f"{name}_{to.code}_", file)


def remember(file: Path, items: Sequence[Item]) -> dict[str, Any]:
    """What was told before with these over it, written down under the next number."""
    memory: dict[str, Any] = {"sequence": 0, "items": {}}
    if file.exists():
        memory = json.loads(file.read_bytes())
    for item in items:
        before = memory["items"].get(item.sku)
        if before is None or item.version >= before["version"]:
            memory["items"][item.sku] = codec.encode(item)
    memory["sequence"] += 1
    places.put(file.parent, file.name, json.dumps(memory, ensure_ascii=False).encode())
    return memory


def supersede(outbox: Path, prefix: str, newest: str) -> None:
    for file in outbox.glob(f"{prefix}*.csv"):
        if file.name < newest:
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
