"""A shop rejects what it can't hand over: the books are put right, and it comes from elsewhere or waits."""

from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from catalog.models import Variant
from inventory import services as inventory
from inventory import verification
from inventory.models import Backlog, Discrepancy, Reservation, StockLevel
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors, selectors, services
from orders import verification as books
from orders.models import Fulfilment, FulfilmentLine, Order
from orders.services import Portion, RejectedFulfilment, Rejection, rejecting
from organisation.models import Location
from tests import factories
from tests.conftest import NOW
from tests.orders import aheads
from tests.orders.ec import Site, place
from tests.orders.test_allocate_waiting import book, deliver
from tests.orders.test_sale_api import client_of, post
from tests.orders.tills import Till
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor.api_key("clerk")


def context(key: str = "") -> dict[str, Any]:
    claim = Claim.of(actor=CLERK, operation="reject", key=key or str(uuid4()), request={})
    return {"claim": claim, "actor": CLERK, "now": NOW}


def second(site: Site, variant: Variant, units: int, priority: int = 200) -> Location:
    """Another source of the channel, asked after the warehouse, with so many of it."""
    shop = factories.location()
    factories.source(site.channel, shop, priority=priority)
    factories.stock(variant, shop, units)
    return shop


def ordered(site: Site, *lines: tuple[Variant, int], **fields: Any) -> Order:
    order = Order.objects.get(number=place(site.cart(*lines, **fields)).number)
    Event.objects.all().delete()
    return order


def reject(
    order: Order,
    portions: list[Portion] | None = None,
    *,
    key: str = "",
    reason: str = "NOT_IN_STOCK",
    **more: Any,
) -> RejectedFulfilment:
    part = order.fulfilments.filter(status="RESERVED").order_by("pk").first()
    limits = {"location_id": more.pop("location_id")} if "location_id" in more else {}
    return services.reject_fulfilment(
        number=order.number,
        fulfilment_id=part.pk if part else order.fulfilments.order_by("pk")[0].pk,
        rejection=Rejection(reason, **more),
        portions=portions,
        **limits,
        **context(key),
    )


def parts(order: Order) -> list[tuple[Any, ...]]:
    """(state, location, units, state of what holds them)"""
    lines = FulfilmentLine.objects.filter(fulfilment__order=order, quantity__gt=0)
    rows = lines.values_list("fulfilment__status", "fulfilment__location", "quantity", "reservation__status")
    return sorted(rows, key=lambda row: (row[0], row[1] or 0, row[2]))


def levels() -> list[tuple[int, int]]:
    return list(StockLevel.objects.order_by("pk").values_list("on_hand", "reserved"))


def told(kind: str) -> list[tuple[Any, ...]]:
    rows = Discrepancy.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("status", "quantity", "location"))


def drifts() -> list[Any]:
    return [*verification.find_drifts(), *books.find_drifts()]


def test_what_one_location_rejects_comes_from_another_at_once() -> None:
    site = Site()
    tea, cup = site.item(1100, stock=3), site.item(500, stock=5)
    shop = second(site, tea, 4)
    order = ordered(site, (tea, 2), (cup, 1))

    done = reject(order, [Portion(1, 2)], note="looked twice")
    assert parts(order) == [
        ("FAILED", site.warehouse.pk, 2, "RELEASED"),
        ("PROPOSED", None, 2, None),
        ("RESERVED", site.warehouse.pk, 1, "COMMITTED"),
    ]
    assert told("UNALLOCATED") == [("OPEN", 2, None)]
    assert Backlog.objects.values_list("ahead", "owed").get() == (0, 2)
    deliver()

    assert (done.number, done.status, done.units) == (order.number, "PLACED", 2)
    assert parts(order) == [
        ("FAILED", site.warehouse.pk, 2, "RELEASED"),
        ("RESERVED", site.warehouse.pk, 1, "COMMITTED"),
        ("RESERVED", shop.pk, 2, "COMMITTED"),
    ]
    assert levels() == [(1, 0), (5, 1), (4, 2)]
    assert told("UNALLOCATED") == [("RESOLVED", 2, shop.pk)]
    assert told("REJECTED") == [("OPEN", 2, site.warehouse.pk)]
    failed = Fulfilment.objects.get(pk=done.fulfilment_id)
    assert (failed.rejection, failed.rejected_at, failed.rejected_by, failed.note) == (
        "NOT_IN_STOCK", NOW, "api-key:clerk", "looked twice",
    )  # fmt: skip
    event = Event.objects.get(type="orders.fulfilment-rejected.v1")
    assert event.payload == {
        "order_id": order.pk, "number": order.number, "fulfilment_id": failed.pk,
        "location_id": site.warehouse.pk, "reason": "NOT_IN_STOCK", "variant_ids": [tea.pk],
    }  # fmt: skip
    assert drifts() == []


def test_it_never_goes_back_while_the_rejection_is_open_and_may_when_it_is_settled() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 2))

    done = reject(order)
    deliver()
    assert parts(order) == [("FAILED", site.warehouse.pk, 2, "RELEASED"), ("PROPOSED", None, 2, None)]
    assert (levels(), told("UNALLOCATED")) == ([(8, 0)], [("OPEN", 2, None)])
    assert aheads.allocate() == 0

    inventory.resolve_discrepancy(discrepancy_id=done.discrepancy_ids[0], remedy="FOUND", **context())
    deliver()

    assert parts(order) == [
        ("FAILED", site.warehouse.pk, 2, "RELEASED"),
        ("RESERVED", site.warehouse.pk, 2, "COMMITTED"),
    ]
    assert (levels(), told("UNALLOCATED")) == ([(10, 2)], [("RESOLVED", 2, site.warehouse.pk)])
    assert drifts() == []


@pytest.mark.parametrize(
    ("reason", "correct", "counters", "opened"),
    [
        ("NOT_IN_STOCK", True, (9, 0, 0), 1),
        ("DAMAGED", True, (10, 1, 0), 1),
        ("MISMATCH", True, (10, 0, 1), 1),
        ("WORN_DISPLAY", True, (10, 0, 1), 1),
        ("NOT_IN_STOCK", False, (10, 0, 0), 1),
        ("STORE_CLOSED", True, (10, 0, 0), 0),
    ],
)
def test_the_reason_puts_the_stock_right(
    reason: str, correct: bool, counters: tuple[int, ...], opened: int
) -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 3))

    done = reject(order, [Portion(1, 1)], reason=reason, correct=correct)
    deliver()

    level = StockLevel.objects.get()
    assert (level.on_hand, level.damaged, level.quality_control) == counters
    assert (level.reserved, len(done.discrepancy_ids), len(told("REJECTED"))) == (2, opened, opened)
    assert parts(order) == [
        ("FAILED", site.warehouse.pk, 1, "RELEASED"),
        ("PROPOSED", None, 1, None),
        ("RESERVED", site.warehouse.pk, 2, "COMMITTED"),
    ]
    assert drifts() == []


def test_who_waits_longer_is_served_first_and_another_order_may_come_from_there() -> None:
    site = Site()
    tea = site.item(1100, stock=2)
    early = ordered(site, (tea, 1))
    late = book(site, tea, 2, minute=5)
    assert parts(late) == [("PROPOSED", None, 1, None), ("RESERVED", site.warehouse.pk, 1, "COMMITTED")]

    reject(early, correct=False)
    deliver()

    assert parts(late) == [
        ("RESERVED", site.warehouse.pk, 1, "COMMITTED"), ("RESERVED", site.warehouse.pk, 1, "COMMITTED"),
    ]  # fmt: skip
    assert parts(early) == [("FAILED", site.warehouse.pk, 1, "RELEASED"), ("PROPOSED", None, 1, None)]
    assert drifts() == []


def test_a_rejection_is_made_once_by_key_and_refused_under_another() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 2))

    first = reject(order, key="a")
    again = services.reject_fulfilment(
        number=order.number, fulfilment_id=first.fulfilment_id, rejection=Rejection("NOT_IN_STOCK"),
        **context("a"),
    )  # fmt: skip
    with pytest.raises(errors.NotFulfillable) as refused:
        services.reject_fulfilment(
            number=order.number,
            fulfilment_id=first.fulfilment_id,
            rejection=Rejection("DAMAGED"),
            **context(),
        )

    assert (first, refused.value.state) == (again, "FAILED")
    with pytest.raises(errors.NotFulfillable) as nothing:
        services.reject_fulfilment(
            number=order.number, fulfilment_id=first.waiting_id, rejection=Rejection("DAMAGED"), **context()
        )
    assert nothing.value.state == "UNALLOCATED"
    assert levels() == [(8, 0)]


def test_what_is_not_there_to_be_rejected_is_refused_whole() -> None:
    site = Site()
    tea, wrapping = site.item(1100, stock=10), site.item(100, stock=None)
    order = ordered(site, (tea, 2), (wrapping, 1))

    for portions, error in (
        ([Portion(1, 3)], errors.AboveOpenQuantity),
        ([Portion(2, 1)], errors.UnknownLines),
        ([Portion(9, 1)], errors.UnknownLines),
    ):
        with pytest.raises(error):
            reject(order, portions)
    with pytest.raises(errors.NotOfFulfilment):
        reject(order, variant_ids=[wrapping.pk])
    with pytest.raises(NotFound):
        reject(order, location_id=factories.location().pk)

    assert (levels(), Discrepancy.objects.count(), Event.objects.count()) == ([(10, 2)], 0, 0)
    assert Fulfilment.objects.filter(status__in=("FAILED", "PROPOSED")).count() == 0


def test_what_was_handed_over_can_no_longer_be_rejected() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 2))
    services.complete_fulfilment(
        number=order.number,
        fulfilment_id=order.fulfilments.get().pk,
        portions=[Portion(1, 1)],
        **context("ship"),
    )

    with pytest.raises(errors.AboveOpenQuantity):
        reject(order, [Portion(1, 2)])
    reject(order)

    assert parts(order) == [
        ("COMPLETED", site.warehouse.pk, 1, None),
        ("FAILED", site.warehouse.pk, 1, "RELEASED"),
        ("PROPOSED", None, 1, None),
    ]
    assert (levels(), drifts()) == ([(8, 0)], [])


def test_of_a_bundle_the_component_at_fault_is_put_right_and_the_bundle_comes_whole() -> None:
    site = Site()
    cup, tea = site.item(500, stock=9), site.item(500, stock=9)
    box = factories.bundle((cup, 2), (tea, 1), tax_class=site.standard)
    factories.listing(box, site.channel, 3000)
    shop = second(site, cup, 8)
    factories.stock(tea, shop, 8)
    order = ordered(site, (box, 3))

    done = reject(order, [Portion(1, 1)], variant_ids=[cup.pk], reason="DAMAGED")
    deliver()

    assert parts(order) == [
        ("FAILED", site.warehouse.pk, 1, None),
        ("RESERVED", site.warehouse.pk, 2, None),
        ("RESERVED", shop.pk, 1, None),
    ]
    rows = StockLevel.objects.order_by("pk").values_list("on_hand", "damaged", "reserved")
    assert list(rows) == [(9, 2, 4), (9, 0, 2), (8, 0, 2), (8, 0, 1)]
    assert told("REJECTED") == [("OPEN", 2, site.warehouse.pk)]
    released = Reservation.objects.filter(status="RELEASED").order_by("pk").values_list("quantity", flat=True)
    assert (sorted(released), len(done.discrepancy_ids)) == ([1, 2], 1)
    assert drifts() == []


def test_what_is_collected_waits_for_a_person_not_for_a_warehouse() -> None:
    site = Site()
    tea, shop = site.item(1100, stock=10), factories.location()
    factories.source(site.channel, shop)
    factories.stock(tea, shop, 2)
    order = ordered(site, (tea, 2), kind="PICKUP", location=shop)

    reject(order)
    deliver()

    assert parts(order) == [("FAILED", shop.pk, 2, "RELEASED"), ("PROPOSED", None, 2, None)]
    assert (told("UNALLOCATED"), Backlog.objects.count()) == ([("OPEN", 2, None)], 0)
    assert drifts() == []

    level = StockLevel.objects.get(location=site.warehouse)
    held = inventory.hold_stock(
        variant_id=tea.pk, location_id=level.location_id, quantity=2, expires_at=aheads.NOW.replace(year=2027),
        note="slip 3", **context(),
    )  # fmt: skip
    services.serve_from_hold(number=order.number, reservation_id=held.id, **context())

    assert parts(order) == [
        ("FAILED", shop.pk, 2, "RELEASED"),
        ("RESERVED", site.warehouse.pk, 2, "COMMITTED"),
    ]
    assert (told("UNALLOCATED"), drifts()) == ([("RESOLVED", 2, site.warehouse.pk)], [])


def test_what_was_sold_ahead_and_rejected_waits_beyond_its_policys_limit() -> None:
    site = Site()
    tea = site.item(1100, stock=0)
    aheads.sell_ahead(tea, site.channel, 1)
    first = aheads.order_of(place(site.cart((tea, 1))).number)
    bought = aheads.order_goods(site, tea, 1)
    aheads.receive(bought, tea, 1)
    aheads.deliver()
    place(site.cart((tea, 1)))
    assert aheads.backlog(tea) == (1, 1)

    reject(first)
    aheads.deliver()

    assert aheads.backlog(tea) == (1, 2)
    assert parts(first) == [("FAILED", site.warehouse.pk, 1, "RELEASED"), ("PROPOSED", None, 1, None)]
    assert drifts() == []


def test_a_second_rejection_of_the_order_adds_to_what_people_are_told() -> None:
    site = Site()
    tea = site.item(1100, stock=3)
    order = book(site, tea, 5)
    assert told("UNALLOCATED") == [("OPEN", 2, None)]

    reject(order, [Portion(1, 2)])
    deliver()

    assert (told("UNALLOCATED"), levels()) == ([("OPEN", 4, None)], [(1, 1)])
    assert drifts() == []


def test_a_cancelled_order_leaves_nothing_of_it() -> None:
    site = Site()
    tea = site.item(1100, stock=3)
    order = ordered(site, (tea, 2))
    reject(order)

    aheads.cancel(order.number)
    deliver()

    assert (levels(), aheads.backlog(tea)) == ([(1, 0)], (0, 0))
    assert sorted(row[0] for row in parts(order)) == ["CANCELLED", "FAILED"]
    assert told("UNALLOCATED") == [("RESOLVED", 2, None)]
    assert drifts() == []


def act(operation: Any, order: Order, pk: int, key: str, **fields: Any) -> Any:
    return partial(operation, number=order.number, fulfilment_id=pk, **fields, **context(key))


def test_a_rejection_and_a_hand_over_at_once_are_one_or_the_other() -> None:
    site = Site()
    # Enough for every turn, though what is rejected is kept for who waits.
    tea = site.item(1100, stock=20)
    for turn in range(4):
        order = ordered(site, (tea, 2))
        pk = order.fulfilments.get().pk

        outcomes = at_once([
            act(services.complete_fulfilment, order, pk, f"c{turn}"),
            act(services.reject_fulfilment, order, pk, f"r{turn}", rejection=Rejection("NOT_IN_STOCK")),
        ])  # fmt: skip

        [refused] = [one for one in outcomes if isinstance(one, Exception)]
        assert isinstance(refused, errors.NotFulfillable)
    assert (levels(), drifts()) == ([(12, 0)], [])


def test_a_rejection_and_a_cancellation_at_once_leave_no_promise() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    for turn in range(4):
        order = ordered(site, (tea, 1))
        pk = order.fulfilments.get().pk
        reject_it = act(
            services.reject_fulfilment, order, pk, f"r{turn}", rejection=Rejection("STORE_CLOSED")
        )

        rejected, _cancelled = at_once([reject_it, partial(aheads.cancel, order.number)])

        assert not isinstance(rejected, Exception) or isinstance(rejected, errors.NotFulfillable)
        assert Order.objects.get(pk=order.pk).status == "CANCELLED"
    assert (levels(), aheads.backlog(tea), drifts()) == ([(10, 0)], (0, 0), [])
    assert not Discrepancy.objects.filter(status="OPEN").exists()


def test_of_two_rejections_at_once_one_takes_the_stock_away() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 2))
    pk = order.fulfilments.get().pk
    calls = [
        act(services.reject_fulfilment, order, pk, key, rejection=Rejection("NOT_IN_STOCK")) for key in "ab"
    ]

    outcomes = at_once(calls)

    assert sorted(type(one).__name__ for one in outcomes) == ["NotFulfillable", "RejectedFulfilment"]
    assert (levels(), told("REJECTED"), drifts()) == ([(8, 0)], [("OPEN", 2, site.warehouse.pk)], [])


def test_without_the_orders_lock_both_reject_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the tests above: both see it open, before either has marked it."""
    site = Site()
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 2))
    pk, seen = order.fulfilments.get().pk, Barrier(2)

    def look(found: Order, wanted: Any) -> list[Fulfilment]:
        parts = list(found.fulfilments.filter(wanted))
        seen.wait(timeout=30)
        return parts

    monkeypatch.setattr(rejecting, "lock_by_number", lambda number: Order.objects.get(number=number))
    monkeypatch.setattr(rejecting, "lock_open_parts", look)
    monkeypatch.setattr(inventory, "lock_open", lambda ids: [])
    calls = [
        act(services.reject_fulfilment, order, pk, key, rejection=Rejection("NOT_IN_STOCK")) for key in "ab"
    ]

    outcomes = at_once(calls)

    assert not any(isinstance(one, Exception) for one in outcomes), outcomes
    assert order.fulfilments.filter(status="PROPOSED").count() == 2
    assert "backlog" not in [drift.kind for drift in drifts()]
    assert aheads.backlog(tea) == (0, 4)


def test_packers_reject_over_http_what_leaves_from_their_shop() -> None:
    till = Till.build()
    site = Site(warehouse=till.location)
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 2))
    path = f"orders/{order.number}/fulfilments/{order.fulfilments.get().pk}/reject/"
    body = {"reason": "DAMAGED", "lines": [{"position": 1, "quantity": 1}]}
    packer = client_of(till, "orders:write", "orders:read", name="packer")
    other = client_of(Till.of(till, factories.location()), "orders:write", name="other")

    assert post(other, path, body).status_code == 404
    assert post(client_of(till, name="till"), path, body).status_code == 403
    answer = post(packer, path, body)
    again = post(packer, path, body)

    assert (answer.status_code, answer.json()) == (200, again.json())
    assert (answer.json()["units"], answer.json()["status"]) == (1, "PLACED")
    shown = packer.get(f"/api/v1/orders/{order.number}/fulfilments/").json()["results"]
    assert [(one["status"], one["rejection"]) for one in shown] == [
        ("RESERVED", ""), ("FAILED", "DAMAGED"), ("PROPOSED", ""),
    ]  # fmt: skip
    buyers = selectors.get_order(number=order.number).fulfilments.all()
    assert [part.status for part in buyers] == ["RESERVED", "PROPOSED"]
