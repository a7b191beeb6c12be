"""What is between two places belongs to the company: its worth, until all of it arrived or is settled."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from catalog.models import Variant
from inventory import services as inventory
from inventory import verification
from inventory.models import Transfer, TransferDifference, Valuation
from inventory.selectors_value import UNDER_WAY, UnderWay, get_stock_value
from inventory.services import Arrival
from omni.core import sql
from organisation.models import Location
from tests import factories
from tests.inventory.test_transfer import context
from tests.inventory.valuing import post, value_all

pytestmark = pytest.mark.django_db(transaction=True)


class Scene:
    """Nine of TEA at 120 yen of our own, and nine of CAKE at 90 on consignment, here; none there."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.here, self.there = factories.location(code="here"), factories.location(code="there")
        self.tea, self.cake = factories.variant(sku="TEA"), factories.variant(sku="CAKE")
        self.theirs = inventory.owner(ownership="CONSIGNED", supplier="ito")
        post("RECEIPT", (self.tea, self.here, 9), cost=120, at=now)
        post("RECEIPT", (self.cake, self.here, 9), cost=90, owner=self.theirs, at=now)

    def ship(self) -> Transfer:
        done = inventory.request_transfer(
            origin_id=self.here.pk,
            destination_id=self.there.pk,
            lines=[(self.tea.pk, 6), (self.cake.pk, 4)],
            **context(self.now),
        )
        transfer = Transfer.objects.get(number=done.number)
        inventory.ship_transfer(transfer_id=transfer.pk, **context(self.now))
        return transfer

    def receive(self, transfer: Transfer, tea: int, cake: int) -> None:
        arrivals = [Arrival(self.tea.pk, tea), Arrival(self.cake.pk, cake)]
        inventory.receive_transfer(
            transfer_id=transfer.pk, arrivals=arrivals, complete=True, **context(self.now)
        )

    def settle(self, variant: Variant, how: str) -> None:
        difference = TransferDifference.objects.get(line__variant=variant)
        inventory.settle_difference(
            difference_id=difference.pk, how=how, quantity=1, reason="looked", **context(self.now)
        )

    def under_way(self, location: Location | None = None, month: date | None = None) -> UnderWay:
        value_all()
        month = month or date(self.now.year, self.now.month, 1)
        value = get_stock_value(company=(location or self.here).company, month=month)
        assert value.total == value.ledger
        return value.under_way


@pytest.fixture
def scene(now: datetime) -> Scene:
    return Scene(now)


def test_units_under_way_are_worth_what_they_left_at(scene: Scene) -> None:
    assert scene.under_way() == UnderWay(0, Decimal(0))

    transfer = scene.ship()
    assert scene.under_way() == UnderWay(10, Decimal(720))

    scene.receive(transfer, tea=3, cake=2)
    assert scene.under_way() == UnderWay(5, Decimal(360))


def test_what_is_missing_is_under_way_until_it_is_settled(scene: Scene) -> None:
    scene.receive(scene.ship(), tea=3, cake=2)

    for how in ("FOUND", "RETURNED", "WRITTEN_OFF"):
        scene.settle(scene.tea, how)
    assert scene.under_way() == UnderWay(2, Decimal(0))
    scene.settle(scene.cake, "RETURNED")
    scene.settle(scene.cake, "FOUND")

    assert scene.under_way() == UnderWay(0, Decimal(0))
    assert verification.find_drifts() == []


def test_what_is_put_back_is_its_owners_at_the_cost_at_which_it_left(scene: Scene) -> None:
    scene.receive(scene.ship(), tea=3, cake=3)
    post("RECEIPT", (scene.tea, scene.here, 9), cost=500, at=scene.now)

    scene.settle(scene.tea, "RETURNED")
    scene.settle(scene.cake, "RETURNED")
    value_all()

    back = Valuation.objects.filter(kind="TRANSFER_OUT", quantity__gt=0)
    assert set(back.values_list("variant", "owner__ownership", "quantity", "amount")) == {
        (scene.tea.pk, "OWN", 1, Decimal(120)),
        (scene.cake.pk, "CONSIGNED", 1, Decimal(0)),
    }


def test_of_a_month_that_is_over_what_was_under_way_then_is_told(scene: Scene) -> None:
    """It was shipped in November, arrived short in December, and was settled in January."""
    november, december, january = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)
    transfer = scene.ship()
    scene.now += timedelta(days=30)
    scene.receive(transfer, tea=5, cake=4)
    assert scene.under_way(month=november) == UnderWay(10, Decimal(720))
    assert scene.under_way(month=december) == UnderWay(1, Decimal(120))

    scene.now += timedelta(days=30)
    scene.settle(scene.tea, "FOUND")

    assert scene.under_way(month=november) == UnderWay(10, Decimal(720))
    assert scene.under_way(month=december) == UnderWay(1, Decimal(120))
    assert scene.under_way(month=january) == UnderWay(0, Decimal(0))


def test_what_arrived_and_is_not_valued_yet_is_under_way_until_it_is(scene: Scene) -> None:
    transfer = scene.ship()
    assert scene.under_way() == UnderWay(10, Decimal(720))

    scene.receive(transfer, tea=6, cake=4)

    value = get_stock_value(company=scene.here.company, month=date(2026, 11, 1))
    assert value.under_way == UnderWay(10, Decimal(720))
    assert scene.under_way() == UnderWay(0, Decimal(0))


def test_transfers_that_ended_long_ago_are_not_read(scene: Scene) -> None:
    scene.ship()
    value_all()
    Transfer.objects.bulk_create(
        Transfer(
            number=f"old-{number}",
            status=Transfer.Status.RECEIVED,
            origin=scene.here,
            destination=scene.there,
            actor="test",
            occurred_at=scene.now,
            closed_at=scene.now,
        )
        for number in range(3000)
    )
    params = {"company": scene.here.company_id, "month": date(2026, 11, 1)}
    sql.fetch_all("ANALYZE inventory_transfer")

    plan = "\n".join(row[0] for row in sql.fetch_all(f"EXPLAIN (ANALYZE) {UNDER_WAY}", params))

    assert "Seq Scan on inventory_transfer " not in plan
    assert scene.under_way() == UnderWay(10, Decimal(720))


def test_another_company_has_nothing_under_way(scene: Scene) -> None:
    scene.ship()
    other = factories.location(company=factories.company())

    assert scene.under_way(other) == UnderWay(0, Decimal(0))
