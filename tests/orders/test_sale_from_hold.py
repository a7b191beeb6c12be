"""A till sells what its shop holds by hand: the units leave with their hold, and nobody else's are taken."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction

from catalog.models import Variant
from customers.models import Customer
from inventory import services as inventory
from inventory import verification
from inventory.models import Discrepancy, Reservation, StockEntry, StockLevel
from inventory.services import LotUnits
from loyalty.models import PointAccount
from omni.core import db
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import services
from orders import verification as books
from orders.errors import HoldUnfit
from orders.models import Order
from orders.services.from_holds import FromHolds
from organisation.models import Location
from tests import factories
from tests.concurrency.racing import second_connection
from tests.inventory import lots
from tests.loyalty.acting import earn
from tests.orders.test_sale_api import bento, client_of, post
from tests.orders.tills import TILL, Till
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def context(key: str, now: datetime) -> dict[str, Any]:
    claim = Claim.of(actor=TILL, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": TILL, "now": now}


def hold(variant: Variant, shop: Location, units: int, now: datetime) -> int:
    held = inventory.hold_stock(
        variant_id=variant.pk,
        location_id=shop.pk,
        quantity=units,
        expires_at=now + HOUR,
        note="slip 12",
        **context(f"hold-{factories.number()}", now),
    )
    return held.id


def shelf(on_hand: int, held: int, now: datetime) -> tuple[Till, Variant, int]:
    till, variant = Till.build(), factories.variant()
    factories.stock(variant, till.location, on_hand)
    return till, variant, hold(variant, till.location, held, now)


def sell(till: Till, variant: Variant, units: int, holds: FromHolds, now: datetime, **fields: Any) -> None:
    sale = till.sale(till.line(variant, units), at=now, **fields)
    services.record_sales(sales=[replace(sale, holds=holds)], claim=None, actor=TILL, now=now)


def level_of(variant: Variant, location: Location) -> tuple[int, int]:
    level = StockLevel.objects.get(variant=variant, location=location)
    return level.on_hand, level.reserved


def held() -> list[tuple[int, str, str]]:
    return list(Reservation.objects.order_by("pk").values_list("quantity", "status", "note"))


def told() -> list[tuple[str, int]]:
    events = Event.objects.filter(type="inventory.reservation-changed.v1").order_by("pk")
    return [(event.payload["change"], event.payload["quantity"]) for event in events]


def drifts() -> list[Any]:
    return [*verification.find_drifts(), *books.find_drifts()]


def as_written() -> tuple[Any, ...]:
    levels = list(StockLevel.objects.order_by("pk").values_list("on_hand", "reserved"))
    return held(), levels, Order.objects.count(), StockEntry.objects.count(), told()


@pytest.mark.parametrize(
    ("units", "release_rest", "level", "rows", "said"),
    [
        (1, False, (4, 2), [(2, "ACTIVE"), (1, "FULFILLED")], [("SOLD", 1)]),
        (3, False, (2, 0), [(3, "FULFILLED")], [("SOLD", 3)]),
        (4, False, (1, 0), [(3, "FULFILLED")], [("SOLD", 3)]),
        (1, True, (4, 0), [(2, "RELEASED"), (1, "FULFILLED")], [("SOLD", 1), ("RELEASED", 2)]),
        (3, True, (2, 0), [(3, "FULFILLED")], [("SOLD", 3)]),
    ],
)
def test_what_is_held_is_sold_first(
    now: datetime,
    units: int,
    release_rest: bool,
    level: tuple[int, int],
    rows: list[tuple[int, str]],
    said: list[tuple[str, int]],
) -> None:
    till, variant, pk = shelf(5, 3, now)

    sell(till, variant, units, FromHolds((pk,), release_rest), now)

    document = StockEntry.objects.get(kind="SALE").document_id
    sold = Reservation.objects.get(status="FULFILLED")
    assert level_of(variant, till.location) == level
    assert held() == [(quantity, status, "slip 12") for quantity, status in rows]
    assert (sold.source, sold.document_id) == (f"hold:{pk}", document)
    assert StockEntry.objects.get(document=document).delta == -units
    assert told() == [("HELD", 3), *said]
    assert (Discrepancy.objects.count(), drifts()) == (0, [])


def test_without_its_number_a_hold_that_ran_out_accuses_nobody(now: datetime) -> None:
    """All five are sold, three of them held until an hour ago: no worker has closed the hold."""
    till, variant, _pk = shelf(5, 3, now)

    sell(till, variant, 5, FromHolds(), now + HOUR)

    assert (level_of(variant, till.location), held()) == ((0, 3), [(3, "ACTIVE", "slip 12")])
    assert (Discrepancy.objects.count(), told()) == (0, [("HELD", 3)])


def test_selling_a_hold_that_ran_out_strands_whom_the_units_were_promised(now: datetime) -> None:
    """Three are held until an hour ago, two promised; naming the hold, four of five are sold."""
    till, variant, pk = shelf(5, 3, now)
    with db.transaction():
        want = inventory.Want(variant.pk, till.location.pk, 2, "order:1:1")
        inventory.reserve(wants=[want], expires_at=None, actor=TILL, now=now)

    sell(till, variant, 4, FromHolds((pk,), must_fit=False), now + HOUR)

    assert level_of(variant, till.location) == (1, 2)
    assert [status for _, status, _ in held()] == ["EXPIRED", "ACTIVE"]
    assert list(Discrepancy.objects.values_list("kind", "quantity")) == [("STRANDED", 1)]


def test_without_its_number_a_hold_stays(now: datetime) -> None:
    till, variant, _pk = shelf(5, 3, now)

    sell(till, variant, 1, FromHolds(), now)

    assert (level_of(variant, till.location), held()) == ((4, 3), [(3, "ACTIVE", "slip 12")])


def test_one_that_has_run_out_is_no_obstacle_though_no_worker_ran(now: datetime) -> None:
    """All that is there was held: the sale is an ordinary one, and strands nobody."""
    till, variant, pk = shelf(1, 1, now)

    sell(till, variant, 1, FromHolds((pk,)), now + HOUR)

    assert (level_of(variant, till.location), held()) == ((0, 0), [(1, "EXPIRED", "slip 12")])
    assert (told(), Discrepancy.objects.count(), drifts()) == ([("HELD", 1)], 0, [])


def test_one_that_has_ended_is_no_obstacle(now: datetime) -> None:
    till, variant, pk = shelf(5, 2, now)
    inventory.release_hold(reservation_id=pk, **context("release", now))

    sell(till, variant, 2, FromHolds((pk,)), now)

    assert (level_of(variant, till.location), held()) == ((3, 0), [(2, "RELEASED", "slip 12")])


def elsewhere(till: Till, variant: Variant, now: datetime) -> int:
    shop = factories.location()
    factories.stock(variant, shop, 5)
    return hold(variant, shop, 2, now)


def of_another_article(till: Till, variant: Variant, now: datetime) -> int:
    other = factories.variant()
    factories.stock(other, till.location, 5)
    return hold(other, till.location, 2, now)


def unknown(till: Till, variant: Variant, now: datetime) -> int:
    return 10**12


UNFIT = [("elsewhere", elsewhere), ("other-article", of_another_article), ("unknown", unknown)]


@pytest.mark.parametrize(("rule", "make"), UNFIT)
def test_what_does_not_fit_is_refused_and_nothing_is_written(now: datetime, rule: str, make: Any) -> None:
    till, variant, pk = shelf(5, 2, now)
    wrong = make(till, variant, now)
    before = as_written()

    with pytest.raises(HoldUnfit) as refusal:
        sell(till, variant, 1, FromHolds((pk, wrong)), now)

    assert refusal.value.data() == {"field": "holds", "rule": rule, "hold": wrong}
    assert as_written() == before


@pytest.mark.parametrize(("rule", "make"), UNFIT)
def test_of_a_sale_that_was_made_elsewhere_it_is_passed_over(now: datetime, rule: str, make: Any) -> None:
    till, variant, _pk = shelf(5, 2, now)
    wrong = make(till, variant, now)
    before = held()

    sell(till, variant, 1, FromHolds((wrong,), must_fit=False), now)

    assert (level_of(variant, till.location), held(), drifts()) == ((4, 2), before, [])


def test_of_one_that_was_split_the_parts_here_are_taken(now: datetime) -> None:
    till, variant, pk = shelf(5, 5, now)
    part = inventory.split_hold(reservation_id=pk, quantity=2, **context("split", now))
    shop = factories.location()
    factories.stock(variant, shop, 5)
    inventory.move_hold(reservation_id=part.id, location_id=shop.pk, **context("move", now))

    sell(till, variant, 4, FromHolds((pk,)), now)

    assert held() == [(3, "FULFILLED", "slip 12"), (2, "ACTIVE", "slip 12")]
    assert (level_of(variant, till.location), level_of(variant, shop)) == ((1, 0), (5, 2))
    assert drifts() == []


def test_two_sales_of_one_batch_share_a_hold(now: datetime) -> None:
    till, variant, pk = shelf(5, 3, now)
    sales = [
        replace(till.sale(till.line(variant, units), at=now), holds=FromHolds((pk,))) for units in (2, 2)
    ]

    services.record_sales(sales=sales, claim=None, actor=TILL, now=now)

    assert held() == [(1, "FULFILLED", "slip 12"), (2, "FULFILLED", "slip 12")]
    assert (level_of(variant, till.location), drifts()) == ((1, 0), [])


def test_a_bundle_takes_what_is_held_of_its_components(now: datetime) -> None:
    till, tea, pk = shelf(5, 3, now)
    line = till.line(factories.bundle((tea, 2)), components=((tea.pk, 2),))
    sale = replace(till.sale(line, at=now), holds=FromHolds((pk,)))

    services.record_sales(sales=[sale], claim=None, actor=TILL, now=now)

    assert level_of(tea, till.location) == (3, 1)
    assert held() == [(1, "ACTIVE", "slip 12"), (2, "FULFILLED", "slip 12")]
    assert drifts() == []


def test_lots_that_the_books_have_not_refuse_no_till(now: datetime) -> None:
    """It was held, but it has left the shop: what is handed over of an order could be refused."""
    till, variant = Till.build(), lots.tracked(now)
    lots.receive(variant, till.location, now, LotUnits("L1", 3, lots.day(9, now)))
    pk = hold(variant, till.location, 2, now)
    line = till.line(variant, 2, lots=(LotUnits("L9", 2),))
    sale = replace(till.sale(line, at=now), holds=FromHolds((pk,)))

    services.record_sales(sales=[sale], claim=None, actor=TILL, now=now)

    assert level_of(variant, till.location) == (1, 0)
    assert Discrepancy.objects.get().kind == "LOT_UNKNOWN"
    assert drifts() == []


def test_persons_are_locked_before_holds_and_these_before_points(now: datetime) -> None:
    """Whoever holds the first keeps the sale from the others: it waits, and has taken none of them."""
    till, variant, pk = shelf(5, 3, now)
    member = factories.member()
    earn(till.programme.pk, member.pk, 500, "earned", at=now, now=now)
    sale = partial(sell, till, variant, 1, FromHolds((pk,)), now, member=member, points_to_burn=100)
    rows = [
        Customer.objects.filter(pk=member.person_id),
        Reservation.objects.filter(pk=pk),
        PointAccount.objects.filter(customer=member),
        StockLevel.objects.filter(variant=variant),
    ]

    for place in range(3):
        with second_connection() as second:
            with transaction.atomic():
                assert list(rows[place].select_for_update(no_key=True))
                waiting = second.start(sale)
                assert not waiting.done()
                for later in rows[place + 1 :]:
                    assert list(later.select_for_update(no_key=True, nowait=True))
            waiting.result(timeout=10)

    assert (level_of(variant, till.location), drifts()) == ((2, 0), [])


def test_at_the_till_it_is_sold_once_however_often_it_is_sent(now: datetime) -> None:
    till = Till.build()
    variant = bento(till)
    pk = hold(variant, till.location, 3, datetime.now(now.tzinfo))
    body = {
        "receipt_number": "A-1",
        "lines": [{"code": variant.sku, "quantity": 2}],
        "tenders": [{"tender": "cash"}],
        "holds": [pk],
        "release_rest": True,
    }

    client = client_of(till)
    answers = [post(client, "till/sales/", body) for _ in range(2)]
    again = post(client, "till/sales/", {**body, "holds": []})

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (again.status_code, again.json()["code"]) == (422, "idempotency-key-reused")
    assert level_of(variant, till.location) == (8, 0)
    assert held() == [(1, "RELEASED", "slip 12"), (2, "FULFILLED", "slip 12")]


def test_a_till_is_told_which_hold_does_not_fit() -> None:
    till = Till.build()
    variant = bento(till)
    body = {
        "receipt_number": "A-1",
        "lines": [{"code": variant.sku}],
        "tenders": [{"tender": "cash"}],
        "holds": [77],
    }

    answer = post(client_of(till), "till/sales/", body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "hold-unfit")
    assert (problem["field"], problem["rule"], problem["hold"]) == ("holds", "unknown", 77)
    assert not Order.objects.exists()


def test_sales_a_release_and_the_sweep_sell_a_hold_once(now: datetime) -> None:
    """Whoever comes first: of the three units each is sold from the hold or free, never both."""
    for attempt in range(4):
        till, variant, pk = shelf(20, 3, now)
        one_more = hold(variant, till.location, 4, now)
        due = now + HOUR
        sales = [replace(till.sale(till.line(variant, 2), at=now), holds=FromHolds((pk,))) for _ in range(4)]
        calls: list[partial[Any]] = [
            partial(services.record_sales, sales=[sale], claim=None, actor=TILL, now=now) for sale in sales
        ]
        calls.append(partial(inventory.release_hold, reservation_id=pk, **context(f"r-{pk}", now)))
        calls += [partial(inventory.expire_reservations, now=due)] * (attempt % 2)

        outcomes = at_once(calls)

        assert [one for one in outcomes[:4] if isinstance(one, Exception)] == []
        rows = Reservation.objects.filter(source=f"hold:{pk}")
        assert sum(rows.values_list("quantity", flat=True)) == 3
        assert not rows.filter(status__in=Reservation.OPEN).exists()
        spared = Reservation.objects.filter(pk=one_more, status="ACTIVE").count()
        assert level_of(variant, till.location) == (12, 4 * spared)
        assert drifts() == []


def sell_unlocked(pk: int, document: str, all_have_looked: Barrier, now: datetime) -> None:
    """What a sale would be that does not lock the hold it takes from."""
    rows = list(Reservation.objects.filter(pk=pk))
    all_have_looked.wait(timeout=30)
    [row] = rows
    movement = inventory.Movement(row.variant_id, row.location_id, -1, "SALE", promised=1, left=True)
    wanted = {(row.variant_id, row.location_id): 1}
    drawn = inventory.draw(holds=rows, wanted=wanted, now=now)
    with db.transaction():
        posted = inventory.post_movements(
            document=inventory.DocumentRef("SALE", document),
            movements=[movement],
            actor=TILL,
            occurred_at=now,
            now=now,
        )
        inventory.settle_drawn(drawn, document_id=posted.id, actor=TILL, now=now)


def test_without_the_lock_a_hold_is_sold_twice(now: datetime) -> None:
    """The negative control of the test above: two sales of one unit free another's."""
    till, variant, pk = shelf(5, 1, now)
    hold(variant, till.location, 2, now)
    both = Barrier(2)

    at_once([partial(sell_unlocked, pk, f"S-{number}", both, now) for number in range(2)])

    assert level_of(variant, till.location) == (3, 1)
    assert [drift.kind for drift in verification.find_drifts()] == ["stock-reserved"]
