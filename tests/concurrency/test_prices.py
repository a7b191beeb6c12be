"""Two members of staff who decide about one article's prices at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog import services
from catalog.charging import charged, in_scope
from catalog.errors import PriceOverlaps
from catalog.models import Listing, Price, Variant
from catalog.services import NewPrice, Scope, prices
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim, ClaimInFlight
from organisation.models import SalesChannel
from tests import factories
from tests.concurrency.racing import second_connection
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
GROUP = Scope("JPY")


@pytest.fixture
def channel() -> SalesChannel:
    return factories.channel()


@pytest.fixture
def variant(channel: SalesChannel) -> Variant:
    """On sale at the group's price."""
    variant = factories.variant()
    factories.listing(variant, channel, 1000)
    Price.objects.all().delete()
    Price.objects.create(variant=variant, currency="JPY", amount=1000, valid_from=factories.EARLY)
    return variant


def decide(variant: Variant, scope: Scope, amount: int, now: datetime, kind: str = "REGULAR") -> list[Price]:
    price = NewPrice(variant.pk, scope, Decimal(amount), now + DAY, now + 2 * DAY, kind)
    with db.transaction():
        return services.set_prices(prices=[price], actor=Actor.user(1), now=now)


def consistent(variant: Variant, channel: SalesChannel, now: datetime) -> bool:
    """Whether what will be charged is what the book says."""
    book = in_scope(Price.objects.filter(variant=variant), channel_id=channel.pk, currency="JPY")
    wanted = [(s.price, s.valid_from, s.valid_until) for s in charged(book, begins=now, ends=None)]
    rows = Listing.objects.filter(variant=variant).lasting(now).order_by("valid_from")
    return wanted == [(r.price, max(r.valid_from, now), r.valid_until) for r in rows]


def test_of_two_sales_at_once_one_stands_and_the_other_is_refused(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    outcomes = at_once([partial(decide, variant, GROUP, amount, now, "SALE") for amount in (700, 600)])

    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [PriceOverlaps]
    assert refused[0].data() == {"field": "valid_from", "rule": "overlap"}
    assert Price.objects.filter(kind="SALE").count() == 1
    assert consistent(variant, channel, now)


@contextmanager
def without_the_constraint() -> Iterator[None]:
    (constraint,) = [one for one in Price._meta.constraints if one.name == "prices_do_not_overlap"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Price, constraint)
    try:
        yield
    finally:
        Price.objects.filter(kind="SALE").delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Price, constraint)


def test_without_the_constraint_both_would_stand(variant: Variant, now: datetime) -> None:
    with without_the_constraint():
        outcomes = at_once([partial(decide, variant, GROUP, amount, now, "SALE") for amount in (700, 600)])

        assert not any(isinstance(one, Exception) for one in outcomes)
        assert Price.objects.filter(kind="SALE").count() == 2


def both(variant: Variant, channel: SalesChannel, now: datetime) -> None:
    """The channel's price is being set, and not committed yet, as the group's sale comes in."""
    own = Scope("JPY", channel_id=channel.pk)
    with second_connection() as second:
        with transaction.atomic():
            first = NewPrice(variant.pk, own, Decimal(900), now + DAY)
            services.set_prices(prices=[first], actor=Actor.user(1), now=now)
            other = second.start(partial(decide, variant, GROUP, 700, now, "SALE"))
        other.result()


def test_prices_of_two_scopes_at_once_leave_what_is_charged_as_the_book_says(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    both(variant, channel, now)

    assert Price.objects.count() == 3
    assert consistent(variant, channel, now)


def test_without_the_lock_on_the_article_they_would_not(
    variant: Variant, channel: SalesChannel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "lock_variants", lambda variant_ids: None)

    # The second worked from a book without the first's price; only what was already written stops it.
    with pytest.raises(IntegrityError, match="listings_do_not_overlap"):
        both(variant, channel, now)


def test_a_form_sent_twice_at_once_is_done_once(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    claim = Claim.of(actor=Actor.user(1), operation="decide-price", key="k", request={"price": "700"})

    def send() -> Any:
        price = NewPrice(variant.pk, GROUP, Decimal(700), now + DAY, now + 2 * DAY, "SALE")

        def act() -> str:
            services.set_prices(prices=[price], actor=Actor.user(1), now=now)
            return "done"

        return idempotency.once(claim, act, result_type=str, now=now)

    outcomes = at_once([send] * 4)

    assert {str(one) for one in outcomes if not isinstance(one, Exception)} == {"done"}
    assert all(isinstance(one, ClaimInFlight) for one in outcomes if isinstance(one, Exception))
    assert Price.objects.filter(kind="SALE").count() == 1
