"""Points under fire: no two checkouts spend the same ones, whatever else happens meanwhile."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as django_transaction

from customers import services as customers
from customers import verification as persons
from customers.models import Customer, CustomerQuerySet
from loyalty import services, verification
from loyalty.errors import InsufficientPoints, PersonMoved
from loyalty.models import PointLot, Programme
from loyalty.services import due, spend
from omni.core import db, sql
from omni.core.actor import SYSTEM
from tests import factories
from tests.concurrency.racing import all_at_once, second_connection
from tests.loyalty.acting import account, burn, claw_back, earn, hold, restore

pytestmark = pytest.mark.django_db(transaction=True)
SPENDING = ("HOLD", "BURN", "WITHDRAW")


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same statements with their locks taken out."""
    for name in SPENDING:
        monkeypatch.setattr(spend, name, without_locks(getattr(spend, name)))


def without_locks(statement: str) -> str:
    for clause in (" FOR NO KEY UPDATE OF account", " FOR NO KEY UPDATE OF lot"):
        assert clause in statement
        statement = statement.replace(clause, "")
    return statement.replace(" FOR NO KEY UPDATE", "")


def merge(record: Customer, into: Customer, now: datetime) -> None:
    customers.merge_customers(customer_id=record.pk, into_id=into.pk, reason="test", actor=SYSTEM, now=now)


def assert_books_balance() -> None:
    assert verification.find_drifts() == []
    assert persons.find_drifts() == []


def two_lots(now: datetime) -> tuple[Programme, Customer]:
    programme, member = factories.programme(), factories.member()
    for n in (1, 2):
        earn(programme.pk, member.pk, 100, f"order:{n}", at=now - timedelta(hours=9 - n), now=now)
    return programme, member


def race_two_checkouts(now: datetime, points: int) -> object:
    """One burns all but commits late; the other comes meanwhile, and waits."""
    programme, member = two_lots(now)
    with second_connection() as second:
        with db.transaction():
            services.burn_points(
                programme_id=programme.pk,
                person_id=member.pk,
                points=100,
                source="checkout:1",
                actor=SYSTEM,
                now=now,
            )
            other = second.start(partial(burn, programme.pk, member.pk, points, "checkout:2", now=now))
        return other.exception(timeout=10) or other.result()


def test_a_second_checkout_takes_what_the_first_one_left(now: datetime) -> None:
    posted = race_two_checkouts(now, 100)

    assert isinstance(posted, services.Posted)
    assert [lot.spent for lot in PointLot.objects.order_by("id")] == [100, 100]
    assert_books_balance()


def test_a_second_checkout_is_refused_what_the_first_one_took(now: datetime) -> None:
    refusal = race_two_checkouts(now, 101)

    assert isinstance(refusal, InsufficientPoints)
    assert refusal.data() == {"requested": 101, "available": 100}
    assert_books_balance()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_the_second_checkout_reaches_for_the_same_lot(now: datetime) -> None:
    """Negative control: there were points enough, yet only the constraint stops a double spend."""
    assert isinstance(race_two_checkouts(now, 100), IntegrityError)


def race_merge(now: datetime) -> tuple[object, Programme, Customer]:
    """A checkout of 150 for a person that is being merged: 100 are its own, 100 the other's."""
    programme, first, root = factories.programme(), factories.member(), factories.member()
    for n, member in enumerate((first, root)):
        earn(programme.pk, member.pk, 100, f"order:{n}", at=now, now=now)
    with second_connection() as second:
        with db.transaction():
            merge(first, root, now)
            checkout = second.start(partial(burn, programme.pk, first.pk, 150, "checkout:1", now=now))
        return checkout.exception(timeout=10) or checkout.result(), programme, root


def test_a_checkout_during_a_merge_is_asked_to_read_the_person_again(now: datetime) -> None:
    outcome, programme, root = race_merge(now)

    assert isinstance(outcome, PersonMoved)
    posted = burn(programme.pk, root.pk, 150, "checkout:1", now=now)
    assert (posted.points, len(posted.account_ids)) == (150, 2)
    assert_books_balance()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_a_checkout_does_not_notice_the_merge(now: datetime) -> None:
    """Negative control: refused, though the person that it is by now has 200."""
    outcome, _, _ = race_merge(now)

    assert isinstance(outcome, InsufficientPoints)


def race_unmerge(now: datetime) -> tuple[object, Programme, Customer]:
    """A checkout of 150 for a person of which a record with 100 is being detached."""
    programme, first, root = factories.programme(), factories.member(), factories.member()
    for n, member in enumerate((first, root)):
        earn(programme.pk, member.pk, 100, f"order:{n}", at=now, now=now)
    with db.transaction():
        merge(first, root, now)
    with second_connection() as second:
        with db.transaction():
            customers.unmerge_customer(customer_id=first.pk, actor=SYSTEM, now=now)
            checkout = second.start(partial(burn, programme.pk, root.pk, 150, "checkout:1", now=now))
        return checkout.exception(timeout=10) or checkout.result(), programme, root


def test_a_checkout_during_an_unmerge_leaves_the_other_ones_points_alone(now: datetime) -> None:
    outcome, programme, root = race_unmerge(now)

    assert isinstance(outcome, PersonMoved)
    with pytest.raises(InsufficientPoints) as refusal:
        burn(programme.pk, root.pk, 150, "checkout:1", now=now)
    assert refusal.value.data() == {"requested": 150, "available": 100}
    assert_books_balance()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_a_detached_records_points_are_spent_by_another(now: datetime) -> None:
    """Negative control."""
    posted, _, _ = race_unmerge(now)

    assert isinstance(posted, services.Posted)
    assert posted.points == 150


def race_expiry(now: datetime) -> tuple[object, int]:
    """The due run has let a lot expire but not committed; a clock behind still wants to spend it."""
    programme, member = factories.programme(valid_days=1), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    late = now + timedelta(days=1)
    with second_connection() as second:
        with django_transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '10s'")
            sql.fetch_all(due.EXPIRE_DUE, {"actor": str(SYSTEM), "now": late, "limit": 10})
            behind = late - timedelta(microseconds=1)
            checkout = second.start(partial(burn, programme.pk, member.pk, 60, "checkout:1", now=behind))
        return checkout.exception(timeout=10) or checkout.result(), member.pk


def test_points_that_are_expiring_are_not_burnt(now: datetime) -> None:
    refusal, member_id = race_expiry(now)

    assert isinstance(refusal, InsufficientPoints)
    assert account(member_id) == (0, 0, 0)
    assert_books_balance()


@pytest.mark.usefixtures("unlocked")
def test_without_the_locks_expiring_points_are_reached_for(now: datetime) -> None:
    """Negative control: only the constraint stops it."""
    outcome, _ = race_expiry(now)

    assert isinstance(outcome, IntegrityError)


def test_what_is_being_burnt_does_not_expire(now: datetime) -> None:
    programme, member = factories.programme(valid_days=1), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    late = now + timedelta(days=1)
    with second_connection() as second:
        with db.transaction():
            services.burn_points(
                programme_id=programme.pk,
                person_id=member.pk,
                points=60,
                source="checkout:1",
                actor=SYSTEM,
                now=late - timedelta(microseconds=1),
            )
            run = second.start(partial(services.post_due, now=late))
        assert run.result(timeout=10).expired == 40

    assert account(member.pk) == (0, 0, 0)
    assert_books_balance()


def race_burn_and_release(now: datetime) -> tuple[int, int]:
    """A payment arrives while the checkout is being given up."""
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    hold(programme.pk, member.pk, 100, "checkout:1", now=now)

    def release() -> int:
        with db.transaction():
            return services.release_held(sources=["checkout:1"], now=now)

    with second_connection() as second:
        with db.transaction():
            burnt = services.burn_held(sources=["checkout:1"], actor=SYSTEM, now=now)
            released = second.start(release)
        return burnt.points, released.result(timeout=10)


def test_a_hold_is_either_burnt_or_released(now: datetime) -> None:
    assert race_burn_and_release(now) == (100, 0)
    assert_books_balance()


@pytest.mark.parametrize("attempts", [24])
def test_many_checkouts_over_merged_accounts_burn_exactly_what_is_there(now: datetime, attempts: int) -> None:
    programme = factories.programme()
    records = [factories.member() for _ in range(3)]
    for n, record in enumerate(records):
        earn(programme.pk, record.pk, 100, f"order:{n}", at=now, now=now)
    merges: list[Callable[[], object]] = [
        partial(merge_now, records[n], records[n + 1], now) for n in range(2)
    ]

    def checkout(n: int) -> services.Posted:
        for _ in range(10):
            person_id = Customer.objects.get(pk=records[n % 3].pk).person_id
            with suppress(PersonMoved):
                return burn(programme.pk, person_id, 50, f"checkout:{n}", now=now)
        raise AssertionError("the person never came to rest")

    checkouts: list[Callable[[], object]] = [partial(checkout, n) for n in range(attempts)]
    outcomes = all_at_once(checkouts + merges)

    burnt = sum(outcome.points for outcome in outcomes if isinstance(outcome, services.Posted))
    refused = [outcome for outcome in outcomes if isinstance(outcome, InsufficientPoints)]
    assert burnt == 300
    assert len(refused) == attempts - 6
    assert_books_balance()


def merge_now(record: Customer, into: Customer, now: datetime) -> None:
    with db.transaction():
        merge(record, into, now)


def test_every_kind_of_posting_at_once_keeps_the_books(now: datetime) -> None:
    programme = factories.programme(valid_days=5)
    members = [factories.member() for _ in range(4)]
    for n, member in enumerate(members):
        earn(programme.pk, member.pk, 200, f"order:{n}", at=now, now=now)
        burn(programme.pk, member.pk, 80, f"spent:{n}", now=now)
    work: list[Callable[[], object]] = []
    for n, member in enumerate(members):
        work += [
            partial(earn, programme.pk, member.pk, 70, f"more:{n}", at=now, now=now),
            partial(burn, programme.pk, member.pk, 60, f"again:{n}", now=now),
            partial(claw_back, f"order:{n}", 150, f"return:{n}", now=now),
            partial(restore, f"spent:{n}", 40, f"return:{n}", now=now),
            partial(merge_now, member, members[(n + 1) % 4], now),
        ]
    work.append(partial(services.post_due, now=now + timedelta(days=5)))

    outcomes = all_at_once(work)

    unexpected = [
        outcome for outcome in outcomes if isinstance(outcome, Exception) and not hasattr(outcome, "code")
    ]
    assert unexpected == []
    assert_books_balance()
    # Four merges in a ring: the one that would close it is refused.
    assert Customer.objects.filter(merged_into=None).count() == 1
    assert [type(outcome).__name__ for outcome in outcomes].count("CircularMerge") == 1


def race_crossed_merges(now: datetime) -> object:
    a, b = factories.customer(), factories.customer()
    with second_connection() as second:
        with db.transaction():
            merge(a, b, now)
            crossed = second.start(partial(merge_now, b, a, now))
        return crossed.exception(timeout=10)


def test_crossed_merges_draw_no_circle(now: datetime) -> None:
    assert type(race_crossed_merges(now)).__name__ == "CircularMerge"
    assert_books_balance()


def test_without_the_lock_crossed_merges_draw_a_circle(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(
        CustomerQuerySet, "for_update_persons", lambda self, ids: list(self.filter(pk__in=ids))
    )

    assert race_crossed_merges(now) is None
    assert {drift.kind for drift in persons.find_drifts()} == {"customer-person"}


def test_first_requests_at_once_make_one_customer(now: datetime) -> None:
    user = factories.user()

    made = all_at_once([partial(customers.ensure_customer_for, user=user, now=now) for _ in range(6)])

    assert len({record.pk for record in made}) == 1
    assert Customer.objects.count() == 1
