"""Bundles that share a component, and the component itself, sold at once: it is never oversold."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest

from catalog.models import Variant
from inventory import errors, verification
from inventory.models import Reservation, StockLevel
from orders import verification as books
from orders.models import OrderLine
from tests import factories
from tests.orders.ec import Site, place
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def shared() -> tuple[Site, Variant, list[Variant]]:
    """Ten teas: sold alone, by two in a box, and by three in a chest; cups enough."""
    site = Site()
    tea, cup = site.item(500, stock=10), site.item(300, stock=99)
    sets = [factories.bundle((tea, 2), (cup, 1)), factories.bundle((tea, 3), (cup, 2))]
    for one in sets:
        factories.listing(one, site.channel, 1100)
    return site, tea, sets


def buy(site: Site, variant: Variant) -> Any:
    return place(site.cart((variant, 1)))


def sold(outcomes: list[Any]) -> int:
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, errors.InsufficientStock) for one in refused), refused
    return len(outcomes) - len(refused)


def test_bundles_and_their_component_never_oversell_it() -> None:
    site, tea, (box, chest) = shared()

    wanted = (box, chest, tea, box, chest, tea, box, chest)

    outcomes = at_once([partial(buy, site, one) for one in wanted])

    units = {tea.pk: 1, box.pk: 2, chest.pk: 3}
    bought = sum(units[pk] for pk in OrderLine.objects.values_list("variant_id", flat=True))
    level = StockLevel.objects.get(variant=tea)
    assert sold(outcomes) == OrderLine.objects.count()
    assert level.reserved == bought <= 10
    # Whoever was refused was so because less was left than one of what they wanted.
    refused = [one for one, got in zip(wanted, outcomes, strict=True) if isinstance(got, Exception)]
    assert all(units[one.pk] > 10 - bought for one in refused)
    assert [*verification.find_drifts(), *books.find_drifts()] == []


def buy_by_what_was_seen(site: Site, tea: Variant, units: int, all_have_looked: Barrier) -> None:
    """What it would be if a bundle's availability alone were trusted: look, then take."""
    level = StockLevel.objects.with_available().get(variant=tea)
    all_have_looked.wait(timeout=30)
    assert level.available >= units
    StockLevel.objects.filter(pk=level.pk).update(reserved=level.reserved + units)
    Reservation.objects.create(
        variant=tea, location=site.warehouse, quantity=units, source="x", created_at="2026-11-22T03:00Z"
    )


def test_without_the_levels_lock_the_component_is_oversold() -> None:
    """The negative control: each of eight saw enough, and 18 of 10 teas are promised."""
    site, tea, _sets = shared()
    barrier = Barrier(8)

    outcomes = at_once(
        [partial(buy_by_what_was_seen, site, tea, units, barrier) for units in (2, 3, 1, 2, 3, 1, 3, 3)]
    )

    assert outcomes == [None] * 8
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 18
    assert [drift.kind for drift in verification.find_drifts()] == ["stock-reserved"]


def test_baskets_of_bundles_in_opposite_order_do_not_deadlock() -> None:
    site = Site()
    one, two = site.item(500, stock=40), site.item(300, stock=40)
    sets = [factories.bundle((one, 1), (two, 1)) for _ in range(2)]
    for each in sets:
        factories.listing(each, site.channel, 1100)

    def buy_both(first: Variant, second: Variant) -> Any:
        return place(site.cart((first, 1), (second, 1)))

    outcomes = at_once([partial(buy_both, *pair) for _ in range(4) for pair in (sets, sets[::-1])])

    assert sold(outcomes) == 8
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {16}
    assert [*verification.find_drifts(), *books.find_drifts()] == []
