"""Units sold outside and not in stock are allocated when stock arrives, first come first served."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Variant
from inventory import services as inventory
from inventory.models import ChannelSource, Discrepancy, Reservation, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from omni.outbox import delivery
from omni.outbox.models import Event
from orders import services
from orders.models import Fulfilment, FulfilmentLine, Order
from orders.services import waiting
from organisation import services as organisation
from organisation.models import Location
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MALL = Actor.connection("mall")


def book(site: Site, variant: Variant, quantity: int, *, minute: int = 0) -> Order:
    """Sell outside; the stock is what it is."""
    number = f"SB-{Order.objects.count() + 1}"
    booked = services.place_external_order(
        channel=site.channel,
        external_number=number,
        lines=[services.ExternalLine(variant.pk, quantity, Decimal(1100 * quantity))],
        contact={"name": "佐藤 次郎"},
        total=Decimal(1100 * quantity),
        placed_at=NOW + timedelta(minutes=minute),
        claim=Claim.of(actor=MALL, operation="take-order", key=number, request={"number": number}),
        actor=MALL,
        now=NOW,
    )
    Event.objects.all().delete()
    return Order.objects.get(number=booked.number)


def arrive(variant: Variant, location: Location, quantity: int) -> None:
    """Goods are received, as the stock office books them; the event is not yet delivered."""
    number = f"receipt-{factories.number()}"
    with db.transaction():
        inventory.create_levels([(variant.pk, location.pk)])
        inventory.post_movements(
            document=inventory.DocumentRef("RECEIPT", number),
            movements=[inventory.Movement(variant.pk, location.pk, quantity, "RECEIPT")],
            actor=SYSTEM,
            occurred_at=NOW,
            now=NOW,
        )


def deliver() -> None:
    """Deliver what is published to the orders, and what that publishes, until nothing new is left."""
    told: set[int] = set()
    waiting = Event.objects.filter(finished_at=None, receipts=None).order_by("sequence")
    while sequences := [one for one in waiting.values_list("sequence", flat=True) if one not in told]:
        delivery.deliver(consumer="orders", sequences=sequences)
        told.update(sequences)


def parts(order: Order) -> list[tuple[Any, ...]]:
    lines = FulfilmentLine.objects.filter(fulfilment__order=order).order_by("pk")
    return list(
        lines.values_list("fulfilment__status", "fulfilment__location", "quantity", "reservation__quantity")
    )


def discrepancies(order: Order) -> list[tuple[Any, ...]]:
    rows = Discrepancy.objects.filter(source=f"order:{order.pk}").order_by("status")
    return list(rows.values_list("status", "quantity", "location"))


def test_what_arrives_is_allocated_to_who_waits_for_it() -> None:
    site = Site()
    tea = site.item(stock=1)
    order = book(site, tea, 3)
    assert parts(order) == [("RESERVED", site.warehouse.pk, 1, 1), ("PROPOSED", None, 2, None)]

    arrive(tea, site.warehouse, 5)
    deliver()

    assert parts(order) == [("RESERVED", site.warehouse.pk, 1, 1), ("RESERVED", site.warehouse.pk, 2, 2)]
    assert set(Reservation.objects.values_list("status", "source")) == {("COMMITTED", f"order:{order.pk}:1")}
    assert StockLevel.objects.get().reserved == 3
    assert Fulfilment.objects.filter(status="PROPOSED").count() == 0
    assert discrepancies(order) == [("RESOLVED", 2, site.warehouse.pk)]
    resolved = Discrepancy.objects.get()
    assert (resolved.resolution, resolved.actor) == ("在庫が見つかり、引き当てました。", "system:omni")
    assert Event.objects.filter(type="inventory.stock-changed.v1").count() == 2


def test_what_was_allocated_is_handed_over_like_any_other() -> None:
    site = Site()
    tea = site.item(stock=0)
    order = book(site, tea, 2)
    arrive(tea, site.warehouse, 2)
    deliver()

    done = services.complete_fulfilment(
        number=order.number,
        fulfilment_id=order.fulfilments.get().pk,
        claim=Claim.of(actor=SYSTEM, operation="complete-fulfilment", key="1", request={}),
        actor=SYSTEM,
        now=NOW,
    )

    level = StockLevel.objects.get()
    assert (done.status, level.on_hand, level.reserved) == ("COMPLETED", 0, 0)


def test_who_bought_first_is_served_first_as_far_as_it_goes() -> None:
    site = Site()
    tea = site.item(stock=0)
    late, early = book(site, tea, 3, minute=9), book(site, tea, 2, minute=1)

    arrive(tea, site.warehouse, 3)
    deliver()

    assert parts(early) == [("RESERVED", site.warehouse.pk, 2, 2)]
    assert parts(late) == [("PROPOSED", None, 2, None), ("RESERVED", site.warehouse.pk, 1, 1)]
    assert discrepancies(late) == [("OPEN", 2, None), ("RESOLVED", 1, site.warehouse.pk)]


def test_one_line_is_put_together_from_several_locations() -> None:
    site = Site()
    tea, shop = site.item(stock=0), factories.location()
    factories.source(site.channel, shop, priority=1)
    order = book(site, tea, 3)

    arrive(tea, shop, 1)
    arrive(tea, site.warehouse, 5)
    deliver()

    assert sorted(parts(order)) == sorted(
        [("RESERVED", shop.pk, 1, 1), ("RESERVED", site.warehouse.pk, 2, 2)]
    )
    assert Fulfilment.objects.count() == 2


@pytest.mark.parametrize("shop", [{"active": False}, {"franchise": True}, {"capabilities": ["PICKUP"]}])
def test_a_location_that_may_not_serve_it_gives_nothing_until_it_may(shop: dict[str, Any]) -> None:
    site = Site()
    tea, location = site.item(stock=0), factories.location(**shop)
    factories.source(site.channel, location)
    order = book(site, tea, 2)
    arrive(tea, location, 5)
    deliver()
    assert parts(order) == [("PROPOSED", None, 2, None)]

    location.active, location.franchise, location.capabilities = True, False, ["SHIP"]
    with db.transaction():
        organisation.save_location(location=location, actor=SYSTEM, now=NOW)
    deliver()

    assert parts(order) == [("RESERVED", location.pk, 2, 2)]


def test_a_new_source_serves_who_waits() -> None:
    site = Site()
    tea, shop = site.item(stock=0), factories.location()
    order = book(site, tea, 2)
    arrive(tea, shop, 5)
    deliver()
    assert ChannelSource.objects.filter(location=shop).count() == 0
    assert parts(order) == [("PROPOSED", None, 2, None)]

    with db.transaction():
        inventory.set_source(channel_id=site.channel.pk, location_id=shop.pk, actor=SYSTEM, now=NOW)
    deliver()

    assert parts(order) == [("RESERVED", shop.pk, 2, 2)]


def test_a_cancelled_order_gets_nothing() -> None:
    site = Site()
    tea = site.item(stock=0)
    order = book(site, tea, 2)
    claim = Claim.of(actor=SYSTEM, operation="cancel-order", key="1", request={})
    services.cancel_order(number=order.number, reason="x", customer=None, claim=claim, actor=SYSTEM, now=NOW)

    arrive(tea, site.warehouse, 5)
    deliver()

    assert (Reservation.objects.count(), StockLevel.objects.get().reserved) == (0, 0)


def test_a_discrepancy_that_staff_resolved_stays_theirs() -> None:
    site = Site()
    tea = site.item(stock=0)
    order = book(site, tea, 2)
    claim = Claim.of(actor=SYSTEM, operation="resolve", key="1", request={})
    inventory.resolve_discrepancy(
        discrepancy_id=Discrepancy.objects.get().pk,
        resolution="more is on its way",
        claim=claim,
        actor=SYSTEM,
        now=NOW,
    )

    arrive(tea, site.warehouse, 5)
    deliver()

    assert parts(order) == [("RESERVED", site.warehouse.pk, 2, 2)]
    assert Discrepancy.objects.get().resolution == "more is on its way"


def test_a_repeated_delivery_allocates_nothing_more() -> None:
    site = Site()
    tea = site.item(stock=0)
    first, _second = book(site, tea, 2, minute=1), book(site, tea, 2, minute=2)
    arrive(tea, site.warehouse, 2)
    sequences = list(Event.objects.values_list("sequence", flat=True))

    for _ in range(2):
        delivery.deliver(consumer="orders", sequences=sequences)

    assert StockLevel.objects.get().reserved == 2
    assert parts(first) == [("RESERVED", site.warehouse.pk, 2, 2)]


def test_more_orders_than_are_locked_at_once_are_served_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_ORDERS", 2)
    site = Site()
    tea = site.item(stock=0)
    for minute in range(5):
        book(site, tea, 1, minute=minute)

    arrive(tea, site.warehouse, 5)
    deliver()

    assert StockLevel.objects.get().reserved == 5
    assert Discrepancy.objects.filter(status="OPEN").count() == 0


@pytest.mark.parametrize("waiting_elsewhere", [0, 3])
def test_where_nothing_waits_one_statement_is_asked(
    waiting_elsewhere: int, django_assert_num_queries: Any
) -> None:
    site = Site()
    tea, cup = site.item(stock=10), site.item(stock=0)
    for _ in range(waiting_elsewhere):
        book(site, cup, 1)

    with db.transaction(), django_assert_num_queries(1):
        assert services.allocate_waiting(variant_ids=[tea.pk], now=NOW) == 0


@pytest.mark.parametrize("size", [2, 12])
def test_who_waits_is_served_by_the_same_number_of_statements(
    size: int, django_assert_num_queries: Any
) -> None:
    site = Site()
    tea = site.item(stock=0)
    for minute in range(size):
        book(site, tea, 2, minute=minute)
    arrive(tea, site.warehouse, 2 * size - 1)

    with db.transaction(), django_assert_num_queries(25):
        assert services.allocate_waiting(variant_ids=[tea.pk], now=NOW) == 2 * size - 1


def allocate(variant: Variant) -> int:
    with db.transaction():
        return services.allocate_waiting(variant_ids=[variant.pk], now=NOW)


def test_arrivals_at_once_share_out_once_what_there_is() -> None:
    site = Site()
    tea = site.item(stock=0)
    for minute in range(8):
        book(site, tea, 1, minute=minute)
    arrive(tea, site.warehouse, 5)

    given = at_once([partial(allocate, tea) for _ in range(6)])

    assert sorted(given) == [0, 0, 0, 0, 0, 5], given
    assert StockLevel.objects.get().reserved == 5
    served = Fulfilment.objects.filter(status="RESERVED").order_by("order__placed_at")
    assert [part.order.placed_at for part in served] == [NOW + timedelta(minutes=n) for n in range(5)]


def test_without_the_lock_on_orders_one_line_is_served_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""
    site = Site()
    tea = site.item(stock=0)
    book(site, tea, 1)
    arrive(tea, site.warehouse, 5)
    barrier, share_out = Barrier(2), waiting._share_out
    monkeypatch.setattr(Order.objects._queryset_class, "select_for_update", lambda orders, **_: orders)
    monkeypatch.setattr(waiting, "_share_out", _after(barrier, share_out))

    given = at_once([partial(allocate, tea) for _ in range(2)])

    assert given == [1, 1]
    assert StockLevel.objects.get().reserved == 2


def _after(barrier: Barrier, function: Callable[..., Any]) -> Callable[..., Any]:
    def wait(*args: Any) -> Any:
        barrier.wait(timeout=30)
        return function(*args)

    return wait


def test_an_arrival_and_a_cancellation_at_once_leave_no_stray_promise() -> None:
    site = Site()
    tea = site.item(stock=0)
    order = book(site, tea, 2)
    arrive(tea, site.warehouse, 5)
    claim = Claim.of(actor=SYSTEM, operation="cancel-order", key="1", request={})
    cancel = partial(
        services.cancel_order,
        number=order.number,
        reason="x",
        customer=None,
        claim=claim,
        actor=SYSTEM,
        now=NOW,
    )

    outcomes = at_once([cancel, partial(allocate, tea)])

    assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
    assert Order.objects.get().status == "CANCELLED"
    assert StockLevel.objects.get().reserved == 0
    assert Reservation.objects.filter(status__in=["ACTIVE", "COMMITTED"]).count() == 0


def test_staff_see_on_the_order_what_waits_and_what_came(client: Client, settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    site = Site()
    tea = site.item(stock=0)
    order = book(site, tea, 7777)
    url = reverse("admin:orders_order_change", args=[order.pk])

    def row() -> dict[str, str]:
        [formset] = [
            formset
            for formset in client.get(url).context["inline_admin_formsets"]
            if formset.opts.model._meta.model_name == "orderline"
        ]
        line = formset.formset.queryset[0]
        return {"waiting": formset.opts.waiting(line)}

    assert row() == {"waiting": "7,777"}
    assert "入荷待ち" in client.get(url).content.decode()

    arrive(tea, site.warehouse, 7777)
    deliver()

    assert row() == {"waiting": "–"}
    assert site.warehouse.name["ja"] in client.get(url).content.decode()
