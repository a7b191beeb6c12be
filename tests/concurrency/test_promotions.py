"""Coupons under fire: of however many buyers, no more have one than there are."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from omni.core import db
from orders.models import Cart, Order
from orders.services.outcome import PlacedOrder
from promotions import services
from promotions.errors import CouponUsedUp, PromotionUsedUp
from promotions.models import Coupon, Promotion, Redemption
from tests import factories
from tests.concurrency.racing import second_connection
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, LIMIT = 20, 7


def carts_with(coupons: list[Coupon], site: Site) -> list[Cart]:
    made = []
    for coupon in coupons:
        cart = site.cart((site.item(1000), 1))
        cart.coupons.create(coupon=coupon)
        made.append(cart)
    return made


def test_twenty_buyers_at_once_have_a_coupon_as_often_as_it_may_be_used() -> None:
    site = Site()
    coupon = factories.coupon(factories.promotion(), most_uses=LIMIT)
    carts = carts_with([coupon] * BUYERS, site)

    outcomes = at_once([partial(place, cart) for cart in carts])

    placed = [one for one in outcomes if isinstance(one, PlacedOrder)]
    refused = [one for one in outcomes if isinstance(one, CouponUsedUp)]
    assert (len(placed), len(refused)) == (LIMIT, BUYERS - LIMIT), outcomes
    assert {one.total for one in placed} == {900}
    coupon.refresh_from_db()
    assert (coupon.uses, Redemption.objects.count(), Order.objects.count()) == (LIMIT,) * 3
    assert Cart.objects.filter(status="OPEN").count() == BUYERS - LIMIT


def test_a_limited_promotion_that_applies_by_itself_holds_too() -> None:
    site = Site()
    promotion = factories.promotion(most_uses=LIMIT)
    carts = [site.cart((site.item(1000), 1)) for _ in range(BUYERS)]

    outcomes = at_once([partial(place, cart) for cart in carts])

    # Who comes after the last one has gone pays in full; who was overtaken on the way looks again.
    reduced = [one for one in outcomes if isinstance(one, PlacedOrder) and one.total == 900]
    rest = [one for one in outcomes if one not in reduced]
    assert len(reduced) == LIMIT, outcomes
    assert all(isinstance(one, PromotionUsedUp) or one.total == 1000 for one in rest)
    promotion.refresh_from_db()
    assert (promotion.uses, Redemption.objects.count()) == (LIMIT, LIMIT)


def test_a_person_with_two_carts_at_once_has_it_once() -> None:
    site = Site()
    factories.promotion(most_per_person=1)
    member = site.member()
    carts = [site.cart((site.item(1000), 1), customer=member) for _ in range(4)]

    outcomes = at_once([partial(place, cart, customer=member) for cart in carts])

    assert sorted(int(one.total) for one in outcomes) == [900, 1000, 1000, 1000]
    assert Redemption.objects.count() == 1


def use(coupon: Coupon, source: str) -> None:
    with db.transaction():
        services.redeem([used(coupon, source)], now=NOW)


def used(coupon: Coupon, source: str) -> services.Use:
    return services.Use(source, coupon.promotion_id, coupon.pk, None, "JPY", Decimal(1), Decimal(0))


def race_for_the_last() -> Any:
    """One takes the last but commits late; the other comes meanwhile, and waits."""
    coupon = factories.coupon(factories.promotion(), most_uses=1)
    with second_connection() as second:
        with db.transaction():
            services.redeem([used(coupon, "order:1")], now=NOW)
            other = second.start(partial(use, coupon, "order:2"))
        return other.exception(timeout=10)


def test_who_waits_for_the_last_one_is_refused_it() -> None:
    assert isinstance(race_for_the_last(), CouponUsedUp)
    assert (Redemption.objects.count(), Coupon.objects.get().uses) == (1, 1)


def test_control_without_the_lock_only_the_constraint_stops_one_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The limit is then compared with what was there before the wait."""
    assert services.REDEEM.count(" FOR NO KEY UPDATE") == 2
    monkeypatch.setattr(services, "REDEEM", services.REDEEM.replace(" FOR NO KEY UPDATE", ""))

    refusal = race_for_the_last()

    assert isinstance(refusal, IntegrityError)
    assert "coupon_not_overused" in str(refusal)


def test_orders_that_use_several_coupons_in_any_order_do_not_lock_each_other_out() -> None:
    coupons = [factories.coupon(factories.promotion(most_uses=100), most_uses=100) for _ in range(3)]

    def use_all(number: int) -> None:
        turned = coupons if number % 2 else coupons[::-1]
        with db.transaction():
            services.redeem([used(one, f"order:{number}") for one in turned], now=NOW)
            services.give_back(source=f"order:{number - 1}", now=NOW)

    work: list[Callable[[], None]] = [partial(use_all, number) for number in range(12)]
    outcomes = at_once(work)

    assert outcomes == [None] * 12
    kept = Redemption.objects.filter(given_back_at=None).count()
    assert sum(Coupon.objects.values_list("uses", flat=True)) == kept
    assert sum(Promotion.objects.values_list("uses", flat=True)) == kept
