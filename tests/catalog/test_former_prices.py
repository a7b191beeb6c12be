"""The former price that may be shown beside a sale price: the eight weeks' rule, at its edges."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog.former_prices import FormerPrice, Reason, list_former_prices
from catalog.models import Listing, Price, Variant
from organisation.models import Location, SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
TICK = timedelta(microseconds=1)
SALE = datetime(2026, 11, 1, tzinfo=UTC)
ENDS = SALE + 4 * WEEK


@pytest.fixture
def channel() -> SalesChannel:
    return factories.channel()


@pytest.fixture
def variant() -> Variant:
    return factories.variant()


def charge(
    variant: Variant, channel: SalesChannel, *spans: tuple[int, datetime, datetime | None, bool]
) -> None:
    for price, begins, ends, reduced in spans:
        factories.listing(variant, channel, price, valid_from=begins, valid_until=ends, reduced=reduced)


def former(
    variant: Variant, channel: SalesChannel, at: datetime = SALE, shop: Location | None = None
) -> FormerPrice:
    found = list_former_prices(
        channel_id=channel.pk,
        country=channel.country,
        currency=channel.currency,
        variant_ids=[variant.pk],
        at=at,
        location_id=shop.pk if shop else None,
    )
    return found[variant.pk]


def allowed(amount: int) -> FormerPrice:
    return FormerPrice(Decimal(amount), None)


def refused(reason: Reason) -> FormerPrice:
    return FormerPrice(None, reason)


def test_a_price_charged_for_long_may_be_shown_beside_the_sale_price_until_it_ends(
    variant: Variant, channel: SalesChannel
) -> None:
    charge(variant, channel, (1000, SALE - 20 * WEEK, SALE, False), (700, SALE, ENDS, True))
    charge(variant, channel, (1000, ENDS, None, False))

    assert former(variant, channel, SALE - TICK) == refused(Reason.NOT_REDUCED)
    assert former(variant, channel, SALE) == allowed(1000)
    assert str(former(variant, channel, SALE).amount) == "1000"
    assert former(variant, channel, ENDS - TICK) == allowed(1000)
    assert former(variant, channel, ENDS) == refused(Reason.NOT_REDUCED)


@pytest.mark.parametrize(
    ("dear", "cheap", "expected"),
    [
        # Charged last, at 1,000 for so long of the eight weeks, at 900 for the rest of them before.
        (4 * WEEK + TICK, 6 * WEEK, allowed(1000)),
        (4 * WEEK, 6 * WEEK, refused(Reason.NOT_MOSTLY)),
        # Sold for less than eight weeks: of that time.
        (2 * WEEK, 2 * WEEK - TICK, allowed(1000)),
        (2 * WEEK, 2 * WEEK, refused(Reason.NOT_MOSTLY)),
        # Two weeks in all at least.
        (2 * WEEK, timedelta(0), allowed(1000)),
        (2 * WEEK - TICK, timedelta(0), refused(Reason.TOO_SHORT)),
    ],
)
def test_more_than_half_of_the_time_and_two_weeks_at_least(
    variant: Variant, channel: SalesChannel, dear: timedelta, cheap: timedelta, expected: FormerPrice
) -> None:
    changed = SALE - dear
    if cheap:
        charge(variant, channel, (900, changed - cheap, changed, False))
    charge(variant, channel, (1000, changed, SALE, False), (850, SALE, ENDS, True))

    # 900 is higher than the sale price too, but was never charged for more than half of the time.
    assert former(variant, channel) == expected


@pytest.mark.parametrize(
    ("since", "expected"), [(2 * WEEK - TICK, allowed(1000)), (2 * WEEK, refused(Reason.TOO_LONG_AGO))]
)
def test_less_than_two_weeks_since_it_was_last_charged(
    variant: Variant, channel: SalesChannel, since: timedelta, expected: FormerPrice
) -> None:
    last = SALE - since
    charge(variant, channel, (1000, SALE - 20 * WEEK, last, False), (800, last, SALE, False))
    charge(variant, channel, (700, SALE, ENDS, True))

    assert former(variant, channel) == expected


def test_a_sale_without_an_end_is_judged_as_it_goes_on(variant: Variant, channel: SalesChannel) -> None:
    charge(variant, channel, (1000, SALE - 20 * WEEK, SALE, False), (700, SALE, None, True))

    assert former(variant, channel, SALE + 2 * WEEK - TICK) == allowed(1000)
    assert former(variant, channel, SALE + 2 * WEEK) == refused(Reason.TOO_LONG_AGO)
    assert former(variant, channel, SALE + 5 * WEEK) == refused(Reason.NOT_MOSTLY)


def test_a_second_reduction_belongs_to_the_same_sale(variant: Variant, channel: SalesChannel) -> None:
    charge(variant, channel, (1000, SALE - 20 * WEEK, SALE, False), (700, SALE, SALE + 3 * WEEK, True))
    charge(variant, channel, (500, SALE + 3 * WEEK, ENDS, True))

    assert former(variant, channel, SALE + 3 * WEEK) == allowed(1000)


def test_time_off_sale_counts_neither_for_nor_against(variant: Variant, channel: SalesChannel) -> None:
    # Three weeks at 1,000, three weeks off sale, two weeks at 900: three of five.
    begins = SALE - 8 * WEEK
    charge(variant, channel, (1000, begins, begins + 3 * WEEK, False))
    charge(variant, channel, (900, begins + 6 * WEEK, SALE - TICK, False), (700, SALE, ENDS, True))

    # Last charged five weeks before.
    assert former(variant, channel) == refused(Reason.TOO_LONG_AGO)


def test_what_is_not_higher_is_no_former_price(variant: Variant, channel: SalesChannel) -> None:
    charge(variant, channel, (700, SALE - 20 * WEEK, SALE, False), (700, SALE, ENDS, True))

    assert former(variant, channel) == refused(Reason.NONE_HIGHER)


def test_a_price_without_tax_is_not_compared_with_one_with_it(
    variant: Variant, channel: SalesChannel
) -> None:
    factories.listing(
        variant, channel, 1000, valid_from=SALE - 20 * WEEK, valid_until=SALE, tax_inclusive=False
    )
    charge(variant, channel, (700, SALE, ENDS, True))

    assert former(variant, channel) == refused(Reason.NONE_HIGHER)


def test_what_is_new_or_not_on_sale_has_none(variant: Variant, channel: SalesChannel) -> None:
    assert former(variant, channel) == refused(Reason.NOT_LISTED)

    charge(variant, channel, (700, SALE, ENDS, True))

    assert former(variant, channel) == refused(Reason.NONE_HIGHER)


def test_a_country_without_a_rule_shows_none(variant: Variant) -> None:
    abroad = factories.channel(country="US", currency="USD")
    charge(variant, abroad, (10, SALE - 20 * WEEK, SALE, False), (7, SALE, ENDS, True))

    assert former(variant, abroad) == refused(Reason.NO_RULE)


def test_the_numbers_of_the_rule_are_data(variant: Variant, channel: SalesChannel, settings: Any) -> None:
    numbers = {"window": 2 * WEEK, "share": Decimal("0.9"), "least": DAY, "lapse": DAY}
    settings.FORMER_PRICE_RULES = {"JP": numbers}
    charge(variant, channel, (900, SALE - 9 * WEEK, SALE - 2 * WEEK, False))
    charge(variant, channel, (1000, SALE - 2 * WEEK, SALE, False), (700, SALE, ENDS, True))

    assert former(variant, channel) == allowed(1000)


def test_a_shop_compares_with_what_its_own_till_charged(variant: Variant, channel: SalesChannel) -> None:
    shop, other = factories.location(), factories.location()
    charge(variant, channel, (1000, SALE - 20 * WEEK, SALE, False), (700, SALE, ENDS, True))
    # This shop asked 1,200 for the last five weeks, and asks 800 in its own sale.
    for amount, begins, ends, kind in (
        (1200, SALE - 5 * WEEK, None, "REGULAR"),
        (800, SALE, ENDS, "SALE"),
    ):
        Price.objects.create(
            variant=variant,
            currency="JPY",
            location=shop,
            kind=kind,
            amount=amount,
            valid_from=begins,
            valid_until=ends,
        )

    assert former(variant, channel, SALE, shop) == allowed(1200)
    assert former(variant, channel, SALE, other) == allowed(1000)
    assert former(variant, channel, SALE) == allowed(1000)
    assert former(variant, channel, SALE - WEEK, shop) == refused(Reason.NOT_REDUCED)


def test_a_list_of_products_costs_one_statement(
    channel: SalesChannel, django_assert_num_queries: CaptureQueriesContext
) -> None:
    variants = [factories.variant() for _ in range(20)]
    for variant in variants:
        charge(variant, channel, (1000, SALE - 20 * WEEK, SALE, False), (700, SALE, ENDS, True))

    for count in (1, 20):
        with django_assert_num_queries(1):  # type: ignore[operator]
            found = list_former_prices(
                channel_id=channel.pk,
                country="JP",
                currency="JPY",
                variant_ids=[v.pk for v in variants[:count]],
                at=SALE,
            )
        assert list(found.values()) == [allowed(1000)] * count


# What follows is the rule once more, counted out in six-hour steps.

STEP = timedelta(hours=6)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Charged:
    price: int | None
    reduced: bool
    steps: int


def expected(spans: Sequence[Charged], now: int) -> FormerPrice:
    """By looking at every six hours there were; `now` is the index of one of them."""
    steps = [(span.price, span.reduced) for span in spans for _ in range(span.steps)]
    price, reduced = steps[now]
    if price is None:
        return refused(Reason.NOT_LISTED)
    if not reduced:
        return refused(Reason.NOT_REDUCED)
    judged = began = now
    for index in range(now, -1, -1):
        if steps[index][0] is not None and not steps[index][1]:
            break
        if steps[index][1]:
            began = index
    last_span_is_open = now >= len(steps) - spans[-1].steps
    judged = now if last_span_is_open else began
    window = [index for index in range(max(0, judged - 8 * 28), judged) if steps[index][0] is not None]
    counted = Counter(steps[index][0] for index in window)
    higher = [(took, -dear, dear) for dear, took in counted.items() if dear is not None and dear > price]
    if not higher:
        return refused(Reason.NONE_HIGHER)
    took, _, dear = max(higher)
    last = max(index for index in window if steps[index][0] == dear) + 1
    if took < 2 * 28:
        return refused(Reason.TOO_SHORT)
    if 2 * took <= len(window):
        return refused(Reason.NOT_MOSTLY)
    return refused(Reason.TOO_LONG_AGO) if judged - last >= 2 * 28 else allowed(dear)


HISTORIES = st.lists(
    st.builds(
        Charged,
        price=st.sampled_from([None, 600, 800, 1000, 1000, 1000]),
        reduced=st.booleans(),
        steps=st.sampled_from([4, 27, 28, 55, 56, 57, 111, 112, 113, 200]),
    ).map(lambda one: Charged(one.price, one.reduced and one.price is not None, one.steps)),
    min_size=1,
    max_size=7,
)


@given(spans=HISTORIES, data=st.data())
def test_the_statement_agrees_with_counting(spans: list[Charged], data: st.DataObject) -> None:
    channel, variant = factories.channel(), factories.variant()
    rows, at = [], EPOCH
    for place, span in enumerate(spans):
        ends = at + span.steps * STEP
        last = place == len(spans) - 1
        if span.price is not None:
            rows.append(
                Listing(
                    variant=variant,
                    channel=channel,
                    price=span.price,
                    reduced=span.reduced,
                    valid_from=at,
                    valid_until=None if last else ends,
                )
            )
        at = ends
    Listing.objects.bulk_create(rows)
    bounds = [sum(span.steps for span in spans[:place]) for place in range(len(spans))]
    now = data.draw(st.sampled_from(bounds) | st.integers(0, sum(span.steps for span in spans) - 1))

    assert former(variant, channel, EPOCH + now * STEP) == expected(spans, now)
