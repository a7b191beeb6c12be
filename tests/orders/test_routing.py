"""Which locations a channel's rules choose, what is kept of it, and where rejected goods go."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Discrepancy
from orders.models import Fulfilment, Order, RoutingDecision, RoutingRules
from orders.routing.tracing import from_json
from organisation.models import Location
from tests import factories
from tests.orders.ec import Site, place
from tests.orders.test_allocate_waiting import deliver
from tests.orders.test_reject_fulfilment import drifts, reject

pytestmark = pytest.mark.django_db(transaction=True)
ONLY: dict[str, int] = dict.fromkeys(("distance", "split", "workload", "health", "cutoff", "priority"), 0)


def rules(site: Site, **weights: Any) -> RoutingRules:
    return RoutingRules.objects.create(channel=site.channel, **{**ONLY, **weights})


def shop(
    site: Site, *, latitude: float, postal_code: str = "", priority: int = 200, **fields: Any
) -> Location:
    """A source of the channel on one meridian: a degree of latitude is 111 km."""
    made = factories.location(latitude=latitude, longitude=139.7, postal_code=postal_code, **fields)
    factories.source(site.channel, made, priority=priority)
    return made


def ordered(*lines: Any, site: Site) -> Order:
    return Order.objects.get(number=place(site.cart(*lines)).number)


def sent_from(order: Order) -> list[tuple[int | None, int]]:
    rows = order.fulfilments.filter(status__in=("RESERVED", "PROPOSED"), lines__quantity__gt=0)
    return sorted(rows.values_list("location", "lines__quantity"), key=str)


def test_the_nearest_shop_sends_it_and_the_trace_says_why() -> None:
    site = Site()
    # The buyer of the tests lives at 150-0002: as near as this shop is.
    near = shop(site, latitude=35.66, postal_code="150-0002")
    far = shop(site, latitude=43.06, postal_code="060-0001", priority=1)
    tea = site.item(stock=None, keeps_stock=True)
    factories.stock(tea, near, 5)
    factories.stock(tea, far, 5)
    rules(site, distance=1, split=300)

    order = ordered((tea, 2), site=site)

    assert sent_from(order) == [(near.pk, 2)]
    decision = RoutingDecision.objects.get()
    assert (decision.order_id, decision.cause, decision.parcels, decision.exact) == (
        order.pk,
        "PLACED",
        1,
        True,
    )
    assert (decision.cost, decision.metres) == (0, 0)
    trace = from_json(decision.trace)
    assert (trace.digits, trace.left_out, [one.id for one in trace.problem.candidates]) == (
        7,
        0,
        [near.pk, far.pk],
    )
    # 7.4 degrees of latitude are 823 km.
    assert trace.problem.candidates[1].distance == pytest.approx(823_000, rel=0.01)


def test_a_channel_without_rules_or_with_rules_that_are_off_goes_by_priority() -> None:
    site = Site()
    near = shop(site, latitude=35.66, postal_code="150-0002")
    far = shop(site, latitude=43.06, priority=1)
    tea = site.item(stock=None, keeps_stock=True)
    factories.stock(tea, near, 5)
    factories.stock(tea, far, 5)

    assert sent_from(ordered((tea, 1), site=site)) == [(far.pk, 1)]
    rules(site, distance=1, active=False)
    assert sent_from(ordered((tea, 1), site=site)) == [(far.pk, 1)]
    assert not RoutingDecision.objects.exists()


def test_one_parcel_is_cheaper_than_two_where_splitting_costs() -> None:
    site = Site()
    both = shop(site, latitude=36.0, priority=300)
    tea, cup = site.item(stock=9), site.item(500, stock=None, keeps_stock=True)
    factories.stock(tea, both, 2)
    factories.stock(cup, both, 2)

    by_priority = ordered((tea, 1), (cup, 1), site=site)
    rules(site, split=100)
    by_rules = ordered((tea, 1), (cup, 1), site=site)

    assert sent_from(by_priority) == sorted([(site.warehouse.pk, 1), (both.pk, 1)], key=str)
    assert sent_from(by_rules) == [(both.pk, 1), (both.pk, 1)]


def test_a_bundle_and_what_it_is_made_of_leave_together() -> None:
    site = Site()
    both = shop(site, latitude=36.0, priority=300)
    tea, cup = site.item(stock=9), site.item(500, stock=None, keeps_stock=True)
    kit = factories.bundle((tea, 1), (cup, 2), tax_class=site.standard)
    factories.listing(kit, site.channel, 2000)
    for variant in (tea, cup):
        factories.stock(variant, both, 4)
    rules(site, split=100)

    order = ordered((kit, 1), (tea, 2), site=site)

    assert sent_from(order) == [(both.pk, 1), (both.pk, 2)]
    trace = from_json(RoutingDecision.objects.get().trace)
    assert [(one.variant_id, one.quantity, len(one.components)) for one in trace.wanted] == [
        (kit.pk, 1, 2),
        (tea.pk, 2, 0),
    ]


def test_a_busy_shop_is_spared() -> None:
    site = Site()
    busy = shop(site, latitude=35.0, priority=1, parcels_a_day=2)
    idle = shop(site, latitude=35.0, priority=2, parcels_a_day=2)
    tea = site.item(stock=None, keeps_stock=True)
    for at in (busy, idle):
        factories.stock(tea, at, 9)
    rules(site, workload=100, priority=1)

    orders = [ordered((tea, 1), site=site) for _ in range(3)]

    assert [sent_from(order) for order in orders] == [[(busy.pk, 1)], [(idle.pk, 1)], [(busy.pk, 1)]]


def test_a_shelf_is_not_emptied_while_another_is_full() -> None:
    site = Site()
    thin = shop(site, latitude=35.0, priority=1)
    tea = site.item(stock=10)
    factories.stock(tea, thin, 1)
    rules(site, health=50)

    assert sent_from(ordered((tea, 1), site=site)) == [(site.warehouse.pk, 1)]


def test_what_leaves_today_goes_first() -> None:
    site = Site()
    # It is noon in Japan.
    closed = shop(site, latitude=35.0, priority=1, dispatch_until="11:00")
    leaves = shop(site, latitude=35.0, priority=2, dispatch_until="15:00")
    tea = site.item(stock=None, keeps_stock=True)
    for at in (closed, leaves):
        factories.stock(tea, at, 9)
    rules(site, cutoff=5, priority=1)

    order = ordered((tea, 1), site=site)

    assert sent_from(order) == [(leaves.pk, 1)]


def test_rejected_goods_go_where_the_rules_say_and_never_back() -> None:
    site = Site()
    near = shop(site, latitude=35.66, postal_code="150-0002", priority=300)
    next_one = shop(site, latitude=35.9, priority=400)
    far = shop(site, latitude=43.06, priority=1)
    tea = site.item(stock=None, keeps_stock=True)
    for at in (near, next_one, far):
        factories.stock(tea, at, 5)
    rules(site, distance=1)
    order = ordered((tea, 2), site=site)
    assert sent_from(order) == [(near.pk, 2)]

    reject(order, reason="STORE_CLOSED")
    deliver()
    assert sent_from(order) == [(next_one.pk, 2)]
    reject(order, reason="STORE_CLOSED")
    deliver()

    assert sent_from(order) == [(far.pk, 2)]
    causes = RoutingDecision.objects.order_by("pk").values_list("cause", flat=True)
    assert list(causes) == ["PLACED", "WAITING", "WAITING"]
    assert not Discrepancy.objects.filter(kind="UNALLOCATED", status="OPEN").exists()
    assert drifts() == []

    reject(order, reason="STORE_CLOSED")
    deliver()

    # A dead end: nobody else has it, and people are told.
    assert sent_from(order) == [(None, 2)]
    assert Discrepancy.objects.filter(kind="UNALLOCATED", status="OPEN").count() == 1
    assert RoutingDecision.objects.count() == 3


def test_rules_cost_the_same_statements_however_many_shops_there_are() -> None:
    site = Site()
    tea = site.item()
    rules(site, distance=1, cutoff=1)
    few = statements(site, tea)
    for number in range(5):
        factories.stock(tea, shop(site, latitude=35 + number / 10), 9)

    assert statements(site, tea) == few == 14


def statements(site: Site, tea: Any) -> int:
    place(site.cart((tea, 1)))
    cart = site.cart((tea, 1))
    with CaptureQueriesContext(connection) as queries:
        place(cart)
    return len(queries)


def test_an_order_that_is_refused_leaves_no_decision() -> None:
    site = Site()
    tea = site.item(stock=1)
    rules(site, distance=1)

    with pytest.raises(Exception, match="insufficient"):
        ordered((tea, 2), site=site)

    assert (RoutingDecision.objects.count(), Fulfilment.objects.count()) == (0, 0)
