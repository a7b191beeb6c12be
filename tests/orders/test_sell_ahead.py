"""Selling what is not there: limits, days, what waits, and how it ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from inventory import backorders
from inventory import selectors as stock
from inventory import services as inventory
from inventory.errors import InsufficientStock
from inventory.models import Backlog, Discrepancy, Reservation, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import InvalidField
from omni.outbox.models import Event
from orders import services
from orders import verification as books
from orders.models import LinePromise, Order, PromiseChange
from tests import factories
from tests.conftest import NOW
from tests.orders.aheads import (
    TODAY,
    allocate,
    backlog,
    cancel,
    context,
    deliver,
    order_goods,
    order_of,
    parts,
    promise,
    receive,
    sell_ahead,
)
from tests.orders.ec import Site, counted, place

pytestmark = pytest.mark.django_db(transaction=True)


def day(after: int) -> date:
    return TODAY + timedelta(days=after)


def ahead(site: Site, variant: Any, quantity: int = 1) -> tuple[int, date | None] | None:
    found = backorders.find_ahead(channel_id=site.channel.pk, wants=[(variant.pk, quantity)], at=NOW)
    return (found[variant.pk].units, found[variant.pk].promised_date) if found else None


def test_what_is_incoming_is_sold_once_for_the_day_on_which_it_comes() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel)
    assert ahead(site, tea) == (0, None)
    order_goods(site, tea, 2, day(3))
    order_goods(site, tea, 3, day(9))
    assert ahead(site, tea) == (5, day(3))
    assert ahead(site, tea, 3) == (5, day(9))

    first = place(site.cart((tea, 2))).number
    second = place(site.cart((tea, 2))).number

    assert (promise(first), promise(second)) == (
        ("BACKORDER", day(3), "SUPPLY"),
        ("BACKORDER", day(9), "SUPPLY"),
    )
    assert ahead(site, tea) == (1, day(9))
    with pytest.raises(InsufficientStock) as short:
        place(site.cart((tea, 2)))
    assert short.value.data()["shortages"] == [
        {"sku": tea.sku, "location": None, "requested": 2, "available": 1}
    ]
    assert (parts(first), backlog(tea)) == ([("PROPOSED", 2, None)], (4, 4))
    assert (Discrepancy.objects.count(), books.find_drifts()) == (0, [])


def test_a_refusal_at_the_limit_writes_nothing() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel, 2)
    place(site.cart((tea, 2)))
    cart = site.cart((tea, 1))
    before = counted()

    with pytest.raises(InsufficientStock):
        place(cart)

    assert (counted(), backlog(tea), LinePromise.objects.count()) == (before, (2, 2), 1)


def test_a_mixed_cart_goes_on_with_what_is_there() -> None:
    site = Site()
    tea, cup = site.item(stock=3), site.item(stock=9)
    sell_ahead(tea, site.channel, 10)

    number = place(site.cart((tea, 5), (cup, 1))).number

    assert parts(number) == [("PROPOSED", 2, None), ("RESERVED", 1, 1), ("RESERVED", 3, 3)]
    assert backlog(tea) == (2, 2)
    shipped = order_of(number).fulfilments.get(status="RESERVED")
    done = services.complete_fulfilment(number=number, fulfilment_id=shipped.pk, **context())
    assert done.status == "PLACED"

    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(tea.pk, 5)], **context())
    deliver()

    assert parts(number)[-1] == ("RESERVED", 2, 2)
    rest = order_of(number).fulfilments.get(status="RESERVED")
    assert (
        services.complete_fulfilment(number=number, fulfilment_id=rest.pk, **context()).status == "COMPLETED"
    )
    assert (backlog(tea), books.find_drifts()) == ((0, 0), [])


def test_without_a_document_the_suppliers_lead_time_gives_the_day() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel, 5, supplier_id=factories.supplier(lead_time_days=12).pk)

    assert ahead(site, tea) == (5, day(12))
    assert promise(place(site.cart((tea, 1))).number) == ("BACKORDER", day(12), "LEAD_TIME")


def test_an_overdue_document_gives_no_day() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel)
    order_goods(site, tea, 2, day(-1))

    assert ahead(site, tea) == (2, None)


def test_a_preorder_waits_for_its_release_whatever_is_in_stock() -> None:
    site = Site()
    game = site.item(stock=5)
    release = NOW + timedelta(days=10)
    sell_ahead(game, site.channel, 4, release_at=release)
    assert stock.channel_availability(channel_id=site.channel.pk, variant_ids=[game.pk], at=NOW)[game.pk] == 0
    assert ahead(site, game) == (4, day(10))

    first, second = (place(site.cart((game, 2))).number for _ in range(2))
    with pytest.raises(InsufficientStock):
        place(site.cart((game, 1)))
    with pytest.raises(InsufficientStock):
        place(site.cart((game, 1), kind="PICKUP", location=site.warehouse))
    assert (allocate(), parts(first)) == (0, [("PROPOSED", 2, None)])

    assert allocate(release) == 4

    assert (parts(first), parts(second)) == ([("RESERVED", 2, 2)], [("RESERVED", 2, 2)])
    now = release + timedelta(minutes=1)
    assert parts(place(site.cart((game, 1)), now=now).number) == [("RESERVED", 1, 1)]
    assert (backlog(game), books.find_drifts()) == ((0, 0), [])


def test_preorders_are_served_at_release_in_the_order_of_time() -> None:
    site = Site()
    game = site.item(stock=0)
    release = NOW + timedelta(days=10)
    sell_ahead(game, site.channel, 10, release_at=release)
    late = place(site.cart((game, 3)), now=NOW + timedelta(hours=2)).number
    early = place(site.cart((game, 3)), now=NOW + timedelta(hours=1)).number
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(game.pk, 4)], **context())
    deliver()
    assert Reservation.objects.count() == 0

    assert allocate(release) == 4

    assert parts(early) == [("RESERVED", 3, 3)]
    assert parts(late) == [("PROPOSED", 2, None), ("RESERVED", 1, 1)]


def test_a_place_that_does_not_ship_serves_nobody_who_waits() -> None:
    """It brings no units to sell ahead, no day, and keeps none of its own back."""
    site = Site()
    tea = site.item(stock=0)
    counter = factories.location(company=site.warehouse.company, capabilities=["PICKUP", "CARRY_OUT"])
    factories.source(site.channel, counter)
    sell_ahead(tea, site.channel)
    order_goods(site, tea, 3, day(9))
    order_goods(site, tea, 5, day(3), at=counter)

    assert ahead(site, tea) == (3, day(9))
    number = place(site.cart((tea, 3))).number
    inventory.receive_stock(location_id=counter.pk, lines=[(tea.pk, 4)], **context())
    deliver()

    assert promise(number) == ("BACKORDER", day(9), "SUPPLY")
    assert parts(number) == [("PROPOSED", 3, None)]
    assert stock.location_availability(variant_ids=[tea.pk], location_ids=[counter.pk]) == {
        (tea.pk, counter.pk): 4
    }
    assert place(site.cart((tea, 4), kind="PICKUP", location=counter)).number


def test_nobody_takes_from_stock_what_earlier_buyers_wait_for() -> None:
    """Between the receipt and the handler: the units are there, and are not the new buyer's."""
    site = Site()
    tea = site.item(stock=0)
    other = factories.channel()
    factories.source(other, site.warehouse)
    factories.listing(tea, other)
    policy = sell_ahead(tea, site.channel, 3)
    first = place(site.cart((tea, 3))).number
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(tea.pk, 4)], **context())

    for channel in (site.channel, other):
        shown = stock.channel_availability(channel_id=channel.pk, variant_ids=[tea.pk], at=NOW)
        assert shown == {tea.pk: 1}
    assert stock.location_availability(variant_ids=[tea.pk]) == {(tea.pk, site.warehouse.pk): 1}
    policy.delete()
    with pytest.raises(InsufficientStock):
        place(site.cart((tea, 2)))
    with pytest.raises(InsufficientStock):
        place(site.cart((tea, 2), kind="PICKUP", location=site.warehouse))
    place(site.cart((tea, 1)))
    deliver()

    assert parts(first) == [("RESERVED", 3, 3)]
    assert list(StockLevel.objects.values_list("on_hand", "reserved")) == [(4, 4)]


def test_cancelling_gives_the_promise_and_the_money_back() -> None:
    site = Site()
    tea = site.item(stock=1)
    sell_ahead(tea, site.channel, 2)
    number = place(site.cart((tea, 3))).number
    assert backlog(tea) == (2, 2)

    cancel(number)

    assert (backlog(tea), ahead(site, tea)) == ((0, 0), (2, None))
    assert StockLevel.objects.get().reserved == 0
    assert order_of(number).payments.get().status == "VOIDED"
    assert books.find_drifts() == []


def test_a_promise_follows_its_document_and_keeps_its_history() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel)
    purchase = order_goods(site, tea, 5, day(3))
    number = place(site.cart((tea, 2))).number
    deliver()
    Event.objects.filter(type="orders.promise-changed.v1").delete()

    inventory.reschedule_purchase_order(order_id=purchase.pk, expected_date=day(8), **context())
    deliver()
    inventory.reschedule_purchase_order(order_id=purchase.pk, expected_date=day(5), **context())
    deliver()

    kept = PromiseChange.objects.order_by("pk").values_list("before", "after", "basis")
    assert list(kept) == [(day(3), day(8), "SUPPLY"), (day(8), day(5), "SUPPLY")]
    told = Event.objects.filter(type="orders.promise-changed.v1").order_by("sequence")
    assert [(event.payload["before"], event.payload["after"]) for event in told] == [
        ("2026-11-25", "2026-11-30"),
        ("2026-11-30", "2026-11-27"),
    ]
    assert told[0].payload["number"] == number
    assert LinePromise.objects.get().first_date == day(3)


def test_who_is_behind_moves_up_when_one_before_cancels() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel)
    order_goods(site, tea, 1, day(3))
    order_goods(site, tea, 1, day(9))
    first, second = (place(site.cart((tea, 1))).number for _ in range(2))
    assert promise(second)[1] == day(9)

    cancel(first)
    deliver()

    assert promise(second)[1] == day(3)


def test_when_nothing_can_come_any_more_a_person_is_told_once() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel)
    purchase = order_goods(site, tea, 5, day(3))
    number = place(site.cart((tea, 2))).number

    inventory.cancel_purchase_order(order_id=purchase.pk, reason="discontinued", **context())
    deliver()
    with db.transaction():
        services.update_promises(variant_ids=None, now=NOW)

    assert promise(number) == ("BACKORDER", None, "NOTHING")
    told = Discrepancy.objects.get()
    assert (told.kind, told.status, told.quantity, told.source) == (
        "UNALLOCATED",
        "OPEN",
        2,
        f"order:{order_of(number).pk}",
    )
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(tea.pk, 2)], **context())
    deliver()
    assert (parts(number), Discrepancy.objects.get().status) == ([("RESERVED", 2, 2)], "RESOLVED")


def test_a_document_that_is_late_gives_no_day_any_more_until_it_comes() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel)
    purchase = order_goods(site, tea, 2, day(3))
    number = place(site.cart((tea, 2))).number

    with db.transaction():
        assert services.update_promises(variant_ids=None, now=NOW + timedelta(days=4)) == 1
    assert promise(number) == ("BACKORDER", None, "SUPPLY")
    assert Discrepancy.objects.count() == 0
    receive(purchase, tea, 2)
    deliver()
    assert parts(number) == [("RESERVED", 2, 2)]


def test_a_bundle_waits_whole_and_its_components_are_kept_for_it() -> None:
    site = Site()
    tea, cup = site.item(stock=5), site.item(stock=0)
    box = factories.bundle((tea, 2), (cup, 1), sku="BOX", tax_class=site.standard)
    factories.listing(box, site.channel, 1100)
    with pytest.raises(InvalidField):
        sell_ahead(box, site.channel)
    sell_ahead(box, site.channel, 2)
    order_goods(site, cup, 5, day(6))

    number = place(site.cart((box, 2))).number

    assert promise(number) == ("BACKORDER", day(6), "SUPPLY")
    assert (backlog(box), backlog(tea), backlog(cup)) == ((2, 0), (0, 4), (0, 2))
    with pytest.raises(InsufficientStock):
        place(site.cart((tea, 2)))
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(cup.pk, 2)], **context())
    deliver()
    assert (parts(number), backlog(box), backlog(tea)) == ([("RESERVED", 2, None)], (0, 0), (0, 0))
    assert sorted(StockLevel.objects.values_list("on_hand", "reserved")) == [(2, 2), (5, 4)]
    assert books.find_drifts() == []


def test_a_policy_that_is_not_open_sells_nothing() -> None:
    site = Site()
    tea = site.item(stock=0)
    for fields in (
        {"opens_at": NOW + timedelta(days=1)},
        {"opens_at": NOW - timedelta(days=2), "closes_at": NOW},
        {"active": False},
    ):
        sell_ahead(tea, site.channel, 5, **fields)
        with pytest.raises(InsufficientStock):
            place(site.cart((tea, 1)))
    assert Order.objects.count() == 0


def test_a_database_holds_the_limit_whoever_writes() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel, 2)
    place(site.cart((tea, 2)))

    with pytest.raises(IntegrityError), db.transaction():
        Backlog.objects.filter(variant=tea).update(ahead=3)

    sell_ahead(tea, site.channel, 1)
    cancel(Order.objects.get().number)
    assert backlog(tea) == (0, 0)


def test_verification_tells_of_a_wrong_count_and_repairs_it() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel, 5)
    place(site.cart((tea, 2)))
    Backlog.objects.filter(variant=tea).update(ahead=1, owed=7)

    drifts = books.find_drifts()

    assert [(one.kind, one.what, one.expected, one.found) for one in drifts] == [
        ("backlog", "ahead", 2, 1),
        ("backlog", "owed", 2, 7),
    ]
    assert [one.action for one in books.repair(drifts, actor=SYSTEM, now=NOW)] == [
        "ahead set to 2",
        "owed set to 2",
    ]
    assert (backlog(tea), books.find_drifts()) == ((2, 2), [])


def test_an_order_that_is_paid_by_card_waits_only_once_it_is_paid(settings: Any) -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel, 5)
    number = place(site.cart((tea, 1))).number
    Order.objects.filter(number=number).update(status="PENDING", expires_at=NOW + timedelta(minutes=9))
    later = place(site.cart((tea, 1)), now=NOW + timedelta(minutes=1)).number
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(tea.pk, 1)], **context())

    assert (allocate(), parts(later)) == (0, [("PROPOSED", 1, None)])

    Order.objects.filter(number=number).update(status="PLACED", expires_at=None)
    assert (allocate(), parts(number)) == (1, [("RESERVED", 1, 1)])
