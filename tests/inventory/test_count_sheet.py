"""Cycle counts: the difference is with the books of that moment, and nobody approves their own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from inventory import errors, verification
from inventory import services as inventory
from inventory.counts import Limit
from inventory.models import (
    CountLimit,
    CountLine,
    CountRecord,
    CountSheet,
    Discrepancy,
    StockDocument,
    StockEntry,
    StockLevel,
)
from omni.core.actor import Actor
from omni.outbox.models import Event
from organisation.errors import NotYours
from organisation.models import Location
from tests import factories
from tests.inventory.counting import by, generous, move, on_hand, staff

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[object]]
MINUTE = timedelta(minutes=1)


def opened(*levels: StockLevel, now: datetime) -> str:
    return inventory.open_count_sheet(
        location_id=levels[0].location_id, variant_ids=[level.variant_id for level in levels], **by(now=now)
    ).number


def count(
    number: str, level: StockLevel, quantity: int, at: datetime, now: datetime | None = None
) -> inventory.SheetNow:
    return inventory.record_counts(
        number=number,
        records=[inventory.Counted(level.variant_id, quantity, at)],
        device="D-1",
        **by(now=now or at),
    )


def finish(number: str, now: datetime) -> None:
    inventory.submit_count_sheet(number=number, **by(now=now))
    inventory.post_count_sheet(number=number, **by(now=now))


def test_a_sale_between_counting_and_posting_changes_nothing(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)
    count(number, level, 8, now + 10 * MINUTE)
    move(level, -3, now + 20 * MINUTE)

    finish(number, now + 30 * MINUTE)

    assert on_hand(level) == 5
    entry = StockEntry.objects.order_by("-id")[0]
    assert (entry.kind, entry.reason, entry.delta, entry.balance_after) == ("COUNT", "cycle_count", -2, 5)
    assert entry.occurred_at == now + 10 * MINUTE
    line = CountLine.objects.get()
    assert (line.counted, line.expected, line.variance, line.superseded) == (8, 10, -2, False)
    assert StockDocument.objects.get(kind="COUNT").number == number
    assert verification.find_drifts() == []


def test_a_sale_before_the_count_that_arrives_after_it_is_not_taken_off_twice(now: datetime) -> None:
    """An offline till's: it had left the shelf when the shelf was counted."""
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)
    count(number, level, 7, now + 10 * MINUTE)
    move(level, -3, now + 5 * MINUTE)

    finish(number, now + 30 * MINUTE)

    assert on_hand(level) == 7
    assert CountLine.objects.get().variance == 0
    assert not StockDocument.objects.filter(kind="COUNT").exists()


def test_a_count_that_an_offline_device_sends_late_is_of_its_moment(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)
    move(level, -4, now + 20 * MINUTE)

    count(number, level, 9, now + 10 * MINUTE, now=now + 60 * MINUTE)
    finish(number, now + 61 * MINUTE)

    assert on_hand(level) == 5


@pytest.mark.parametrize("minutes", [-6, 6])
def test_nothing_is_counted_before_the_opening_or_in_the_future(now: datetime, minutes: int) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)

    with pytest.raises(errors.CountedOutOfTime):
        count(number, level, 9, now + minutes * MINUTE, now=now)

    assert CountRecord.objects.count() == 0
    assert CountLine.objects.get().counted is None


def test_the_latest_moment_counts_whatever_arrives_last(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)

    heeded = count(number, level, 8, now + 10 * MINUTE)
    late = count(number, level, 3, now + 5 * MINUTE, now=now + 20 * MINUTE)

    assert (heeded.unheeded, late.unheeded) == ((), (level.variant.sku,))
    line = CountLine.objects.get()
    assert (line.counted, line.counted_at) == (8, now + 10 * MINUTE)
    assert list(CountRecord.objects.order_by("pk").values_list("quantity", flat=True)) == [8, 3]


def test_of_two_counts_of_a_line_that_come_together_the_later_one_counts_and_none_is_missed(
    now: datetime,
) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)

    done = inventory.record_counts(
        number=number,
        records=[inventory.Counted(level.variant_id, units, now + units * MINUTE) for units in (2, 1)],
        **by(now=now + 5 * MINUTE),
    )

    assert (CountLine.objects.get().counted, done.unheeded) == (2, ())


def test_a_recount_is_not_answered_by_what_was_counted_before_it(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)
    count(number, level, 2, now + MINUTE)
    inventory.submit_count_sheet(number=number, **by(now=now + 2 * MINUTE))

    inventory.request_recount(number=number, variant_ids=[level.variant_id], **by(now=now + 3 * MINUTE))
    before = count(number, level, 3, now + 2 * MINUTE, now=now + 4 * MINUTE)
    assert CountLine.objects.get().counted is None
    after = count(number, level, 10, now + 5 * MINUTE)
    assert (before.unheeded, after.unheeded) == ((level.variant.sku,), ())
    finish(number, now + 6 * MINUTE)

    assert on_hand(level) == 10
    assert CountRecord.objects.count() == 3


def test_a_later_count_that_was_posted_first_has_the_last_word(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    early, late = opened(level, now=now), opened(level, now=now)
    count(early, level, 8, now + MINUTE)
    count(late, level, 10, now + 2 * MINUTE)
    inventory.submit_count_sheet(number=early, **by(now=now + 3 * MINUTE))

    finish(late, now + 3 * MINUTE)
    inventory.post_count_sheet(number=early, **by(now=now + 4 * MINUTE))

    assert on_hand(level) == 10
    assert CountLine.objects.get(sheet__number=early).superseded
    assert CountSheet.objects.get(number=early).status == "POSTED"


def test_two_counts_posted_in_order_each_start_from_the_one_before(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    early, late = opened(level, now=now), opened(level, now=now)
    count(early, level, 8, now + MINUTE)
    count(late, level, 7, now + 2 * MINUTE)

    finish(early, now + 3 * MINUTE)
    finish(late, now + 4 * MINUTE)

    assert on_hand(level) == 7
    assert list(CountLine.objects.order_by("pk").values_list("variance", flat=True)) == [-2, -1]


def test_what_is_promised_but_gone_opens_a_discrepancy(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10, reserved=6)
    number = opened(level, now=now)
    count(number, level, 4, now + MINUTE)

    finish(number, now + 2 * MINUTE)

    stranded = Discrepancy.objects.get()
    assert (stranded.kind, stranded.quantity, stranded.source) == ("STRANDED", 2, f"count:{number}")


def test_a_sheet_of_a_category_or_brand_has_what_the_location_has_levels_of(now: datetime) -> None:
    shop, elsewhere = factories.location(), factories.location()
    tea, cup, stick = factories.variant(), factories.variant(), factories.variant(keeps_stock=False)
    drinks = factories.category(code="drinks", path="food/drinks")
    food = factories.category(code="food", path="food")
    for one in (tea, stick):
        type(one.product).objects.filter(pk=one.product_id).update(category=drinks)
        StockLevel.objects.create(variant=one, location=shop)
    factories.stock(cup, shop, 1)
    factories.stock(tea, elsewhere, 1)

    whole = inventory.open_count_sheet(location_id=shop.pk, category_id=food.pk, **by(now=now))
    brand = inventory.open_count_sheet(location_id=shop.pk, brand_id=cup.product.brand_id, **by(now=now))

    lines = CountLine.objects.values_list("sheet__number", "variant")
    assert set(lines) == {(whole.number, tea.pk), (brand.number, cup.pk)}


def test_an_empty_sheet_is_refused_and_leaves_nothing(now: datetime) -> None:
    shop = factories.location()

    with pytest.raises(errors.NothingToCount):
        inventory.open_count_sheet(location_id=shop.pk, category_id=factories.category().pk, **by(now=now))
    with pytest.raises(errors.KeepsNoStock):
        inventory.open_count_sheet(
            location_id=shop.pk, variant_ids=[factories.variant(keeps_stock=False).pk], **by(now=now)
        )

    assert not CountSheet.objects.exists()


def test_an_article_that_is_not_on_the_sheet_is_refused_by_name(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)
    stranger = factories.stock(factories.variant(sku="STRANGER"), level.location, 1)
    number = opened(level, now=now)

    with pytest.raises(errors.NotOnSheet) as refused:
        count(number, stranger, 1, now)

    assert refused.value.skus == ["STRANGER"]


def test_a_sheet_is_finished_once_all_is_counted_or_left_on_purpose(now: datetime) -> None:
    generous()
    shop = factories.location()
    tea, cup = (factories.stock(factories.variant(sku=sku), shop, 5) for sku in ("TEA", "CUP"))
    number = opened(tea, cup, now=now)
    count(number, tea, 4, now + MINUTE)

    with pytest.raises(errors.NotCounted) as refused:
        inventory.submit_count_sheet(number=number, **by(now=now + MINUTE))
    inventory.submit_count_sheet(number=number, leave_uncounted=True, **by(now=now + MINUTE))
    inventory.post_count_sheet(number=number, **by(now=now + MINUTE))

    assert refused.value.skus == ["CUP"]
    assert (on_hand(tea), on_hand(cup)) == (4, 5)


@pytest.mark.parametrize(
    ("variance", "expected", "passed"),
    [(5, 100, False), (6, 100, True), (-6, 100, True), (2, 10, False), (3, 10, True), (1, 0, True)],
)
def test_a_limit_is_passed_by_units_or_by_share(variance: int, expected: int, passed: bool) -> None:
    assert Limit(5, Decimal("0.2")).is_passed_by(variance, expected) is passed


def beyond(now: datetime, shop: Location | None = None) -> tuple[str, StockLevel]:
    """A sheet that is counted, and nine units short where five are allowed."""
    CountLimit.objects.create(quantity=5)
    level = factories.stock(factories.variant(sku="TEA"), shop or factories.location(), 10)
    number = opened(level, now=now)
    count(number, level, 1, now + MINUTE)
    inventory.submit_count_sheet(number=number, **by(now=now + 2 * MINUTE))
    return number, level


def test_a_difference_beyond_the_limit_waits_for_approval(now: datetime) -> None:
    number, level = beyond(now)
    opened_ = Discrepancy.objects.get()
    assert (opened_.kind, opened_.quantity, opened_.location_id) == ("COUNT", 9, level.location_id)

    with pytest.raises(errors.CountNotApproved) as refused:
        inventory.post_count_sheet(number=number, **by(now=now + 3 * MINUTE))

    assert refused.value.skus == ["TEA"]
    assert on_hand(level) == 10
    assert Discrepancy.objects.get().status == "OPEN"


def test_an_approved_difference_is_posted_and_its_discrepancy_settled(now: datetime) -> None:
    number, level = beyond(now)
    manager = staff(location=level.location)

    inventory.approve_count(number=number, **by(manager, now + 3 * MINUTE))
    inventory.post_count_sheet(number=number, **by(now=now + 4 * MINUTE))

    assert on_hand(level) == 1
    line, settled = CountLine.objects.get(), Discrepancy.objects.get()
    assert (line.approved_by, line.approved_variance) == (str(manager), -9)
    assert (settled.status, settled.remedy, settled.resolution) == ("RESOLVED", "COUNTED", number)


def test_an_approval_is_of_that_difference_only(now: datetime) -> None:
    number, level = beyond(now)
    inventory.approve_count(number=number, **by(staff(), now + 3 * MINUTE))
    move(level, -1, now)

    with pytest.raises(errors.CountNotApproved):
        inventory.post_count_sheet(number=number, **by(now=now + 4 * MINUTE))
    inventory.approve_count(number=number, **by(staff(), now + 5 * MINUTE))
    inventory.post_count_sheet(number=number, **by(now=now + 6 * MINUTE))

    assert on_hand(level) == 1


def test_nobody_approves_what_they_counted_or_were_asked_to_count(now: datetime) -> None:
    CountLimit.objects.create(quantity=0)
    level = factories.stock(factories.variant(), factories.location(), 10)
    counter, assignee = staff(), staff()
    number = inventory.open_count_sheet(
        location_id=level.location_id,
        variant_ids=[level.variant_id],
        assignee_id=int(assignee.key),
        **by(now=now),
    ).number
    inventory.record_counts(
        number=number,
        records=[inventory.Counted(level.variant_id, 1, now)],
        counter=counter,
        **by(now=now),
    )
    inventory.submit_count_sheet(number=number, **by(now=now))

    for own in (counter, assignee):
        with pytest.raises(errors.OwnCount):
            inventory.approve_count(number=number, **by(own, now))

    assert CountLine.objects.get().approved_by == ""


def test_who_has_no_right_there_does_not_approve_and_neither_does_a_device(now: datetime) -> None:
    number, level = beyond(now)
    refused = [staff("CLERK", level.location), staff("MANAGER", factories.location()), Actor("api-key", "x")]

    for actor in refused:
        with pytest.raises(NotYours):
            inventory.approve_count(number=number, **by(actor, now))

    assert CountLine.objects.get().approved_by == ""


def test_a_location_s_limit_goes_before_that_of_all_and_without_any_all_is_beyond(now: datetime) -> None:
    shop, strict = factories.location(), factories.location()
    levels = [factories.stock(factories.variant(), place, 10) for place in (shop, strict)]

    def is_beyond(level: StockLevel) -> bool:
        number = opened(level, now=now)
        count(number, level, 8, now)
        inventory.submit_count_sheet(number=number, **by(now=now))
        return CountLine.objects.get(sheet__number=number).beyond_limit

    assert [is_beyond(level) for level in levels] == [True, True]
    CountLimit.objects.create(quantity=2)
    CountLimit.objects.create(quantity=1, location=strict)
    assert [is_beyond(level) for level in levels] == [False, True]


def test_a_posting_is_repeated_without_effect(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)
    count(number, level, 8, now)
    inventory.submit_count_sheet(number=number, **by(now=now))

    first = inventory.post_count_sheet(number=number, **by(now=now, key="once"))
    again = inventory.post_count_sheet(number=number, **by(now=now, key="once"))

    assert first == again
    assert on_hand(level) == 8
    with pytest.raises(errors.CountNotOpen):
        inventory.post_count_sheet(number=number, **by(now=now))
    assert on_hand(level) == 8
    told = Event.objects.filter(type="inventory.count-changed.v1").order_by("id")
    assert [event.payload["status"] for event in told] == ["OPEN", "COUNTED", "POSTED"]


def test_a_cancelled_sheet_moves_nothing_and_its_discrepancies_are_closed(now: datetime) -> None:
    number, level = beyond(now)

    inventory.cancel_count_sheet(number=number, **by(now=now))

    assert on_hand(level) == 10
    assert Discrepancy.objects.get().status == "RESOLVED"
    with pytest.raises(errors.CountNotOpen):
        inventory.approve_count(number=number, **by(staff(), now))


@pytest.mark.parametrize("size", [2, 200])
def test_posting_takes_as_many_statements_for_many_lines(
    now: datetime, size: int, django_assert_num_queries: CountQueries
) -> None:
    generous()
    shop = factories.location()
    variant = factories.variant()
    levels = [factories.stock(variant, shop, 5)] + [
        factories.stock(factories.variant(product=variant.product, tax_class=variant.tax_class), shop, 5)
        for _ in range(size - 1)
    ]
    number = opened(*levels, now=now)
    records = [inventory.Counted(level.variant_id, 3, now) for level in levels]
    inventory.record_counts(number=number, records=records, **by(now=now))
    inventory.submit_count_sheet(number=number, **by(now=now))

    with django_assert_num_queries(21):
        inventory.post_count_sheet(number=number, **by(now=now))

    assert StockEntry.objects.filter(kind="COUNT").count() == size


def test_a_sale_before_the_count_that_arrives_after_the_posting_is_made_up_for(now: datetime) -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    number = opened(level, now=now)
    count(number, level, 7, now + 10 * MINUTE)
    finish(number, now + 20 * MINUTE)
    move(level, -2, now + 5 * MINUTE)
    move(level, -1, now + 15 * MINUTE)
    assert on_hand(level) == 4

    put_right = [inventory.absorb_late_movements(now=now + 30 * MINUTE) for _ in range(2)]

    assert (put_right, on_hand(level)) == ([1, 0], 6)
    entry = StockEntry.objects.order_by("-id")[0]
    assert (entry.kind, entry.delta, entry.occurred_at) == ("COUNT", 2, now + 10 * MINUTE)
    again = opened(level, now=now + 31 * MINUTE)
    count(again, level, 6, now + 32 * MINUTE)
    finish(again, now + 33 * MINUTE)
    assert CountLine.objects.get(sheet__number=again).variance == 0
    assert verification.find_drifts() == []
