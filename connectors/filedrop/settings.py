"""What is agreed with a partner about files: directories, encoding, and columns."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext_lazy as _

from connectors.filedrop import columns
from connectors.filedrop.columns import Column
from connectors.filedrop.texts import CODECS

STOCK = ("sku", "available", "version")
LISTINGS = ("sku", "listed", "price", "tax_inclusive", "currency", "version")
SHIPMENTS = ("id", "order_number", "number", "shipped_at", "carrier", "tracking_number", "sku", "quantity")
BUYER = ("name", "name_kana", "email", "phone", "postal_code", "prefecture", "city", "line1", "line2")
LINE = ("sku", "quantity", "amount", "unit_price", "tax")
CHANNEL = ("channel_points", "channel_coupons", "invoice_issuer")
ORDERS = ("order_number", "placed_at", "currency", "total", "shipping", *CHANNEL, *LINE, *BUYER)

CHOICES = {
    "encoding": tuple(CODECS),
    "line_end": ("crlf", "lf"),
    "ready": ("still", "done"),
    "refuse": ("file", "rows"),
    "prices": ("inclusive", "exclusive"),
}
PLACES = ("inbox", "stock_inbox", "outbox", "archive", "quarantine")


def told(default: Any, text: Any) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class CsvSettings:
    """What stays empty is not exchanged. Columns: `field=column`, `field=column|form`, `field='constant`."""

    encoding: str = told("utf-8", _("utf-8, utf-8-bom or cp932"))
    delimiter: str = told(",", _("one character, or tab"))
    line_end: str = told("crlf", _("crlf or lf"))
    header: bool = told(True, _("the first line names the columns"))
    time_zone: str = told("Asia/Tokyo", _("of times without an offset"))
    stock: tuple[str, ...] = told((), _("columns of stock out"))
    listings: tuple[str, ...] = told((), _("columns of prices and listings out"))
    prices: str = told("inclusive", _("prices out are inclusive or exclusive of tax; others are refused"))
    shipments: tuple[str, ...] = told((), _("columns of shipments out"))
    orders: tuple[str, ...] = told((), _("columns of orders in"))
    stock_back: tuple[str, ...] = told((), _("columns of the partner's stock file, for the comparison"))
    write_seconds: int = told(
        60, _("stock and listings go out as whole files, one in this time at most; 0: whenever all was told")
    )
    supersede: bool = told(True, _("a new stock or listing file takes away those still in the outbox"))
    ready: str = told(
        "still", _("still: a file is taken once nothing wrote to it; done: once NAME.done is there")
    )
    settle_seconds: int = told(10, _("how long nothing wrote to it"))
    refuse: str = told("file", _("file: a bad line refuses the file; rows: only the orders it belongs to"))
    inbox: str = told("", _("beneath the root of file drops; empty: CODE/inbox"))
    stock_inbox: str = told("", _("where the partner's stock file lies; empty: CODE/stock"))
    outbox: str = told("", _("empty: CODE/outbox"))
    archive: str = told("", _("empty: CODE/archive"))
    quarantine: str = told("", _("empty: CODE/quarantine"))

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of: {', '.join(known)}")
        if len(self.separator) != 1 or self.separator in '"\r\n\ufeff':
            raise ValueError("delimiter must be one character, or tab")
        for name in ("settle_seconds", "write_seconds"):
            if not 0 <= getattr(self, name) <= 3600:
                raise ValueError(f"{name} must be from 0 to 3600")
        for name in PLACES:
            refuse_escape(name, getattr(self, name))
        self._check_zone()
        self._check_columns()

    def _check_zone(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"time_zone {self.time_zone!r} is not known") from error

    def _check_columns(self) -> None:
        for name, own in self.columns.items():
            named = any(one.number is None and one.constant is None for one in own)
            if named and not self.header and name in ("orders", "stock_back"):
                raise ValueError(f"{name}: without a header columns go by number, #1")
        prices = {one.field for one in self.columns["orders"]} & {"amount", "unit_price"}
        if self.orders and len(prices) != 1:
            raise ValueError("orders: needs amount or unit_price, and not both")

    @property
    def separator(self) -> str:
        return "\t" if self.delimiter == "tab" else self.delimiter

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def columns(self) -> dict[str, tuple[Column, ...]]:
        """The columns of each kind of file. Raises ValueError."""
        return {
            "stock": columns.parse_all(self.stock, STOCK, ("sku", "available")),
            "listings": columns.parse_all(self.listings, LISTINGS, ("sku", "price")),
            "shipments": columns.parse_all(self.shipments, SHIPMENTS, ("id", "order_number")),
            "orders": columns.parse_all(
                self.orders, ORDERS, ("order_number", "placed_at", "currency", "sku", "quantity")
            ),
            "stock_back": columns.parse_all(self.stock_back, STOCK, ("sku", "available")),
        }


def refuse_escape(name: str, path: str) -> None:
    """Raises ValueError where a path could lead out of the root."""
    parts = PurePosixPath(path).parts
    if path.startswith(("/", "~")) or "\\" in path or "\x00" in path or ".." in parts:
        raise ValueError(f"{name} must be a path beneath the root, without ..")
