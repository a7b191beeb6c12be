"""What people do to levels and promises, beside a model in memory: the base of the machine of all stock."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import Discrepancy, Reservation, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from tests import factories

Pair = tuple[int, int]
level_of = st.integers(0, 3)
units = st.integers(1, 4)


@dataclass
class Held:
    pair: Pair
    quantity: int
    expires_at: datetime | None
    committed: bool = False


class Stock(RuleBasedStateMachine):
    """Two variants in two shops; the model counts by hand what the services must have counted."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
        self.on_hand: dict[Pair, int] = {}
        self.damaged: dict[Pair, int] = {}
        self.open: dict[int, Held] = {}
        self.ledger: list[tuple[Any, ...]] = []

    @initialize()
    def open_shops(self) -> None:
        shops = [factories.location() for _ in range(2)]
        variants = [factories.variant() for _ in range(2)]
        self.shops, self.variants = shops, variants
        self.pairs = [(variant.pk, shop.pk) for variant in variants for shop in shops]
        for variant, shop in ((variant, shop) for variant in variants for shop in shops):
            factories.stock(variant, shop, 5)
        self.on_hand = dict.fromkeys(self.pairs, 5)
        self.damaged = dict.fromkeys(self.pairs, 0)

    def reserved(self, pair: Pair) -> int:
        return sum(held.quantity for held in self.open.values() if held.pair == pair)

    def available(self, pair: Pair) -> int:
        return self.on_hand[pair] - self.damaged[pair] - self.reserved(pair)

    def due(self, pairs: list[Pair]) -> list[int]:
        """The reservations at these levels whose time has run out."""
        return [
            pk
            for pk, held in self.open.items()
            if held.pair in pairs
            and not held.committed
            and held.expires_at is not None
            and held.expires_at <= self.now
        ]

    def context(self) -> dict[str, Any]:
        claim = Claim.of(actor=SYSTEM, operation="machine", key=f"key-{factories.number()}", request={})
        return {"claim": claim, "actor": SYSTEM, "now": self.now}

    @rule(at=level_of, quantity=units)
    def receive(self, at: int, quantity: int) -> None:
        variant_id, location_id = pair = self.pairs[at]
        inventory.receive_stock(location_id=location_id, lines=[(variant_id, quantity)], **self.context())
        self.on_hand[pair] += quantity

    @rule(sold=st.lists(st.tuples(level_of, units), min_size=1, max_size=4))
    def sell_at_a_till(self, sold: list[tuple[int, int]]) -> None:
        """Always accepted; a discrepancy for each unit that was not there."""
        before = Discrepancy.objects.filter(kind="BELOW_ZERO").count()
        movements = [inventory.Movement(*self.pairs[at], -quantity, "SALE") for at, quantity in sold]
        with db.transaction():
            inventory.post_movements(
                document=inventory.DocumentRef("SALE", f"S-{factories.number()}"),
                movements=movements,
                actor=SYSTEM,
                occurred_at=self.now,
                now=self.now,
            )
        below = 0
        for at, quantity in sold:
            self.on_hand[self.pairs[at]] -= quantity
            below += self.on_hand[self.pairs[at]] < 0
        assert Discrepancy.objects.filter(kind="BELOW_ZERO").count() == before + below

    @rule(
        wanted=st.lists(st.tuples(level_of, units), min_size=1, max_size=3),
        minutes=st.none() | st.integers(1, 10),
    )
    def reserve(self, wanted: list[tuple[int, int]], minutes: int | None) -> None:
        self.reserve_all(wanted, minutes)

    def reserve_all(self, wanted: list[tuple[int, int]], minutes: int | None) -> None:
        """All of it, or nothing; what has expired is let go where it stands in the way."""
        expires_at = None if minutes is None else self.now + timedelta(minutes=minutes)
        wants = [inventory.Want(*self.pairs[at], quantity, "order:1:1") for at, quantity in wanted]
        needs: dict[Pair, int] = {}
        for at, quantity in wanted:
            needs[self.pairs[at]] = needs.get(self.pairs[at], 0) + quantity
        try:
            with db.transaction():
                ids = inventory.reserve(wants=wants, expires_at=expires_at, actor=SYSTEM, now=self.now)
        except errors.InsufficientStock:
            spared = {pk: self.open[pk].quantity for pk in self.due(list(needs))}
            assert any(
                self.available(pair) + sum(spared[pk] for pk in spared if self.open[pk].pair == pair) < need
                for pair, need in needs.items()
            )
            return
        if any(self.available(pair) < need for pair, need in needs.items()):
            self.expire(self.due(list(needs)))
        for pk, (at, quantity) in zip(ids, wanted, strict=True):
            self.open[pk] = Held(self.pairs[at], quantity, expires_at)
        assert all(self.available(pair) >= 0 for pair in needs)

    def expire(self, ids: list[int]) -> None:
        for pk in ids:
            del self.open[pk]

    @rule(minutes=st.integers(5, 20))
    def let_time_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        due = self.due(self.pairs)
        assert inventory.expire_reservations(now=self.now, limit=1000) == len(due)
        self.expire(due)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        pk = data.draw(st.sampled_from(sorted(self.open)))
        with db.transaction():
            inventory.commit(reservation_ids=[pk], now=self.now)
        self.open[pk].committed = True

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.open)), min_size=1, unique=True))
        with db.transaction():
            assert inventory.release(reservation_ids=ids, actor=SYSTEM, now=self.now) == len(ids)
        self.expire(ids)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def fulfil(self, data: st.DataObject) -> None:
        pk = data.draw(st.sampled_from(sorted(self.open)))
        held = self.open[pk]
        quantity = data.draw(st.integers(1, held.quantity))
        with db.transaction():
            inventory.fulfil(
                reservation_ids=[pk],
                reservation_quantities={pk: quantity},
                document=inventory.DocumentRef("FULFILMENT", f"F-{factories.number()}"),
                actor=SYSTEM,
                occurred_at=self.now,
                now=self.now,
            )
        self.on_hand[held.pair] -= quantity
        held.quantity -= quantity
        if not held.quantity:
            self.expire([pk])

    def gone(self, pk: int) -> bool:
        """Whether its time has run out, closed or not."""
        return pk in self.due(self.pairs)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), minutes=st.integers(-5, 20))
    def extend(self, data: st.DataObject, minutes: int) -> None:
        pk = data.draw(st.sampled_from(sorted(self.open)))
        held, until = self.open[pk], self.now + timedelta(minutes=minutes)
        try:
            with db.transaction():
                inventory.extend(reservation_ids=[pk], expires_at=until, actor=SYSTEM, now=self.now)
        except errors.ReservationNotOpen:
            assert self.gone(pk)
        except errors.ExpiryNotLater:
            assert held.committed or held.expires_at is None or held.expires_at >= until
        else:
            assert not self.gone(pk)
            held.expires_at = until

    @precondition(lambda self: self.open)
    @rule(data=st.data(), quantity=units)
    def split(self, data: st.DataObject, quantity: int) -> None:
        pk = data.draw(st.sampled_from(sorted(self.open)))
        held = self.open[pk]
        try:
            with db.transaction():
                part = inventory.split(reservation_id=pk, quantity=quantity, actor=SYSTEM, now=self.now)
        except errors.ReservationNotOpen:
            assert self.gone(pk)
        except errors.SplitLeavesNothing:
            assert quantity >= held.quantity
        else:
            held.quantity -= quantity
            self.open[part.pk] = replace(held, quantity=quantity)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """To the other shop; what has expired there is let go if it stands in the way."""
        pk = data.draw(st.sampled_from(sorted(self.open)))
        held = self.open[pk]
        place = self.pairs.index(held.pair)
        there = self.pairs[place ^ 1]
        spared = sum(self.open[one].quantity for one in self.due([there]))
        try:
            with db.transaction():
                inventory.move(reservation_ids=[pk], location_id=there[1], actor=SYSTEM, now=self.now)
        except errors.ReservationNotOpen:
            assert self.gone(pk)
            return
        except errors.InsufficientStock:
            assert self.available(there) + spared < held.quantity
            return
        if self.available(there) < held.quantity:
            self.expire(self.due([there]))
        assert self.available(there) >= held.quantity
        held.pair = there

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def convert(self, data: st.DataObject) -> None:
        pk = data.draw(st.sampled_from(sorted(self.open)))
        conversion = inventory.Conversion(pk, "order:2:1")
        try:
            with db.transaction():
                inventory.convert(conversions=[conversion], actor=SYSTEM, now=self.now)
        except errors.ReservationNotOpen:
            assert self.gone(pk)
        else:
            self.open[pk].committed, self.open[pk].expires_at = True, None

    @rule(at=level_of, delta=st.integers(-4, 4).filter(bool))
    def set_aside_damaged(self, at: int, delta: int) -> None:
        variant_id, location_id = pair = self.pairs[at]
        room = (
            self.damaged[pair] + delta >= 0 if delta < 0 else self.on_hand[pair] - self.damaged[pair] >= delta
        )
        try:
            inventory.adjust_stock(
                location_id=location_id,
                variant_id=variant_id,
                delta=delta,
                reason="damaged",
                bucket="DAMAGED",
                **self.context(),
            )
        except errors.BelowZero:
            assert not room
            return
        assert room
        self.damaged[pair] += delta

    @rule(variant=st.integers(0, 1), quantity=units)
    def transfer(self, variant: int, quantity: int) -> None:
        here, there = self.pairs[2 * variant], self.pairs[2 * variant + 1]
        room = self.available(here) >= quantity
        try:
            inventory.transfer_stock(
                origin_id=here[1], destination_id=there[1], lines=[(here[0], quantity)], **self.context()
            )
        except errors.InsufficientStock:
            assert not room
            return
        assert room
        self.on_hand[here] -= quantity
        self.on_hand[there] += quantity

    @invariant()
    def levels_are_as_counted(self) -> None:
        levels = {
            (level.variant_id, level.location_id): level for level in StockLevel.objects.of_pairs(self.pairs)
        }
        for pair in self.pairs:
            level = levels.get(pair, StockLevel())
            assert (level.on_hand, level.damaged, level.reserved) == (
                self.on_hand[pair],
                self.damaged[pair],
                self.reserved(pair),
            )

    @invariant()
    def books_add_up(self) -> None:
        assert verification.find_drifts() == []

    @invariant()
    def the_ledger_only_grows(self) -> None:
        rows = list(StockEntry.objects.order_by("id").values_list("id", "delta", "balance_after", "document"))
        assert rows[: len(self.ledger)] == self.ledger
        self.ledger = rows

    def teardown(self) -> None:
        """Another example begins with other levels; what stays open here would be its sweep's."""
        with db.transaction():
            inventory.release(
                reservation_ids=list(
                    Reservation.objects.filter(status__in=Reservation.OPEN).values_list("pk", flat=True)
                ),
                actor=SYSTEM,
                now=self.now,
            )
