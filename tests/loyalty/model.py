"""The rules of points once more, in plain Python and one lot at a time: what the tests compare with."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Lot:
    record: int
    source: str
    active: int = 0
    pending: int = 0
    held: int = 0
    reclaimed: int = 0
    issued: int = 0
    number: int = 0
    activates_at: datetime = EPOCH
    expires_at: datetime = EPOCH

    @property
    def free(self) -> int:
        return self.active - self.held


@dataclass
class Book:
    """Every record's lots and shortfall; `person` maps a record to its root."""

    pending_days: int
    valid_days: int
    restored_days: int
    lots: list[Lot] = field(default_factory=list)
    short: dict[int, int] = field(default_factory=dict)
    person: dict[int, int] = field(default_factory=dict)
    taken: dict[str, list[tuple[Lot, int]]] = field(default_factory=dict)

    def lots_of(self, person: int) -> list[Lot]:
        return [lot for lot in self.lots if self.person[lot.record] == person]

    def available(self, person: int, now: datetime) -> int:
        free = sum(lot.free for lot in self.lots_of(person) if lot.expires_at > now)
        return free - sum(self.short[record] for record, root in self.person.items() if root == person)

    def earn(self, record: int, points: int, source: str, now: datetime) -> None:
        paid = min(points, self.short[record])
        self.short[record] -= paid
        lot = Lot(record, source, issued=points, number=len(self.lots))
        lot.activates_at = now + timedelta(days=self.pending_days)
        lot.expires_at = now + timedelta(days=self.valid_days)
        if self.pending_days:
            lot.pending = points - paid
        else:
            lot.active = points - paid
        self.lots.append(lot)

    def take(self, person: int, points: int, source: str, now: datetime) -> bool:
        """Hold points; False where there are too few."""
        if self.available(person, now) < points:
            return False
        usable = [lot for lot in self.lots_of(person) if lot.expires_at > now and lot.free]
        self.taken[source] = []
        for lot in sorted(usable, key=lambda lot: (lot.expires_at, lot.number)):
            part = min(points, lot.free)
            if part:
                lot.held += part
                points -= part
                self.taken[source].append((lot, part))
        return True

    def settle(self, source: str, *, burn: bool) -> None:
        for lot, part in self.taken[source]:
            lot.held -= part
            lot.active -= part if burn else 0
        if not burn:
            del self.taken[source]

    def claw_back(self, source: str, points: int) -> int:
        lot = next(lot for lot in self.lots if lot.source == source)
        points = min(points, lot.issued - lot.reclaimed)
        lot.reclaimed += points
        active = min(points, lot.free)
        pending = min(points - active, lot.pending)
        lot.active -= active
        lot.pending -= pending
        self.short[lot.record] += points - active - pending
        return points

    def restore(self, source: str, points: int, now: datetime) -> int:
        for lot, _ in self.taken[source]:
            self.expire(lot, now)
        given = 0
        rest = []
        for lot, part in sorted(
            self.taken[source], key=lambda taken: (taken[0].expires_at, taken[0].number), reverse=True
        ):
            back = min(points - given, part)
            if back:
                lot.active += back
                if lot.expires_at <= now:
                    lot.expires_at = now + timedelta(days=self.restored_days)
            given += back
            if part > back:
                rest.append((lot, part - back))
        self.taken[source] = rest
        return given

    def expire(self, lot: Lot, now: datetime) -> None:
        if lot.expires_at <= now and not lot.pending:
            paid = min(lot.free, self.short[lot.record])
            self.short[lot.record] -= paid
            lot.active = lot.held

    def due(self, now: datetime) -> None:
        for lot in self.lots:
            if lot.activates_at <= now:
                lot.active += lot.pending
                lot.pending = 0
        for lot in sorted(self.lots, key=lambda lot: (lot.expires_at, lot.number)):
            self.expire(lot, now)

    def figures(self, record: int) -> tuple[int, int, int]:
        """Balance, pending and shortfall of a record's account."""
        own = [lot for lot in self.lots if lot.record == record]
        active = sum(lot.active for lot in own)
        return active - self.short[record], sum(lot.pending for lot in own), self.short[record]
