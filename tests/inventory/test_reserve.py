"""Reserving: all or nothing, exact, and never what is not there."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from inventory import errors, selectors
from inventory import services as inventory
from inventory.models import Reservation, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import NoTransaction
from omni.outbox.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def want(level: StockLevel, quantity: int, source: str = "order:1:1") -> inventory.Want:
    return inventory.Want(level.variant_id, level.location_id, quantity, source)


def reserve(
    *wants: inventory.Want, now: datetime, expires_at: datetime | None = None, committed: bool = False
) -> list[int]:
    with db.transaction():
        return inventory.reserve(
            wants=wants, expires_at=expires_at, committed=committed, actor=SYSTEM, now=now
        )


def test_reserve_promises_and_says_so(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)

    [reservation_id] = reserve(want(level, 3, "order:7:1"), now=now, expires_at=now + timedelta(minutes=15))

    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (5, 3)
    held = Reservation.objects.get()
    assert (held.pk, held.quantity, held.status, held.source) == (reservation_id, 3, "ACTIVE", "order:7:1")
    assert held.expires_at == now + timedelta(minutes=15)
    assert Event.objects.get().payload == {
        "variant_ids": [level.variant_id],
        "location_ids": [level.location_id],
    }


def test_reservation_ids_follow_the_order_of_the_wants(now: datetime) -> None:
    shop = factories.location()
    levels = [factories.stock(factories.variant(), shop, 9) for _ in range(4)]
    order = [levels[2], levels[0], levels[3], levels[2], levels[1]]

    ids = reserve(*(want(level, n + 1, f"order:1:{n}") for n, level in enumerate(order)), now=now)

    found = {held.pk: held for held in Reservation.objects.all()}
    assert [(found[pk].variant_id, found[pk].quantity) for pk in ids] == [
        (level.variant_id, n + 1) for n, level in enumerate(order)
    ]
    assert StockLevel.objects.get(pk=levels[2].pk).reserved == 1 + 4


def test_reserve_is_one_statement_and_its_event(now: datetime, django_assert_num_queries: object) -> None:
    shop = factories.location()
    levels = [factories.stock(factories.variant(), shop, 9) for _ in range(20)]

    with db.transaction(), django_assert_num_queries(2):  # type: ignore[operator]
        inventory.reserve(wants=[want(level, 1) for level in levels], expires_at=None, actor=SYSTEM, now=now)


def test_shortage_names_each_level_and_writes_nothing(now: datetime) -> None:
    shop = factories.location(code="shibuya")
    plenty = factories.stock(factories.variant(), shop, 50)
    short = factories.stock(
        factories.variant(sku="TEA"), shop, 9, safety_stock=2, damaged=1, quality_control=1
    )
    never = factories.variant(sku="NEVER")

    with pytest.raises(errors.InsufficientStock) as refusal:
        reserve(
            want(plenty, 1),
            want(short, 4),
            want(short, 2),
            inventory.Want(never.pk, shop.pk, 1, "order:1:3"),
            now=now,
        )

    assert refusal.value.data() == {
        "shortages": [
            {"sku": "TEA", "location": "shibuya", "requested": 6, "available": 5},
            {"sku": "NEVER", "location": "shibuya", "requested": 1, "available": 0},
        ]
    }
    assert not Reservation.objects.exists()
    assert not Event.objects.exists()
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {0}


def test_a_refusal_writes_nothing_even_where_its_caller_goes_on(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 1)

    with db.transaction():
        with pytest.raises(errors.InsufficientStock):
            inventory.reserve(wants=[want(level, 2)], expires_at=None, actor=SYSTEM, now=now)
        Event.objects.create(
            type="inventory.stock-changed.v1", aggregate="x", payload={}, occurred_at=now, actor="test"
        )

    level.refresh_from_db()
    assert level.reserved == 0
    assert not Reservation.objects.exists()


def test_what_has_expired_makes_room(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 2)
    [stale] = reserve(want(level, 2), now=now, expires_at=now + timedelta(minutes=15))

    [fresh] = reserve(want(level, 1), now=now + timedelta(minutes=15))

    level.refresh_from_db()
    assert level.reserved == 1
    assert Reservation.objects.get(pk=stale).status == "EXPIRED"
    assert Reservation.objects.get(pk=fresh).status == "ACTIVE"


def test_what_was_committed_never_expires(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 2)
    held = reserve(want(level, 2), now=now, expires_at=now + timedelta(minutes=15))
    with db.transaction():
        inventory.commit(reservation_ids=held, now=now)

    with pytest.raises(errors.InsufficientStock):
        reserve(want(level, 1), now=now + timedelta(days=1))

    assert inventory.expire_reservations(now=now + timedelta(days=1), limit=10) == 0


def test_release_frees_once(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    ids = reserve(want(level, 2), want(level, 1), now=now)

    with db.transaction():
        first = inventory.release(reservation_ids=ids, actor=SYSTEM, now=now)
    with db.transaction():
        again = inventory.release(reservation_ids=ids, actor=SYSTEM, now=now)

    level.refresh_from_db()
    assert (first, again, level.reserved) == (2, 0, 0)
    assert set(Reservation.objects.values_list("status", "closed_at")) == {("RELEASED", now)}
    assert Event.objects.count() == 2  # the reservation's and the release's


def test_commit_refuses_what_is_closed(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    kept, gone = reserve(want(level, 2), want(level, 1), now=now)
    with db.transaction():
        inventory.release(reservation_ids=[gone], actor=SYSTEM, now=now)

    with pytest.raises(errors.ReservationNotOpen) as refusal, db.transaction():
        inventory.commit(reservation_ids=[kept, gone], now=now)

    assert refusal.value.data() == {"reservation_ids": [gone]}
    assert Reservation.objects.get(pk=kept).status == "ACTIVE"


def test_expiry_takes_only_what_is_due(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 9)
    for minutes in (1, 2, 3):
        reserve(want(level, 1), now=now, expires_at=now + timedelta(minutes=minutes))

    first = inventory.expire_reservations(now=now + timedelta(minutes=2), limit=1)
    second = inventory.expire_reservations(now=now + timedelta(minutes=2), limit=10)

    level.refresh_from_db()
    assert (first, second, level.reserved) == (1, 1, 1)


def test_reserve_demands_a_transaction(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 9)

    with pytest.raises(NoTransaction):
        inventory.reserve(wants=[want(level, 1)], expires_at=None, actor=SYSTEM, now=now)


def fulfil(ids: list[int], now: datetime, number: str = "F-1", **options: object) -> inventory.PostedDocument:
    with db.transaction():
        return inventory.fulfil(
            reservation_ids=ids,
            document=inventory.DocumentRef("FULFILMENT", number),
            actor=SYSTEM,
            occurred_at=now,
            now=now,
            **options,
        )


def test_fulfil_takes_what_was_promised(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    ids = reserve(want(level, 2), want(level, 1), now=now, committed=True)

    posted = fulfil(ids, now)

    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (2, 0)
    assert set(Reservation.objects.values_list("status", "document")) == {("FULFILLED", posted.id)}
    rows = StockEntry.objects.filter(document=posted.id).order_by("id")
    assert list(rows.values_list("kind", "delta", "balance_after")) == [("SALE", -2, 3), ("SALE", -1, 2)]


def test_a_part_is_fulfilled_and_the_rest_stays_open(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    [held] = reserve(want(level, 4), now=now, committed=True)

    fulfil([held], now, reservation_quantities={held: 3})

    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (2, 1)
    assert list(Reservation.objects.order_by("id").values_list("status", "quantity")) == [
        ("COMMITTED", 1),
        ("FULFILLED", 3),
    ]
    assert Reservation.objects.get(quantity=1).pk == held


def test_fulfil_refuses_more_than_is_reserved(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    [held] = reserve(want(level, 2), now=now)

    with pytest.raises(errors.QuantityExceedsReservation):
        fulfil([held], now, reservation_quantities={held: 3})

    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (5, 2)


def test_fulfilling_twice_is_refused(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    ids = reserve(want(level, 2), now=now)
    fulfil(ids, now)

    with pytest.raises(errors.ReservationNotOpen):
        fulfil(ids, now, number="F-2")

    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (3, 0)


def test_reservations_take_the_ids_that_were_drawn_for_them(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    drawn = inventory.draw_reservations(2)
    pair = (level.variant_id, level.location_id)

    ids = reserve(*(inventory.Want(*pair, n + 1, "order:1:1", id=pk) for n, pk in enumerate(drawn)), now=now)

    assert ids == drawn
    assert [Reservation.objects.get(pk=pk).quantity for pk in drawn] == [1, 2]


def test_the_plans_of_hot_statements_are_kept(now: datetime) -> None:
    """Planned anew, a reservation would cost half as much again."""
    connection.close()
    level = factories.stock(factories.variant(), factories.location(), 50)
    for _ in range(12):
        reserve(want(level, 1), now=now)
        selectors.channel_availability(channel_id=1, variant_ids=[level.variant_id])

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
        kept = {statement: (generic, custom) for statement, generic, custom in cursor.fetchall()}

    hot = [plans for statement, plans in kept.items() if "inventory_stocklevel" in statement]
    assert len(hot) == 2
    assert all(custom <= 5 and generic >= 7 for generic, custom in hot)
