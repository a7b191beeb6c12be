"""What becomes of a promise: extended, split, moved, converted; and holds made by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from inventory import errors, selectors, verification
from inventory import services as inventory
from inventory.models import Reservation, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import NoTransaction
from omni.core.idempotency import Claim
from omni.core.models import Claim as ClaimRecord
from omni.outbox.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def held(level: StockLevel, quantity: int, now: datetime, expires_at: datetime | None = None) -> int:
    want = inventory.Want(level.variant_id, level.location_id, quantity, "order:1:1")
    with db.transaction():
        return inventory.reserve(wants=[want], expires_at=expires_at, actor=SYSTEM, now=now, publish=False)[0]


def act(operation: Any, now: datetime, **options: Any) -> Any:
    with db.transaction():
        return operation(actor=SYSTEM, now=now, **options)


def changes() -> list[tuple[str, int]]:
    told = Event.objects.filter(type="inventory.reservation-changed.v1").order_by("pk")
    return [(event.payload["change"], event.payload["quantity"]) for event in told]


def stock_told() -> list[tuple[list[int], list[int]]]:
    told = Event.objects.filter(type="inventory.stock-changed.v1").order_by("pk")
    return [(event.payload["variant_ids"], event.payload["location_ids"]) for event in told]


def as_written() -> tuple[Any, ...]:
    rows = Reservation.objects.order_by("pk").values_list("pk", "location", "quantity", "status", "source")
    return list(rows), list(StockLevel.objects.order_by("pk").values_list("pk", "reserved")), changes()


def test_an_extended_hold_lasts_longer(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    pk = held(level, 5, now, now + HOUR)

    act(inventory.extend, now, reservation_ids=[pk], expires_at=now + 3 * HOUR)

    assert inventory.expire_reservations(now=now + 2 * HOUR) == 0
    with pytest.raises(errors.InsufficientStock):
        held(level, 1, now + 2 * HOUR)
    assert inventory.expire_reservations(now=now + 3 * HOUR) == 1
    assert changes() == [("EXTENDED", 5)]


@pytest.mark.parametrize("hours", [None, 2, 3])
def test_an_extension_is_later_than_what_stands(now: datetime, hours: int | None) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    pk = held(level, 1, now, None if hours is None else now + hours * HOUR)
    before = as_written()

    with pytest.raises(errors.ExpiryNotLater):
        act(inventory.extend, now, reservation_ids=[pk], expires_at=now + 2 * HOUR)

    assert as_written() == before


def test_what_has_expired_is_gone_though_no_worker_ran(now: datetime) -> None:
    """A buyer gets it, and nothing brings it back: not even who comes before the buyer."""
    shop, other = factories.location(), factories.location()
    level = factories.stock(factories.variant(), shop, 5)
    factories.stock(level.variant, other, 5)
    pk, later = held(level, 5, now, now + HOUR), now + HOUR
    operations: list[tuple[Any, dict[str, Any]]] = [
        (inventory.extend, {"reservation_ids": [pk], "expires_at": now + 9 * HOUR}),
        (inventory.split, {"reservation_id": pk, "quantity": 2}),
        (inventory.move, {"reservation_ids": [pk], "location_id": other.pk}),
        (inventory.convert, {"conversions": [inventory.Conversion(pk, "order:2:1")]}),
    ]

    for operation, options in operations:
        with pytest.raises(errors.ReservationNotOpen) as refusal:
            act(operation, later, **options)
        assert refusal.value.data() == {"reservation_ids": [pk]}

    assert selectors.location_availability(variant_ids=[level.variant_id], at=later) == {
        (level.variant_id, shop.pk): 5,
        (level.variant_id, other.pk): 5,
    }
    held(level, 5, later)
    assert Reservation.objects.get(pk=pk).status == "EXPIRED"
    level.refresh_from_db()
    assert (level.reserved, verification.find_drifts()) == (5, [])


def test_a_split_leaves_as_much_reserved(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    pk = held(level, 5, now, now + HOUR)

    part = act(inventory.split, now, reservation_id=pk, quantity=2)

    level.refresh_from_db()
    rows = Reservation.objects.order_by("pk").values_list("pk", "quantity", "source", "expires_at", "status")
    assert list(rows) == [
        (pk, 3, "order:1:1", now + HOUR, "ACTIVE"),
        (part.pk, 2, "order:1:1", now + HOUR, "ACTIVE"),
    ]
    assert (level.reserved, changes(), stock_told()) == (5, [("SPLIT", 3), ("SPLIT", 2)], [])
    assert verification.find_drifts() == []


@pytest.mark.parametrize("quantity", [0, 5, 6])
def test_a_split_leaves_units_on_both_sides(now: datetime, quantity: int) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    pk = held(level, 5, now)
    before = as_written()

    with pytest.raises(errors.SplitLeavesNothing):
        act(inventory.split, now, reservation_id=pk, quantity=quantity)

    assert as_written() == before


def test_a_moved_hold_is_free_here_and_held_there(now: datetime) -> None:
    shop, other = factories.location(), factories.location()
    tea, cup = factories.variant(), factories.variant()
    levels = [factories.stock(variant, place, 5) for place in (shop, other) for variant in (tea, cup)]
    ids = [held(levels[0], 3, now), held(levels[1], 2, now)]

    act(inventory.move, now, reservation_ids=ids, location_id=other.pk)

    for level in levels:
        level.refresh_from_db()
    assert [level.reserved for level in levels] == [0, 0, 3, 2]
    assert set(Reservation.objects.values_list("pk", "location")) == {(pk, other.pk) for pk in ids}
    assert stock_told() == [([tea.pk, cup.pk] * 2, [shop.pk] * 2 + [other.pk] * 2)]
    assert changes() == [("MOVED", 3), ("MOVED", 2)]
    assert verification.find_drifts() == []


def test_a_move_finds_all_or_changes_nothing(now: datetime) -> None:
    shop, other = factories.location(), factories.location(code="umeda")
    tea, cup = factories.variant(), factories.variant(sku="CUP")
    ids = [held(factories.stock(variant, shop, 5), 3, now) for variant in (tea, cup)]
    factories.stock(tea, other, 5)
    factories.stock(cup, other, 3, safety_stock=1)
    before = as_written()

    with pytest.raises(errors.InsufficientStock) as refusal:
        act(inventory.move, now, reservation_ids=ids, location_id=other.pk)

    short = {"sku": "CUP", "location": "umeda", "requested": 3, "available": 2}
    assert refusal.value.data() == {"shortages": [short]}
    assert as_written() == before


def test_a_move_takes_what_has_expired_there(now: datetime) -> None:
    shop, other = factories.location(), factories.location()
    tea = factories.variant()
    pk = held(factories.stock(tea, shop, 2), 2, now)
    there = factories.stock(tea, other, 2)
    stale = held(there, 2, now, now + HOUR)

    act(inventory.move, now + HOUR, reservation_ids=[pk], location_id=other.pk)

    there.refresh_from_db()
    assert (there.reserved, Reservation.objects.get(pk=stale).status) == (2, "EXPIRED")
    assert verification.find_drifts() == []


def test_a_converted_hold_is_the_orders_and_never_free(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 2)
    pk = held(level, 2, now, now + HOUR)

    act(inventory.convert, now, conversions=[inventory.Conversion(pk, "order:7:2")])

    row = Reservation.objects.get()
    assert (row.pk, row.source, row.status, row.expires_at) == (pk, "order:7:2", "COMMITTED", None)
    with pytest.raises(errors.InsufficientStock):
        held(level, 1, now + 9 * HOUR)
    assert (changes(), stock_told()) == ([("CONVERTED", 2)], [])


def test_the_building_blocks_demand_a_transaction(now: datetime) -> None:
    pk = held(factories.stock(factories.variant(), factories.location(), 2), 2, now, now + HOUR)

    with pytest.raises(NoTransaction):
        inventory.extend(reservation_ids=[pk], expires_at=now + 2 * HOUR, actor=SYSTEM, now=now)


def claimed(key: str, now: datetime, **request: Any) -> dict[str, Any]:
    claim = Claim.of(actor=SYSTEM, operation="hold", key=key, request=request)
    return {"claim": claim, "actor": SYSTEM, "now": now}


def hold(level: StockLevel, quantity: int, now: datetime, key: str = "k") -> inventory.Held:
    return inventory.hold_stock(
        variant_id=level.variant_id,
        location_id=level.location_id,
        quantity=quantity,
        expires_at=now + HOUR,
        note="slip 12",
        **claimed(key, now, quantity=quantity),
    )


def test_a_hold_by_hand_keeps_its_note_and_happens_once(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)

    first, again = hold(level, 3, now), hold(level, 3, now)

    row = Reservation.objects.get()
    level.refresh_from_db()
    assert first == again == inventory.Held(row.pk, level.location_id, 3, "ACTIVE", now + HOUR)
    assert (row.source, row.note, row.actor) == (f"hold:{row.pk}", "slip 12", str(SYSTEM))
    assert (level.reserved, changes()) == (3, [("HELD", 3)])


def test_a_hold_of_what_is_not_there_writes_nothing(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 2)

    with pytest.raises(errors.InsufficientStock):
        hold(level, 3, now)

    assert (Reservation.objects.count(), ClaimRecord.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_a_hold_goes_through_all_that_staff_do_with_it(now: datetime) -> None:
    shop, other = factories.location(), factories.location()
    level = factories.stock(factories.variant(), shop, 5)
    there = factories.stock(level.variant, other, 5)
    pk = hold(level, 3, now).id

    inventory.extend_hold(reservation_id=pk, expires_at=now + 2 * HOUR, **claimed("a", now))
    part = inventory.split_hold(reservation_id=pk, quantity=1, **claimed("b", now))
    inventory.move_hold(reservation_id=part.id, location_id=other.pk, **claimed("c", now))
    gone = inventory.release_hold(reservation_id=pk, **claimed("d", now))
    again = inventory.release_hold(reservation_id=pk, **claimed("d", now))

    level.refresh_from_db()
    there.refresh_from_db()
    assert (level.reserved, there.reserved) == (0, 1)
    assert gone == again == inventory.Held(pk, shop.pk, 2, "RELEASED", now + 2 * HOUR)
    assert [change for change, _ in changes()] == "HELD EXTENDED SPLIT SPLIT MOVED RELEASED".split()
    assert verification.find_drifts() == []


def test_an_orders_reservation_is_not_changed_by_hand(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    pk = held(level, 3, now, now + HOUR)
    before = as_written()

    with pytest.raises(errors.NotAHold):
        inventory.release_hold(reservation_id=pk, **claimed("a", now))
    with pytest.raises(errors.NotAHold):
        inventory.extend_hold(reservation_id=pk, expires_at=now + 2 * HOUR, **claimed("b", now))

    assert as_written() == before
