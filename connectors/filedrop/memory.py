"""
What a partner was told of stock or of listings, and how far it was written to files.

It lies beside the outbox, because a push brings only what changed and a file holds everything. What
was told and that it is not in a file yet are committed together: whoever comes after a crash writes it.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.filedrop import places
from connectors.ports import ListingItem, StockItem
from omni.core import codec

Item = StockItem | ListingItem
KINDS: dict[str, type[Item]] = {"stock": StockItem, "listings": ListingItem}
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS told (
        sku TEXT PRIMARY KEY, version INTEGER NOT NULL, item TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS files (
        only INTEGER PRIMARY KEY CHECK (only = 1), sequence INTEGER NOT NULL DEFAULT 0,
        unwritten INTEGER NOT NULL DEFAULT 0, unwritten_since TEXT, written_at TEXT)""",
    "INSERT INTO files (only) VALUES (1) ON CONFLICT DO NOTHING",
)
KEEP = """
INSERT INTO told (sku, version, item) VALUES (?, ?, ?)
ON CONFLICT (sku) DO UPDATE SET version = excluded.version, item = excluded.item
WHERE excluded.version >= told.version
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether something told is in no file, since when that is known, and when the last file was written."""

    unwritten: bool
    unwritten_since: datetime
    written_at: datetime | None


class Memory:
    """One lane of a drop, held against other processes as long as `opened` runs."""

    def __init__(self, database: sqlite3.Connection, kind: type[Item]) -> None:
        self._database, self._kind = database, kind

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def prepare(self, before: Path) -> None:
        """Make the tables; take over what stood in a file of JSON, which earlier versions kept."""
        with self._all_or_nothing():
            for statement in SCHEMA:
                self._database.execute(statement)
            if before.exists():
                old = json.loads(before.read_bytes())
                self._keep([codec.decode(self._kind, item) for item in old["items"].values()])
                self._database.execute("UPDATE files SET sequence = max(sequence, ?)", (old["sequence"],))
        before.unlink(missing_ok=True)

    def keep(self, items: Sequence[Item]) -> None:
        """Remember what is told, under the greater version, and that no file has it."""
        with self._all_or_nothing():
            self._keep(items)

    def _keep(self, items: Sequence[Item]) -> None:
        told = [(item.sku, item.version, json.dumps(codec.encode(item))) for item in items]
        if self._database.executemany(KEEP, told).rowcount:
            self._database.execute("UPDATE files SET unwritten = 1")

    def standing(self, now: datetime) -> Standing:
        """Whoever looks first writes down since when."""
        row = self._database.execute("SELECT unwritten, unwritten_since, written_at FROM files").fetchone()
        since, at = (datetime.fromisoformat(moment) if moment else None for moment in row[1:])
        if row[0] and since is None:
            self._database.execute("UPDATE files SET unwritten_since = ?", (now.isoformat(),))
        return Standing(bool(row[0]), since or now, at)

    def skus(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._database.execute("SELECT sku FROM told"))

    def items(self) -> Iterator[Item]:
        """All that was told, by SKU."""
        for row in self._database.execute("SELECT item FROM told ORDER BY sku"):
            yield codec.decode(self._kind, json.loads(row[0]))

    def next_number(self, *, above: int) -> int:
        """A number that no file had: used up by a process that dies before its file is there."""
        statement = "UPDATE files SET sequence = max(sequence, ?) + 1 RETURNING sequence"
        return int(self._database.execute(statement, (above,)).fetchall()[0][0])

    def written(self, now: datetime) -> None:
        """A file has all of it."""
        statement = "UPDATE files SET unwritten = 0, unwritten_since = NULL, written_at = ?"
        self._database.execute(statement, (now.isoformat(),))


@contextmanager
def opened(state: Path, name: str) -> Iterator[Memory]:
    """The memory of `stock` or of `listings`; other processes wait. Each step is on the disk once it is done."""
    with places.held(state), contextlib.closing(connected(state / f"{name}.sqlite3")) as database:
        memory = Memory(database, KINDS[name])
        memory.prepare(state / f"{name}.json")
        yield memory


def connected(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    return database
