"""Posting: each row's balance, the levels, the discrepancies, once."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest

from inventory import errors
from inventory import services as inventory
from inventory.models import Discrepancy, StockDocument, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[object]]


def post(
    *movements: inventory.Movement, now: datetime, number: str = "R-1", kind: str = "SALE"
) -> inventory.PostedDocument:
    with db.transaction():
        return inventory.post_movements(
            document=inventory.DocumentRef(kind, number),
            movements=movements,
            actor=SYSTEM,
            occurred_at=now,
            now=now,
        )


def test_each_row_says_the_balance_after_it(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 10)

    posted = post(
        inventory.Movement(variant.pk, shop.pk, -2, "SALE"),
        inventory.Movement(variant.pk, shop.pk, 3, "DAMAGE", bucket="DAMAGED", reason="damaged"),
        inventory.Movement(variant.pk, shop.pk, -1, "SALE"),
        inventory.Movement(variant.pk, shop.pk, -1, "ADJUSTMENT", bucket="DAMAGED", reason="correction"),
        now=now,
    )

    rows = StockEntry.objects.filter(document=posted.id).order_by("id")
    assert list(rows.values_list("bucket", "kind", "reason", "delta", "balance_after")) == [
        ("ON_HAND", "SALE", "", -2, 8),
        ("DAMAGED", "DAMAGE", "damaged", 3, 3),
        ("ON_HAND", "SALE", "", -1, 7),
        ("DAMAGED", "ADJUSTMENT", "correction", -1, 2),
    ]
    level = StockLevel.objects.get()
    assert (level.on_hand, level.damaged, level.quality_control) == (7, 2, 0)
    document = StockDocument.objects.get(pk=posted.id)
    assert (document.kind, document.number, document.actor) == ("SALE", "R-1", "system:omni")


def test_missing_levels_are_created(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()

    post(inventory.Movement(variant.pk, shop.pk, 7, "RECEIPT"), now=now, kind="RECEIPT")

    assert StockLevel.objects.get(variant=variant, location=shop).on_hand == 7
    assert StockEntry.objects.get().balance_after == 7


def test_the_business_date_is_the_shops(now: datetime) -> None:
    variant = factories.variant()
    tokyo, new_york = factories.location(), factories.location(time_zone="America/New_York")
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)

    post(
        inventory.Movement(variant.pk, tokyo.pk, 1, "RECEIPT"),
        inventory.Movement(variant.pk, new_york.pk, 1, "RECEIPT"),
        now=late,
    )

    assert dict(StockEntry.objects.values_list("location", "business_date")) == {
        tokyo.pk: date(2026, 11, 23),
        new_york.pk: date(2026, 11, 22),
    }


def test_a_document_is_posted_once(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 10)
    sale = inventory.Movement(variant.pk, shop.pk, -2, "SALE")
    post(sale, now=now)

    with pytest.raises(errors.AlreadyPosted) as refusal:
        post(sale, now=now)

    assert refusal.value.data() == {"documents": [{"kind": "SALE", "number": "R-1"}]}
    assert StockLevel.objects.get().on_hand == 8
    assert Event.objects.count() == 1


def test_a_batch_with_a_posted_document_is_refused_whole(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 10)
    sale = inventory.Movement(variant.pk, shop.pk, -2, "SALE")
    post(sale, now=now)
    batch = [(inventory.DocumentRef("SALE", number), [sale], now) for number in ("R-0", "R-1", "R-2")]

    with db.transaction(), pytest.raises(errors.AlreadyPosted):
        inventory.post_documents(documents=batch, actor=SYSTEM, now=now)

    assert StockLevel.objects.get().on_hand == 8
    assert not StockDocument.objects.filter(number__in=["R-0", "R-2"]).exists()


def test_a_sale_below_zero_opens_a_discrepancy_for_what_was_not_there(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 2)

    post(inventory.Movement(variant.pk, shop.pk, -5, "SALE"), now=now)
    post(inventory.Movement(variant.pk, shop.pk, -1, "SALE"), now=now, number="R-2")

    assert StockLevel.objects.get().on_hand == -4
    found = Discrepancy.objects.order_by("id").values_list("kind", "status", "quantity", "source")
    assert list(found) == [("BELOW_ZERO", "OPEN", 3, "sale:R-1"), ("BELOW_ZERO", "OPEN", 1, "sale:R-2")]
    assert Event.objects.filter(type="inventory.discrepancy-opened.v1").count() == 2


def test_selling_what_was_promised_opens_a_discrepancy(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 3)
    with db.transaction():
        inventory.reserve(
            wants=[inventory.Want(variant.pk, shop.pk, 2, "order:1:1")],
            expires_at=None,
            actor=SYSTEM,
            now=now,
        )

    post(inventory.Movement(variant.pk, shop.pk, -1, "SALE"), now=now)
    assert not Discrepancy.objects.exists()
    post(inventory.Movement(variant.pk, shop.pk, -3, "SALE"), now=now, number="R-2")

    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (-1, 2)
    assert list(Discrepancy.objects.order_by("id").values_list("kind", "quantity")) == [
        ("BELOW_ZERO", 1),
        ("STRANDED", 2),
    ]


@pytest.mark.parametrize(("minutes", "stranded"), [(-1, 3), (0, 1), (1, 1)])
def test_a_hold_that_has_expired_accuses_nobody(now: datetime, minutes: int, stranded: int) -> None:
    """Six are there, two held by hand until `now`, four for an order; no worker has closed the hold."""
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 6)
    later = now + timedelta(minutes=minutes)
    with db.transaction():
        for units, ends in ((2, now), (4, None)):
            want = inventory.Want(variant.pk, shop.pk, units, "order:1:1")
            inventory.reserve(wants=[want], expires_at=ends, actor=SYSTEM, now=now - timedelta(hours=1))

    post(inventory.Movement(variant.pk, shop.pk, -3, "SALE"), now=later)

    found = Discrepancy.objects.values_list("kind", "quantity", "source")
    assert list(found) == [("STRANDED", stranded, "sale:R-1")]
    assert Event.objects.filter(type="inventory.discrepancy-opened.v1").count() == 1
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (3, 6)


def test_a_sale_within_what_an_expired_hold_kept_opens_nothing(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 2)
    with db.transaction():
        want = inventory.Want(variant.pk, shop.pk, 2, "hold:1")
        inventory.reserve(wants=[want], expires_at=now, actor=SYSTEM, now=now - timedelta(hours=1))

    post(inventory.Movement(variant.pk, shop.pk, -2, "SALE"), now=now)
    assert not Discrepancy.objects.exists()

    assert inventory.expire_reservations(now=now) == 1
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (0, 0)


def test_handing_over_what_has_expired_strands_who_was_promised_the_rest(now: datetime) -> None:
    """Two are there for an order and a hold of two each, once two are found to be gone."""
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 4)
    with db.transaction():
        held, _ = (
            inventory.reserve(
                wants=[inventory.Want(variant.pk, shop.pk, 2, source)],
                expires_at=ends,
                actor=SYSTEM,
                now=now - timedelta(hours=1),
            )[0]
            for source, ends in (("hold:1", now), ("order:1:1", None))
        )
    post(inventory.Movement(variant.pk, shop.pk, -2, "ADJUSTMENT"), now=now, kind="ADJUSTMENT")
    assert not Discrepancy.objects.exists()

    with db.transaction():
        inventory.fulfil(
            reservation_ids=[held],
            document=inventory.DocumentRef("SALE", "R-2"),
            actor=SYSTEM,
            occurred_at=now,
            now=now,
        )

    assert list(Discrepancy.objects.values_list("kind", "quantity")) == [("STRANDED", 2)]
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (0, 2)


def test_the_ledger_is_immutable(now: datetime) -> None:
    variant, shop = factories.variant(), factories.location()
    factories.stock(variant, shop, 2)

    with pytest.raises(Exception, match="never changed"):
        StockEntry.objects.update(delta=3)
    with pytest.raises(Exception, match="never changed"):
        StockEntry.objects.all().delete()


def batch_of(count: int, variants: list[int], shops: list[int], now: datetime, label: str) -> list[object]:
    chance = random.Random(count)
    return [
        (
            inventory.DocumentRef("SALE", f"{label}-{n}"),
            [
                inventory.Movement(
                    chance.choice(variants), chance.choice(shops), chance.choice([-1, -2, 4]), "SALE"
                )
                for _ in range(3)
            ],
            now,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 1000])
def test_a_batch_is_a_constant_number_of_statements(
    count: int, now: datetime, django_assert_num_queries: CountQueries
) -> None:
    shops = [factories.location().pk for _ in range(3)]
    variants = [factories.variant().pk for _ in range(20)]
    first = batch_of(count, variants, shops, now, "first")
    again = batch_of(count, variants, shops, now, "again")

    with (
        db.transaction(),
        django_assert_num_queries(4),
    ):  # all levels are missing: post, create, post, publish
        inventory.post_documents(documents=first, actor=SYSTEM, now=now)
    with db.transaction(), django_assert_num_queries(2):
        inventory.post_documents(documents=again, actor=SYSTEM, now=now)

    assert StockEntry.objects.count() == count * 6
    balances: dict[tuple[int, int], int] = {}
    for variant, shop, delta, after in StockEntry.objects.order_by("id").values_list(
        "variant", "location", "delta", "balance_after"
    ):
        balances[variant, shop] = balances.get((variant, shop), 0) + delta
        assert after == balances[variant, shop]
    assert {(x.variant_id, x.location_id): x.on_hand for x in StockLevel.objects.all()} == balances
