"""Which price applies where and when, from the book to what is charged."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import charging, selectors, services
from catalog.errors import (
    ListingOverlaps,
    PriceInPast,
    PriceMissing,
    PriceNotFound,
    PriceOverlaps,
    PriceTooFine,
)
from catalog.models import Listing, Price, Variant
from catalog.services import NewListing, NewPrice, Scope
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.errors import InvalidField
from omni.outbox.models import Event
from organisation.models import Location, SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
GROUP = Scope("JPY")


@pytest.fixture
def tills() -> SalesChannel:
    return factories.channel(kind="STORE")


@pytest.fixture
def shop() -> Location:
    return factories.location()


@pytest.fixture
def variant() -> Variant:
    return factories.variant()


def set_prices(*prices: NewPrice, now: datetime, actor: Actor = SYSTEM) -> list[Price]:
    with db.transaction():
        return services.set_prices(prices=prices, actor=actor, now=now)


def list_at(variant: Variant, *channels: SalesChannel, now: datetime, price: int | None = None) -> None:
    amount = None if price is None else Decimal(price)
    with db.transaction():
        services.add_listings(
            listings=[NewListing(variant.pk, channel.pk, amount, now) for channel in channels],
            actor=SYSTEM,
            now=now,
        )


def end(price: Price, *, at: datetime, now: datetime) -> None:
    with db.transaction():
        services.end_prices(price_ids=[price.pk], at=at, actor=SYSTEM, now=now)


def asked(
    variant: Variant, channel: SalesChannel, at: datetime, shop: Location | None = None
) -> Decimal | None:
    offers = selectors.get_offers(
        channel_id=channel.pk, variant_ids=[variant.pk], at=at, location_id=shop.pk if shop else None
    )
    return offers[variant.pk].price if offers else None


def listed(channel: SalesChannel) -> list[Any]:
    rows = Listing.objects.filter(channel=channel).order_by("valid_from")
    return list(rows.values_list("price", "reduced", "valid_from", "valid_until"))


TABLE = [
    # group, group sale, channel, channel sale, shop, shop sale → the channel's customers, the shop's till
    ((1000, None, None, None, None, None), 1000, 1000),
    ((1000, 900, None, None, None, None), 900, 900),
    ((1000, None, 800, None, None, None), 800, 800),
    ((1000, 900, 950, None, None, None), 950, 950),
    ((1000, None, None, 700, None, None), 700, 700),
    ((1000, 900, 800, 700, None, None), 700, 700),
    ((None, None, 800, None, None, None), 800, 800),
    ((1000, None, None, None, 600, None), 1000, 600),
    ((1000, 900, None, None, 950, None), 900, 950),
    ((1000, None, 800, 700, None, 500), 700, 500),
    ((1000, 900, 800, 700, 600, 500), 700, 500),
]


@pytest.mark.parametrize(("decided", "in_channel", "at_till"), TABLE)
def test_the_narrowest_scope_goes_first_and_a_sale_lies_over_the_regular_price(
    variant: Variant,
    tills: SalesChannel,
    shop: Location,
    now: datetime,
    decided: tuple[int | None, ...],
    in_channel: int,
    at_till: int,
) -> None:
    scopes = [GROUP, Scope("JPY", channel_id=tills.pk), Scope("JPY", location_id=shop.pk)]
    keys = [(scope, kind) for scope in scopes for kind in Price.Kind.values]
    prices = [
        NewPrice(variant.pk, scope, Decimal(amount), now, kind=kind)
        for (scope, kind), amount in zip(keys, decided, strict=True)
        if amount is not None
    ]

    set_prices(*prices, now=now)
    list_at(variant, tills, now=now)

    assert asked(variant, tills, now) == in_channel
    assert asked(variant, tills, now, shop) == at_till
    # What explains a price to staff says the same.
    book = charging.in_scope(Price.objects.all(), channel_id=tills.pk, currency="JPY", location_id=shop.pk)
    deciding = charging.find_deciding(book, at=now)
    assert deciding is not None
    assert deciding.amount == at_till


def test_another_shop_another_currency_and_another_channel_keep_their_own_prices(
    variant: Variant, tills: SalesChannel, shop: Location, now: datetime
) -> None:
    online, abroad, other_shop = (
        factories.channel(),
        factories.channel(currency="USD"),
        factories.location(),
    )
    set_prices(
        NewPrice(variant.pk, GROUP, Decimal(1000), now),
        NewPrice(variant.pk, Scope("USD"), Decimal("9.99"), now),
        NewPrice(variant.pk, Scope("JPY", channel_id=online.pk), Decimal(880), now),
        NewPrice(variant.pk, Scope("JPY", location_id=shop.pk), Decimal(700), now),
        now=now,
    )
    list_at(variant, tills, online, abroad, now=now)

    assert asked(variant, tills, now, other_shop) == 1000
    assert asked(variant, tills, now, shop) == 700
    assert asked(variant, online, now) == 880
    assert asked(variant, abroad, now) == Decimal("9.99")
    # A shop's price in yen says nothing of a till that sells in dollars.
    assert asked(variant, abroad, now, shop) == Decimal("9.99")


def test_a_shops_price_begins_and_ends_at_its_moments_in_any_time_zone(
    variant: Variant, tills: SalesChannel, shop: Location, now: datetime
) -> None:
    midnight_in_tokyo = datetime(2026, 11, 30, 15, tzinfo=UTC)
    begins = datetime.fromisoformat("2026-12-01T00:00:00+09:00")
    list_at(variant, tills, now=now, price=1000)
    tick = timedelta(microseconds=1)

    set_prices(
        NewPrice(variant.pk, Scope("JPY", location_id=shop.pk), Decimal(500), begins, begins + DAY, "SALE"),
        now=now,
    )

    moments = [midnight_in_tokyo - tick, midnight_in_tokyo, midnight_in_tokyo + DAY - tick]
    assert [asked(variant, tills, at, shop) for at in moments] == [1000, 500, 500]
    assert asked(variant, tills, midnight_in_tokyo + DAY, shop) == 1000
    assert asked(variant, tills, midnight_in_tokyo) == 1000


def test_a_sale_lies_over_the_regular_price_even_where_that_changes_under_it(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    list_at(variant, tills, now=now, price=1000)
    own = Scope("JPY", channel_id=tills.pk)
    set_prices(NewPrice(variant.pk, own, Decimal(700), now + DAY, now + 5 * DAY, "SALE"), now=now)

    set_prices(NewPrice(variant.pk, own, Decimal(1100), now + 3 * DAY), now=now)

    assert listed(tills) == [
        (1000, False, now, now + DAY),
        (700, True, now + DAY, now + 5 * DAY),
        (1100, False, now + 5 * DAY, None),
    ]


def test_a_group_price_reaches_the_channels_without_one_of_their_own_and_tells_those_alone(
    variant: Variant, now: datetime
) -> None:
    first, second, own = factories.channel(), factories.channel(), factories.channel()
    set_prices(NewPrice(variant.pk, GROUP, Decimal(1000), now), now=now)
    list_at(variant, first, second, now=now)
    list_at(variant, own, now=now, price=900)
    Event.objects.all().delete()

    set_prices(NewPrice(variant.pk, GROUP, Decimal(1200), now + DAY), now=now + DAY)

    later = now + DAY
    assert [asked(variant, channel, later) for channel in (first, second, own)] == [1200, 1200, 900]
    assert listed(own) == [(900, False, now, None)]
    events = Event.objects.order_by("pk").values_list("type", "payload")
    assert list(events) == [
        ("catalog.listing-changed.v1", {"channel_id": channel.pk, "variant_ids": [variant.pk]})
        for channel in (first, second)
    ]


def test_a_channels_own_price_that_ends_leaves_the_groups(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    set_prices(NewPrice(variant.pk, GROUP, Decimal(1000), now), now=now)
    list_at(variant, tills, now=now, price=800)
    own = Price.objects.get(channel=tills)

    end(own, at=now + DAY, now=now)

    assert listed(tills) == [(800, False, now, now + DAY), (1000, False, now + DAY, None)]


def test_a_sale_that_is_called_off_before_it_began_leaves_no_trace_in_what_is_charged(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    list_at(variant, tills, now=now, price=1000)
    own = Scope("JPY", channel_id=tills.pk)
    (sale,) = set_prices(NewPrice(variant.pk, own, Decimal(700), now + DAY, now + 2 * DAY, "SALE"), now=now)

    end(sale, at=now + DAY / 2, now=now + DAY / 2)

    assert listed(tills) == [(1000, False, now, None)]
    assert apps.get_model("catalog", "PriceEvent").objects.get(pgh_label="deleted").amount == 700


def test_the_last_price_of_what_is_on_sale_can_not_be_ended(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    list_at(variant, tills, now=now, price=1000)
    before = Event.objects.count()

    with pytest.raises(PriceMissing) as refusal:
        end(Price.objects.get(), at=now + DAY, now=now)

    assert refusal.value.data()["channel_id"] == tills.pk
    assert (listed(tills), Price.objects.get().valid_until) == ([(1000, False, now, None)], None)
    assert Event.objects.count() == before


def test_what_has_no_price_at_all_is_not_put_on_sale(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    with pytest.raises(PriceMissing):
        list_at(variant, tills, now=now)

    assert (Listing.objects.count(), Event.objects.count()) == (0, 0)


def test_prices_that_overlap_are_refused_by_field_and_rule_and_none_is_written(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    other = factories.variant()
    list_at(variant, tills, now=now, price=1000)
    sale = NewPrice(variant.pk, GROUP, Decimal(700), now + DAY, now + 3 * DAY, "SALE")
    set_prices(sale, now=now)
    counts = Price.objects.count(), Event.objects.count()

    with pytest.raises(PriceOverlaps) as refusal:
        set_prices(
            NewPrice(other.pk, GROUP, Decimal(500), now),
            NewPrice(variant.pk, GROUP, Decimal(600), now + 2 * DAY, now + 4 * DAY, "SALE"),
            now=now,
        )

    assert refusal.value.data() == {"field": "valid_from", "rule": "overlap"}
    assert (Price.objects.count(), Event.objects.count()) == counts


def test_a_sale_that_begins_as_another_ends_is_no_overlap(variant: Variant, now: datetime) -> None:
    set_prices(
        NewPrice(variant.pk, GROUP, Decimal(700), now, now + DAY, "SALE"),
        NewPrice(variant.pk, GROUP, Decimal(600), now + DAY, now + 2 * DAY, "SALE"),
        now=now,
    )

    assert Price.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "error", "data"),
    [
        ({"valid_from": -DAY}, PriceInPast, {"field": "valid_from", "rule": "not-in-the-past"}),
        ({"valid_until": timedelta(0)}, InvalidField, {"field": "valid_until", "rule": "after-valid-from"}),
        ({"amount": Decimal("99.5")}, PriceTooFine, {"field": "price", "rule": "currency-unit"}),
        ({"amount": Decimal(-1)}, InvalidField, {"field": "price", "rule": "min"}),
        ({"amount": Decimal("1e30")}, InvalidField, {"field": "price", "rule": "at-most"}),
    ],
)
def test_what_can_not_be_a_price_is_refused_by_field_and_rule(
    variant: Variant, now: datetime, changed: dict[str, Any], error: Any, data: dict[str, str]
) -> None:
    values: dict[str, Any] = {"amount": Decimal(100), "valid_from": timedelta(0), "valid_until": None}
    values |= changed
    until = None if values["valid_until"] is None else now + values["valid_until"]

    with pytest.raises(error) as refusal:
        set_prices(NewPrice(variant.pk, GROUP, values["amount"], now + values["valid_from"], until), now=now)

    assert data.items() <= refusal.value.data().items()
    assert Price.objects.count() == 0


def test_nothing_that_was_charged_is_ended_in_the_past(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    list_at(variant, tills, now=now - 5 * DAY, price=1000)
    price = Price.objects.get()

    with pytest.raises(PriceInPast):
        end(price, at=now - DAY, now=now)
    with pytest.raises(PriceInPast), db.transaction():
        services.end_listing(variant_id=variant.pk, channel_id=tills.pk, at=now - DAY, actor=SYSTEM, now=now)
    with pytest.raises(PriceNotFound), db.transaction():
        services.end_prices(price_ids=[0], at=now, actor=SYSTEM, now=now)

    assert listed(tills) == [(1000, False, now - 5 * DAY, None)]


def test_what_was_charged_before_can_not_be_entered_over_what_was(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    list_at(variant, tills, now=now - 5 * DAY, price=1000)

    with pytest.raises(ListingOverlaps), db.transaction():
        services.add_listings(
            listings=[NewListing(variant.pk, tills.pk, Decimal(2000), now - 9 * DAY)], actor=SYSTEM, now=now
        )

    assert listed(tills) == [(1000, False, now - 5 * DAY, None)]


def test_a_price_says_for_ever_what_it_said_whoever_writes(variant: Variant, now: datetime) -> None:
    (price,) = set_prices(NewPrice(variant.pk, GROUP, Decimal(1000), now), now=now, actor=Actor.user(7))

    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.filter(pk=price.pk).update(amount=1)
    Price.objects.filter(pk=price.pk).update(valid_until=now + DAY)

    price.refresh_from_db()
    assert (price.amount, price.valid_until) == (1000, now + DAY)
    assert (price.decided_by, price.decided_at) == ("user:7", now)


def test_taken_off_sale_and_listed_again_it_has_no_old_price_of_its_own(
    variant: Variant, tills: SalesChannel, now: datetime
) -> None:
    set_prices(NewPrice(variant.pk, GROUP, Decimal(1000), now), now=now)
    list_at(variant, tills, now=now, price=800)
    own = Scope("JPY", channel_id=tills.pk)
    set_prices(NewPrice(variant.pk, own, Decimal(600), now + 2 * DAY, now + 4 * DAY, "SALE"), now=now)

    with db.transaction():
        services.end_listing(variant_id=variant.pk, channel_id=tills.pk, at=now + DAY, actor=SYSTEM, now=now)

    assert listed(tills) == [(800, False, now, now + DAY)]
    list_at(variant, tills, now=now + 2 * DAY)
    assert asked(variant, tills, now + 3 * DAY) == 1000


def test_many_prices_cost_as_many_statements_as_one(tills: SalesChannel, now: datetime) -> None:
    variants = [factories.variant() for _ in range(31)]
    for variant in variants:
        list_at(variant, tills, now=now, price=1000)
    own = Scope("JPY", channel_id=tills.pk)

    for wanted in (variants[:1], variants[1:]):
        prices = [NewPrice(v.pk, own, Decimal(900), now + DAY) for v in wanted]
        with CaptureQueriesContext(connection) as queries:
            set_prices(*prices, now=now + DAY)
        bounds = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        assert len([q for q in queries if not q["sql"].startswith(bounds)]) == 10
    assert Listing.objects.filter(price=900).count() == 31


def test_offers_at_a_shop_cost_one_statement(
    tills: SalesChannel, shop: Location, now: datetime, django_assert_num_queries: CaptureQueriesContext
) -> None:
    variants = [factories.variant(tax_class=factories.tax_class()) for _ in range(12)]
    for variant in variants:
        list_at(variant, tills, now=now, price=1000)
    scope = Scope("JPY", location_id=shop.pk)
    set_prices(*(NewPrice(v.pk, scope, Decimal(800), now) for v in variants[:6]), now=now)

    for count in (1, 12):
        with django_assert_num_queries(1):  # type: ignore[operator]
            offers = selectors.get_offers(
                channel_id=tills.pk,
                variant_ids=[v.pk for v in variants[:count]],
                at=now,
                location_id=shop.pk,
            )
        assert [offer.price for offer in offers.values()].count(Decimal(800)) == min(count, 6)


def test_a_shops_price_tells_the_tills_channels(
    variant: Variant, tills: SalesChannel, shop: Location, now: datetime
) -> None:
    factories.channel(kind="EC")

    set_prices(NewPrice(variant.pk, Scope("JPY", location_id=shop.pk), Decimal(500), now), now=now)

    event = Event.objects.get()
    assert event.payload == {"channel_id": tills.pk, "variant_ids": [variant.pk]}
