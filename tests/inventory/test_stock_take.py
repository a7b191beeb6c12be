"""The full stock-take: sections, many hands, offline batches, one posting."""

import random
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from inventory import counts, errors, verification
from inventory import services as inventory
from inventory.models import (
    CountLimit,
    Discrepancy,
    Scan,
    SectionCount,
    StockDocument,
    StockEntry,
    StockLevel,
    StockTake,
    StockTakeLine,
    StockTakeSection,
)
from omni.core import sql
from omni.core.actor import Actor
from organisation.errors import NotYours
from organisation.models import Location
from tests import factories
from tests.inventory.counting import by, generous, move, on_hand, staff
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
AOI, REN = Actor("api-key", "aoi"), Actor("api-key", "ren")


def opened(shop: Location, *sections: str, now: datetime, rooms: tuple[str, ...] = ()) -> str:
    return inventory.open_stock_take(
        location_id=shop.pk,
        business_date=date(2026, 11, 22),
        sections=[inventory.SectionSpec(name, selling=name not in rooms) for name in sections],
        **by(now=now),
    ).number


def scan(
    number: str,
    section: str,
    *reads: tuple[str, int, datetime],
    device: str = "D-1",
    start: int = 1,
    actor: Actor = AOI,
    now: datetime,
    **more: Any,
) -> inventory.SectionNow:
    scans = [inventory.Read(start + at, *read) for at, read in enumerate(reads)]
    return inventory.record_scans(
        number=number, section=section, device=device, scans=scans, **more, **by(actor, now)
    )


def submit(number: str, section: str, now: datetime, actor: Actor = AOI, round: int = 1) -> None:
    inventory.submit_section(number=number, section=section, round=round, **by(actor, now))


def close(number: str, now: datetime) -> None:
    inventory.accept_counts(number=number, **by(now=now))
    inventory.close_stock_take(number=number, **by(now=now))


def post(number: str, now: datetime, uncounted: str = "") -> None:
    if uncounted:
        inventory.decide_uncounted(number=number, uncounted=uncounted, **by(now=now))
    inventory.approve_stock_take(number=number, **by(staff(), now))
    inventory.post_stock_take(number=number, **by(now=now))


def lines_of(number: str) -> dict[str, tuple[int | None, int, int]]:
    rows = StockTakeLine.objects.filter(stock_take__number=number)
    return {
        sku: (counted, expected, variance)
        for sku, counted, expected, variance in rows.values_list(
            "variant__sku", "counted", "expected", "variance"
        )
    }


def test_a_shop_that_sells_on_ends_with_what_was_counted_and_what_moved_since(now: datetime) -> None:
    generous()
    shop = factories.location()
    tea, cup, pot = (factories.stock(factories.variant(sku=sku), shop, 10) for sku in ("TEA", "CUP", "POT"))
    number = opened(shop, "1", "2", now=now)
    scan(number, "1", ("TEA", 8, now + MINUTE), ("POT", 4, now + 2 * MINUTE), now=now + 3 * MINUTE)
    move(tea, -2, now + 4 * MINUTE)
    move(cup, -1, now + 5 * MINUTE)
    scan(number, "2", ("CUP", 9, now + 6 * MINUTE), device="D-2", now=now + 6 * MINUTE)
    for section in ("1", "2"):
        submit(number, section, now + 7 * MINUTE)
    close(number, now + 8 * MINUTE)
    move(pot, -1, now + 9 * MINUTE)

    post(number, now + 10 * MINUTE)

    assert lines_of(number) == {"TEA": (8, 10, -2), "CUP": (9, 9, 0), "POT": (4, 10, -6)}
    assert [on_hand(level) for level in (tea, cup, pot)] == [6, 9, 3]
    rows = StockEntry.objects.filter(kind="COUNT").order_by("variant__sku")
    assert list(rows.values_list("variant__sku", "delta", "occurred_at")) == [
        ("POT", -6, now + 2 * MINUTE),
        ("TEA", -2, now + MINUTE),
    ]
    assert StockDocument.objects.get(kind="COUNT").number == number
    assert verification.find_drifts() == []


def test_a_batch_that_is_sent_again_changes_nothing(now: datetime) -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    number = opened(shop, "1", now=now)
    reads = [("TEA", 1, now + MINUTE), ("TEA", 2, now + MINUTE)]

    first = scan(number, "1", *reads, now=now + MINUTE)
    again = scan(number, "1", *reads, now=now + 2 * MINUTE)
    longer = scan(number, "1", *reads, ("TEA", 4, now + MINUTE), now=now + 2 * MINUTE)

    assert [(one.scans, one.new) for one in (first, again, longer)] == [(2, 2), (2, 0), (3, 1)]
    submit(number, "1", now + 3 * MINUTE)
    assert scan(number, "1", *reads, now=now + 4 * MINUTE).new == 0
    with pytest.raises(errors.CountNotOpen):
        scan(number, "1", ("TEA", 1, now + MINUTE), start=9, now=now + 4 * MINUTE)
    assert Scan.objects.count() == 3


def test_two_devices_number_their_scans_alike(now: datetime) -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    number = opened(shop, "1", now=now)

    scan(number, "1", ("TEA", 1, now), device="A", now=now)
    scan(number, "1", ("TEA", 2, now), device="B", now=now)

    assert sorted(Scan.objects.values_list("device", "sequence", "quantity")) == [("A", 1, 1), ("B", 1, 2)]


def test_a_device_that_uses_a_number_for_something_else_is_told(now: datetime) -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    number = opened(shop, "1", "2", now=now)
    scan(number, "1", ("TEA", 1, now), now=now)

    for section, quantity in (("1", 2), ("2", 1)):
        with pytest.raises(errors.ScanMismatch) as refused:
            scan(number, section, ("TEA", quantity, now), now=now)
        assert refused.value.sequences == [1]

    assert Scan.objects.count() == 1


def test_cases_misreads_and_empty_shelves(now: datetime) -> None:
    generous()
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 50)
    factories.code(tea.variant, "4901234567894", quantity=24)
    number = opened(shop, "1", "2", now=now)
    scan(
        number,
        "1",
        ("4901234567894", 2, now),
        ("TEA", 3, now),
        ("４９０１２３４５６７８９４", -1, now + MINUTE),
        now=now + MINUTE,
    )
    for section in ("1", "2"):
        submit(number, section, now + MINUTE)
    close(number, now + 2 * MINUTE)

    assert lines_of(number) == {"TEA": (27, 50, -23)}


def test_more_taken_back_than_was_read_is_refused(now: datetime) -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 5)
    number = opened(shop, "1", now=now)
    scan(number, "1", ("TEA", 1, now), ("TEA", -2, now), now=now)

    with pytest.raises(errors.CountedBelowZero) as refused:
        submit(number, "1", now)

    assert refused.value.skus == ["TEA"]
    assert SectionCount.objects.get().status == "OPEN"


def test_codes_nobody_knows_are_kept_and_wait_to_be_registered(now: datetime) -> None:
    generous()
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 12)
    number = opened(shop, "1", now=now)
    scan(number, "1", ("4999999999999", 2, now), now=now)
    submit(number, "1", now)
    inventory.accept_counts(number=number, **by(now=now))

    with pytest.raises(errors.CodesUnknown) as refused:
        inventory.close_stock_take(number=number, **by(now=now))
    factories.code(tea.variant, "4999999999999", quantity=6)
    inventory.close_stock_take(number=number, **by(now=now))

    assert refused.value.codes == ["4999999999999"]
    assert lines_of(number) == {"TEA": (12, 12, 0)}


def test_a_recount_by_somebody_else_counts_and_the_difference_is_shown(now: datetime) -> None:
    generous()
    shop = factories.location()
    for sku in ("TEA", "CUP"):
        factories.stock(factories.variant(sku=sku), shop, 10)
    number = opened(shop, "1", now=now)
    scan(number, "1", ("TEA", 7, now), ("CUP", 10, now), now=now)
    submit(number, "1", now)
    inventory.accept_counts(number=number, **by(now=now))

    inventory.request_section_recount(number=number, section="1", **by(now=now))
    scan(number, "1", ("TEA", 9, now), ("CUP", 10, now), round=2, start=10, actor=REN, now=now)
    with pytest.raises(errors.SameCounter):
        submit(number, "1", now, actor=AOI, round=2)
    submit(number, "1", now, actor=REN, round=2)
    close(number, now)

    section = StockTakeSection.objects.get()
    assert counts.list_round_differences(section_id=section.pk) == [("TEA", {1: 7, 2: 9})]
    assert lines_of(number) == {"TEA": (9, 10, -1), "CUP": (10, 10, 0)}


def test_a_recount_with_scans_of_who_counted_before_is_none(now: datetime) -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    number = opened(shop, "1", now=now)
    scan(number, "1", ("TEA", 7, now), now=now)
    submit(number, "1", now)
    inventory.request_section_recount(number=number, section="1", **by(now=now))
    scan(number, "1", ("TEA", 9, now), round=2, start=10, actor=AOI, now=now)

    with pytest.raises(errors.SameCounter):
        submit(number, "1", now, actor=REN, round=2)

    assert SectionCount.objects.get(round=2).status == "OPEN"


def test_a_recount_that_was_rejected_does_not_count(now: datetime) -> None:
    generous()
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    number = opened(shop, "1", now=now)
    scan(number, "1", ("TEA", 7, now), now=now)
    submit(number, "1", now)
    inventory.accept_counts(number=number, **by(now=now))
    inventory.request_section_recount(number=number, section="1", **by(now=now))
    scan(number, "1", ("TEA", 1, now), round=2, start=10, actor=REN, now=now)
    submit(number, "1", now, actor=REN, round=2)
    last = SectionCount.objects.get(round=2)

    inventory.reject_counts(number=number, count_ids=[last.pk], **by(now=now))
    close(number, now)

    assert lines_of(number) == {"TEA": (7, 10, -3)}


def test_a_stock_take_is_closed_once_every_section_has_an_accepted_count(now: datetime) -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    number = opened(shop, "1", "2", now=now)
    submit(number, "1", now)
    inventory.accept_counts(number=number, **by(now=now))
    submit(number, "2", now)

    with pytest.raises(errors.NotCounted) as refused:
        inventory.close_stock_take(number=number, **by(now=now))

    assert refused.value.sections == ["2"]
    assert not StockTakeLine.objects.exists()


@pytest.mark.parametrize(("choice", "left"), [("ZERO", 0), ("LEAVE", 10)])
def test_what_was_not_counted_is_decided_before_approval(now: datetime, choice: str, left: int) -> None:
    generous()
    shop = factories.location()
    tea, cup = (factories.stock(factories.variant(sku=sku), shop, 10) for sku in ("TEA", "CUP"))
    factories.stock(factories.variant(sku="NONE"), shop, 0)
    number = opened(shop, "1", now=now)
    scan(number, "1", ("TEA", 10, now), now=now)
    submit(number, "1", now)
    close(number, now + MINUTE)
    assert lines_of(number) == {"TEA": (10, 10, 0), "CUP": (None, 10, -10)}

    with pytest.raises(errors.UncountedUndecided) as refused:
        inventory.approve_stock_take(number=number, **by(staff(), now))
    post(number, now + 3 * MINUTE, choice)

    assert refused.value.uncounted == 1
    assert (on_hand(tea), on_hand(cup)) == (10, left)
    with pytest.raises(errors.CountNotOpen):
        inventory.decide_uncounted(number=number, uncounted="ZERO", **by(now=now))


def test_an_article_of_shelf_and_stock_room_is_sold_from_the_shelf(now: datetime) -> None:
    """Counted in the room first; what was sold before the shelf was counted has left the shelf."""
    generous()
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 10)
    number = opened(shop, "shelf", "room", rooms=("room",), now=now)
    scan(number, "room", ("TEA", 6, now + MINUTE), now=now + MINUTE)
    move(tea, -1, now + 2 * MINUTE)
    scan(number, "shelf", ("TEA", 3, now + 3 * MINUTE), start=5, now=now + 3 * MINUTE)
    move(tea, -2, now + 4 * MINUTE)
    for section in ("room", "shelf"):
        submit(number, section, now + 5 * MINUTE)
    close(number, now + 5 * MINUTE)

    line = StockTakeLine.objects.get()
    assert (line.counted, line.expected, line.variance, line.sections, line.moved_between) == (9, 9, 0, 2, 1)
    post(number, now + 6 * MINUTE)
    assert on_hand(tea) == 7


def test_one_stock_take_is_under_way_at_a_location(now: datetime) -> None:
    shop = factories.location()
    number = opened(shop, "1", now=now)

    with pytest.raises(errors.StockTakeUnderWay) as refused:
        opened(shop, "1", now=now)
    assert refused.value.number == number

    inventory.cancel_stock_take(number=number, **by(now=now))
    opened(shop, "1", now=now)
    assert sorted(StockTake.objects.values_list("status", flat=True)) == ["CANCELLED", "OPEN"]


def test_who_counted_does_not_approve_and_who_may_not_neither(now: datetime) -> None:
    generous()
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    counter, scanner = staff(), staff()
    number = opened(shop, "1", now=now)
    scan(number, "1", ("TEA", 9, now), actor=scanner, now=now)
    submit(number, "1", now, actor=counter)
    close(number, now)

    for own in (counter, scanner):
        with pytest.raises(errors.OwnCount):
            inventory.approve_stock_take(number=number, **by(own, now))
    for nobody in (staff("CLERK", shop), AOI):
        with pytest.raises(NotYours):
            inventory.approve_stock_take(number=number, **by(nobody, now))
    with pytest.raises(errors.CountNotOpen):
        inventory.post_stock_take(number=number, **by(now=now))

    assert StockTake.objects.get().status == "CLOSED"


def test_differences_beyond_the_limit_are_discrepancies_until_it_is_posted(now: datetime) -> None:
    CountLimit.objects.create(quantity=2)
    shop = factories.location()
    for sku in ("TEA", "CUP"):
        factories.stock(factories.variant(sku=sku), shop, 10)
    number = opened(shop, "1", now=now)
    scan(number, "1", ("TEA", 5, now), ("CUP", 9, now), now=now)
    submit(number, "1", now)
    close(number, now)
    assert list(Discrepancy.objects.values_list("kind", "variant__sku", "quantity")) == [("COUNT", "TEA", 5)]

    inventory.reopen_stock_take(number=number, **by(now=now))
    assert Discrepancy.objects.get().status == "RESOLVED"
    assert not StockTakeLine.objects.exists()
    inventory.close_stock_take(number=number, **by(now=now))
    post(number, now)

    assert list(Discrepancy.objects.order_by("pk").values_list("status", "remedy")) == [
        ("RESOLVED", "NOTED"),
        ("RESOLVED", "COUNTED"),
    ]


def test_many_hands_count_one_section_at_once(now: datetime) -> None:
    """Eight devices, each sending its batch twice, together: every scan is there once."""
    generous()
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 0)
    number = opened(shop, "1", "2", now=now)
    sections = ["1", "2"] * 4

    def hand(device: int) -> None:
        reads = [("TEA", 1, now)] * 25
        scan(number, sections[device // 2], *reads, device=f"D-{device // 2}", now=now)

    outcomes = at_once([partial(hand, device) for device in range(8)])

    assert outcomes == [None] * 8
    assert Scan.objects.count() == 4 * 25
    for section in ("1", "2"):
        submit(number, section, now)
    close(number, now)
    post(number, now)
    assert on_hand(tea) == 100


def test_twenty_thousand_lines_are_posted_in_one_step(now: datetime) -> None:
    generous()
    shop = factories.location()
    first = factories.variant()
    variants = type(first).objects.bulk_create(
        type(first)(sku=f"V-{at:05d}", product=first.product, tax_class=first.tax_class)
        for at in range(20_000)
    )
    factories.stock(first, shop, 1)
    StockLevel.objects.bulk_create(StockLevel(variant=one, location=shop) for one in variants)
    # As autovacuum would: plans of the nearly empty tables of other tests are not kept.
    sql.fetch_all("ANALYZE inventory_stocklevel")
    sql.fetch_all("ANALYZE catalog_variant")
    number = opened(shop, "1", now=now)
    chance = random.Random(1)
    found = {one.sku: chance.randint(1, 9) for one in variants}
    reads = [
        (sku, quantity, now + timedelta(milliseconds=at)) for at, (sku, quantity) in enumerate(found.items())
    ]
    for start in range(0, len(reads), 5000):
        scan(number, "1", *reads[start : start + 5000], start=start, now=now + MINUTE)
    submit(number, "1", now + MINUTE)
    close(number, now + MINUTE)
    inventory.decide_uncounted(number=number, uncounted="LEAVE", **by(now=now))
    inventory.approve_stock_take(number=number, **by(staff(), now))

    inventory.post_stock_take(number=number, **by(now=now + 2 * MINUTE))

    assert StockEntry.objects.filter(kind="COUNT").count() == 20_000
    assert dict(StockLevel.objects.exclude(variant=first).values_list("variant__sku", "on_hand")) == found
