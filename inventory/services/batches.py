"""What is posted, and its shape as the arrays that one statement reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inventory.services.picking import LotUnits
from omni.core import sql

BUCKETS = {"ON_HAND": 0, "DAMAGED": 1, "QUALITY_CONTROL": 2}
PROMISED, LAPSED = 3, 4
INTEGERS = frozenset({"pairs", "documents", "variants", "locations", "deltas", "running"})


@dataclass(frozen=True, slots=True)
class Movement:
    """
    One bucket of one level moved by `delta` stock units, never zero.

    `promised` units were reserved for it, and leave `reserved` with it: more than are moved, where
    what is left of a promise is let go; the time of `lapsed` of these had run out. Variants that keep
    no stock have no movements: the caller leaves them out. `occurred_at` is its own moment, where it
    isn't its document's.

    Of a tracked variant `lots` says of which lots the units are, in the direction of `delta`;
    `origins` are documents by which they once left; `channel_id` is whose minimum of days left holds.
    What was promised and has `left` the shop is booked, whatever the books have of its lots.
    """

    variant_id: int
    location_id: int
    delta: int
    kind: str
    bucket: str = "ON_HAND"
    reason: str = ""
    promised: int = 0
    lapsed: int = 0
    occurred_at: datetime | None = None
    lots: tuple[LotUnits, ...] = ()
    origins: tuple[int, ...] = ()
    channel_id: int | None = None
    left: bool = False

    @property
    def is_promise_kept(self) -> bool:
        """Whether it hands over what was promised, and so may still be refused."""
        return self.promised > 0 and not self.left


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """
    What moves stock: posted once under its kind and number.

    Where others give the number (a supplier's delivery note covers two shops), it is posted once
    at each `location_id`; our own numbers name none.
    """

    kind: str
    number: str
    note: str = ""
    location_id: int | None = None

    def __str__(self) -> str:
        return f"{self.kind.lower()}:{self.number}"


Pair = tuple[int, int]
Posting = tuple[DocumentRef, Sequence[Movement], datetime]


@dataclass(slots=True)
class Batch:
    """
    Documents as columns: of the documents, of the ledger's rows, and of the levels touched.

    `sums` holds what each level's three buckets and its `reserved` are moved by in all, and how much of
    the latter had run out; a ledger row's `running` is what its bucket was moved by up to and with it.
    """

    documents: Sequence[Posting]
    pairs: dict[Pair, int] = field(default_factory=dict)
    sums: list[list[int]] = field(default_factory=list)
    last_sources: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, documents: Sequence[Posting]) -> "Batch":
        batch = cls(documents)
        for position, (document, movements, occurred_at) in enumerate(documents, start=1):
            source = str(document)
            for movement in movements:
                batch._add(movement, position, source, occurred_at)
        return batch

    @property
    def names_lots(self) -> bool:
        return any(movement.lots for _, movements, _ in self.documents for movement in movements)

    def _add(self, movement: Movement, document: int, source: str, occurred_at: datetime) -> None:
        key = (movement.variant_id, movement.location_id)
        pair = self.pairs.setdefault(key, len(self.pairs) + 1)
        if pair > len(self.sums):
            self.sums.append([0, 0, 0, 0, 0])
            self.last_sources.append(source)
        sums = self.sums[pair - 1]
        bucket = BUCKETS[movement.bucket]
        sums[bucket] += movement.delta
        sums[PROMISED] += movement.promised
        sums[LAPSED] += movement.lapsed
        self.last_sources[pair - 1] = source
        self.rows.append((
            pair, document, *key, str(movement.bucket), str(movement.kind), str(movement.reason),
            movement.delta, sums[bucket], movement.occurred_at or occurred_at, source,
        ))  # fmt: skip

    def params(self) -> dict[str, Any]:
        return {**self._of_documents(), **self._of_levels(), **self._of_rows()}

    def _of_documents(self) -> dict[str, Any]:
        refs = [document for document, _, _ in self.documents]
        return {
            "documents": len(refs),
            "kinds": [str(ref.kind) for ref in refs],
            "numbers": [ref.number for ref in refs],
            "document_locations": sql.integers(ref.location_id for ref in refs),
            "notes": [ref.note for ref in refs],
            "documents_at": [occurred_at for _, _, occurred_at in self.documents],
        }

    def _of_levels(self) -> dict[str, Any]:
        columns = zip(*self.sums, strict=True) if self.sums else [()] * 5
        on_hand, damaged, quality_control, promised, lapsed = columns
        return {
            "levels": len(self.pairs),
            "variants": sql.integers(variant for variant, _ in self.pairs),
            "locations": sql.integers(location for _, location in self.pairs),
            "on_hand": sql.integers(on_hand),
            "damaged": sql.integers(damaged),
            "quality_control": sql.integers(quality_control),
            "promised": sql.integers(promised),
            "lapsed": sql.integers(lapsed),
            "sources": self.last_sources,
        }

    def _of_rows(self) -> dict[str, Any]:
        names = "pairs documents variants locations buckets kinds reasons deltas running at sources".split()
        columns = list(zip(*self.rows, strict=True)) or [() for _ in names]
        return {
            f"entry_{name}": sql.integers(column) if name in INTEGERS else list(column)
            for name, column in zip(names, columns, strict=True)
        }
