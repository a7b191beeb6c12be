"""A partner that exchanges CSV files, with directories of its own."""

import os
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.filedrop.connector import CsvConnector
from connectors.filedrop.settings import CsvSettings
from connectors.ports import Capability, Counterpart, ListingItem, Progress, StockItem
from tests.conftest import NOW

STOCK = ("sku=商品コード", "available=在庫数")
ORDERS = (
    "order_number=受注番号",
    "placed_at=受注日時|%Y/%m/%d %H:%M",
    "currency='JPY",
    "sku=商品コード",
    "quantity=数量",
    "amount=金額|,",
    "shipping=送料|,",
    "name=氏名",
)
HEADER = "受注番号,受注日時,商品コード,数量,金額,送料,氏名"


@dataclass
class Drop:
    root: Path
    settings: dict[str, Any] = field(default_factory=dict)
    code: str = "mall"
    connector: CsvConnector = field(default_factory=CsvConnector)
    later: timedelta = timedelta(0)

    @property
    def to(self) -> Counterpart[CsvSettings]:
        return Counterpart(self.code, "", "", CsvSettings(**self.settings))

    def tell(self, items: Sequence[StockItem | ListingItem], *, name: str = "stock") -> None:
        """Push without finishing: nothing is in a file yet."""
        push = self.connector.push_stock if name == "stock" else self.connector.push_listings
        push(self.to, items)

    def finish(
        self, now: datetime = NOW, *, drained: bool = True, known: Collection[str] = (), name: str = "stock"
    ) -> Collection[str]:
        progress = Progress(lambda: drained, lambda: frozenset(known))
        return self.connector.finish_pushes(self.to, Capability(f"push_{name}"), progress, now)

    def push(self, items: Sequence[StockItem | ListingItem], *, name: str = "stock") -> None:
        """Push all that there is to tell: a file has it, however soon it comes after the last."""
        self.tell(items, name=name)
        self.later += timedelta(hours=1)
        self.finish(NOW + self.later, name=name)

    def place(self, name: str) -> Path:
        place = self.root / self.code / name
        place.mkdir(parents=True, exist_ok=True)
        return place

    def drop(self, name: str, content: str | bytes, *, age: float = 60, place: str = "inbox") -> Path:
        """A file that the partner wrote so many seconds ago."""
        file = self.place(place) / name
        encoding = "cp932" if self.settings.get("encoding") == "cp932" else "utf-8"
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        at = time.time() - age
        os.utime(file, (at, at))
        return file

    def names(self, place: str) -> list[str]:
        """The files in a place, by the partner's own name where they were claimed."""
        return sorted(one.name.split("__")[-1] for one in self.place(place).iterdir() if one.name[0] != ".")

    def one(self, place: str, end: str = "") -> Path:
        (found,) = (
            one for one in self.place(place).iterdir() if one.name.endswith(end) and one.name[0] != "."
        )
        return found


@pytest.fixture
def drop(tmp_path: Path, settings: Any) -> Drop:
    settings.FILE_DROP_ROOT = str(tmp_path / "drops")
    return Drop(tmp_path / "drops")


def order_lines(*lines: str) -> str:
    return "\r\n".join([HEADER, *lines]) + "\r\n"
