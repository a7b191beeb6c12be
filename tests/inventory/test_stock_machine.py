"""
Any sequence of all that is done to stock keeps the design's invariants: a state machine beside a model.

The model is a handful of dictionaries; `stock_machine` has what is sold, promised and set aside, this adds
what is on its way, counted, ordered, brought back, kept safe, and sold in bundles.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from inventory import errors, selectors
from inventory import services as inventory
from inventory.models import CountLimit, PurchaseOrder, StockLevel, Transfer
from inventory.services import Arrival
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.inventory.stock_machine import Pair, Stock, level_of, units

pytestmark = pytest.mark.django_db(transaction=True)
# A set is one of the first article and two of the second.
PARTS = (1, 2)


@dataclass
class Coming:
    """Units on their way to a level, or, of a transfer that has not left, held for it at `held_at`."""

    pair: Pair
    units: int
    held_at: Pair | None = None
    begun: bool = False


class AllStock(Stock):
    def __init__(self) -> None:
        super().__init__()
        self.transfers: dict[int, Coming] = {}
        self.orders: dict[int, Coming] = {}
        self.safe: dict[Pair, int] = {}

    @initialize()
    def open_shops(self) -> None:
        super().open_shops()
        CountLimit.objects.all().delete()
        CountLimit.objects.create(quantity=1_000_000)
        self.channel = factories.channel()
        self.set = factories.bundle(*zip(self.variants, PARTS, strict=True))
        self.supplier = factories.supplier()
        for shop in self.shops:
            factories.source(self.channel, shop)

    def reserved(self, pair: Pair) -> int:
        return super().reserved(pair) + sum(
            one.units for one in self.transfers.values() if one.held_at == pair
        )

    def available(self, pair: Pair) -> int:
        return super().available(pair) - self.safe.get(pair, 0)

    def incoming(self, pair: Pair) -> int:
        under_way = [one for one in self.transfers.values() if one.held_at is None]
        return sum(one.units for one in [*under_way, *self.orders.values()] if one.pair == pair)

    def pick(self, data: st.DataObject, among: dict[int, Coming], *, held: bool | None = None) -> int | None:
        found = sorted(pk for pk, one in among.items() if held is None or (one.held_at is not None) == held)
        return data.draw(st.sampled_from(found)) if found else None

    # --- Between shops ------------------------------------------------------------------

    @rule(variant=st.integers(0, 1), turn=st.integers(0, 1), quantity=units)
    def ask_for_a_transfer(self, variant: int, turn: int, quantity: int) -> None:
        here, there = self.pairs[2 * variant + turn], self.pairs[2 * variant + 1 - turn]
        due = self.due([here])
        room = self.available(here) + sum(self.open[pk].quantity for pk in due)
        try:
            asked = inventory.request_transfer(
                origin_id=here[1], destination_id=there[1], lines=[(here[0], quantity)], **self.context()
            )
        except errors.InsufficientStock:
            assert room < quantity
            return
        assert room >= quantity
        if self.available(here) < quantity:
            self.expire(due)
        self.transfers[Transfer.objects.get(number=asked.number).pk] = Coming(there, quantity, here)

    @rule(data=st.data())
    def call_off_a_transfer(self, data: st.DataObject) -> None:
        if pk := self.pick(data, self.transfers, held=True):
            inventory.cancel_transfer(transfer_id=pk, reason="no", **self.context())
            del self.transfers[pk]

    @rule(data=st.data())
    def ship_a_transfer(self, data: st.DataObject) -> None:
        """What stays behind is free again."""
        if pk := self.pick(data, self.transfers, held=True):
            asked = self.transfers[pk]
            sent = data.draw(st.integers(1, asked.units))
            inventory.ship_transfer(transfer_id=pk, quantities={asked.pair[0]: sent}, **self.context())
            assert asked.held_at
            self.on_hand[asked.held_at] -= sent
            self.transfers[pk] = Coming(asked.pair, sent)

    @rule(data=st.data(), good=units, damaged=st.integers(0, 2), complete=st.booleans())
    def receive_a_transfer(self, data: st.DataObject, good: int, damaged: int, complete: bool) -> None:
        if pk := self.pick(data, self.transfers, held=False):
            coming = self.transfers[pk]
            arrival = Arrival(coming.pair[0], good, damaged)
            inventory.receive_transfer(
                transfer_id=pk, arrivals=[arrival], complete=complete, **self.context()
            )
            self.arrive(self.transfers, pk, good, damaged, complete=complete)

    def arrive(self, among: dict[int, Coming], pk: int, good: int, damaged: int, *, complete: bool) -> None:
        coming = among[pk]
        self.on_hand[coming.pair] += good + damaged
        self.damaged[coming.pair] += damaged
        coming.units, coming.begun = max(0, coming.units - good - damaged), True
        if complete or not coming.units:
            del among[pk]

    # --- From suppliers, from customers ---------------------------------------------------

    @rule(at=level_of, quantity=units)
    def order_goods(self, at: int, quantity: int) -> None:
        variant_id, location_id = pair = self.pairs[at]
        drafted = inventory.draft_purchase_order(
            supplier_id=self.supplier.pk,
            destination_id=location_id,
            lines=[inventory.OrderedLine(variant_id, quantity, Decimal(100))],
            **self.context(),
        )
        order = PurchaseOrder.objects.get(number=drafted.number)
        inventory.place_purchase_order(order_id=order.pk, **self.context())
        self.orders[order.pk] = Coming(pair, quantity)

    @rule(data=st.data())
    def take_a_delivery(self, data: st.DataObject) -> None:
        if pk := self.pick(data, self.orders):
            coming = self.orders[pk]
            came = data.draw(st.integers(1, coming.units))
            damaged = data.draw(st.integers(0, came))
            arrival = Arrival(coming.pair[0], came - damaged, damaged)
            inventory.receive_purchase_order(order_id=pk, arrivals=[arrival], **self.context())
            self.arrive(self.orders, pk, came - damaged, damaged, complete=False)

    @rule(data=st.data())
    def expect_no_more(self, data: st.DataObject) -> None:
        if pk := self.pick(data, self.orders):
            end = inventory.close_purchase_order if self.orders[pk].begun else inventory.cancel_purchase_order
            end(order_id=pk, reason="no", **self.context())
            del self.orders[pk]

    @rule(at=level_of, quantity=units)
    def take_back(self, at: int, quantity: int) -> None:
        pair = self.pairs[at]
        with db.transaction():
            inventory.post_movements(
                document=inventory.DocumentRef("RETURN", f"R-{factories.number()}"),
                movements=[inventory.Movement(*pair, quantity, "RETURN")],
                actor=SYSTEM,
                occurred_at=self.now,
                now=self.now,
            )
        self.on_hand[pair] += quantity

    # --- By staff -------------------------------------------------------------------------

    @rule(at=level_of, delta=st.integers(-4, 4).filter(bool))
    def correct(self, at: int, delta: int) -> None:
        variant_id, location_id = pair = self.pairs[at]
        try:
            inventory.adjust_stock(
                location_id=location_id,
                variant_id=variant_id,
                delta=delta,
                reason="correction",
                **self.context(),
            )
        except errors.BelowZero:
            assert delta < 0 < -delta - self.on_hand[pair]
            return
        assert delta > 0 or self.on_hand[pair] + delta >= 0
        self.on_hand[pair] += delta

    @rule(at=level_of, found=st.integers(0, 9))
    def count(self, at: int, found: int) -> None:
        """A minute after whatever moved last: on hand is then what was found."""
        self.now += timedelta(minutes=1)
        variant_id, location_id = pair = self.pairs[at]
        sheet = inventory.open_count_sheet(
            location_id=location_id, variant_ids=[variant_id], **self.context()
        )
        inventory.record_counts(
            number=sheet.number,
            records=[inventory.Counted(variant_id, found, self.now)],
            **self.context(),
        )
        inventory.submit_count_sheet(number=sheet.number, **self.context())
        inventory.post_count_sheet(number=sheet.number, **self.context())
        self.on_hand[pair] = found

    @rule(at=level_of, quantity=st.integers(0, 2))
    def keep_safe(self, at: int, quantity: int) -> None:
        variant_id, location_id = pair = self.pairs[at]
        inventory.set_safety_stock(
            location_id=location_id, variant_id=variant_id, quantity=quantity, **self.context()
        )
        self.safe[pair] = quantity

    @rule(shop=st.integers(0, 1), sets=units)
    def reserve_sets(self, shop: int, sets: int) -> None:
        """A bundle's components together, or none of them."""
        self.reserve_all([(shop, PARTS[0] * sets), (2 + shop, PARTS[1] * sets)], None)

    # --- What must hold -------------------------------------------------------------------

    @invariant()
    def what_is_waited_for_is_incoming(self) -> None:
        levels = StockLevel.objects.of_pairs(self.pairs)
        found = {(level.variant_id, level.location_id): level.incoming for level in levels}
        assert {pair: found.get(pair, 0) for pair in self.pairs} == {
            pair: self.incoming(pair) for pair in self.pairs
        }

    def free(self, pair: Pair) -> int:
        """With what reservations whose time has run out hold."""
        return max(0, self.available(pair) + sum(self.open[pk].quantity for pk in self.due([pair])))

    @invariant()
    def the_channel_sees_what_is_free_and_whole_sets(self) -> None:
        ids = [*(variant.pk for variant in self.variants), self.set.pk]
        seen = selectors.channel_availability(channel_id=self.channel.pk, variant_ids=ids, at=self.now)
        sets = sum(
            min(self.free(self.pairs[shop]) // PARTS[0], self.free(self.pairs[2 + shop]) // PARTS[1])
            for shop in range(2)
        )
        apart = [self.free(self.pairs[2 * n]) + self.free(self.pairs[2 * n + 1]) for n in range(2)]
        assert [seen[pk] for pk in ids] == [*apart, sets]

    def teardown(self) -> None:
        for pk, one in self.transfers.items():
            if one.held_at:
                inventory.cancel_transfer(transfer_id=pk, reason="the end", **self.context())
        super().teardown()


def test_all_stock_keeps_its_invariants() -> None:
    run_state_machine_as_test(
        AllStock,
        settings=settings(
            max_examples=5,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
