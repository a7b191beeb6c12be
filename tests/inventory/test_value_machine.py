"""Whatever happens in whatever order, value is explained and quantities are the stock ledger's."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inventory import errors, selectors_value, verification
from inventory import services as inventory
from inventory.models import (
    Closing,
    CostCorrection,
    CostPolicy,
    CostPool,
    OwnedStock,
    StockLevel,
    Valuation,
)
from inventory.services.valuation import next_month
from omni.core.actor import SYSTEM
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from tests import factories
from tests.inventory.valuing import post, value_all

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 9, 10, 3, 0, tzinfo=UTC)
units, places, days = st.integers(1, 6), st.integers(0, 2), st.integers(-70, 0)


class Value(RuleBasedStateMachine):
    """Two articles at three places of two companies; our own goods and a supplier's."""

    @initialize(method=st.sampled_from(["MOVING_AVERAGE", "LAST_PURCHASE", "RETAIL"]))
    def open(self, method: str) -> None:
        company = factories.company()
        self.shops = [factories.location(company=company) for _ in range(2)] + [factories.location()]
        self.variants = [factories.variant() for _ in range(2)]
        channel = factories.channel(company=company)
        for variant in self.variants:
            factories.listing(variant, channel, 100)
        CostPolicy.objects.create(
            company=company, valid_from=date(2026, 1, 1), method=method, price_channel=channel
        )
        self.method, self.company = method, company
        self.theirs = inventory.owner(ownership="PAID_AS_SOLD", supplier=f"s{factories.number()}")
        self.at = START
        self.sales: list[tuple[bool, int]] = []

    def when(self, back: int) -> datetime:
        """A movement of today, or one that comes late."""
        return self.at + timedelta(days=back if back % 3 == 0 else 0)

    @rule(
        which=st.booleans(), place=places, units=units, cost=st.integers(0, 300), back=days, own=st.booleans()
    )
    def receive(self, which: bool, place: int, units: int, cost: int, back: int, own: bool) -> None:
        owner = None if own else self.theirs
        movement = (self.variants[which], self.shops[place], units)
        post("RECEIPT", movement, cost=cost, owner=owner, at=self.when(back))

    @rule(which=st.booleans(), place=places, units=units, back=days)
    def sell(self, which: bool, place: int, units: int, back: int) -> None:
        movement = (self.variants[which], self.shops[place], -units)
        self.sales.append((which, post("SALE", movement, at=self.when(back))))

    @precondition(lambda self: self.sales)
    @rule(which=st.integers(0, 100), place=places, units=units, back=days)
    def take_back(self, which: int, place: int, units: int, back: int) -> None:
        variant, sale = self.sales[which % len(self.sales)]
        post("RETURN", (self.variants[variant], self.shops[place], units), of=[sale], at=self.when(back))

    @rule(which=st.booleans(), place=places, to=places, units=units)
    def transfer(self, which: bool, place: int, to: int, units: int) -> None:
        if place != to:
            variant = self.variants[which]
            post(
                "TRANSFER", (variant, self.shops[place], -units), (variant, self.shops[to], units), at=self.at
            )

    @rule(which=st.booleans(), place=places, delta=st.integers(-3, 3).filter(bool))
    def count(self, which: bool, place: int, delta: int) -> None:
        post("COUNT", (self.variants[which], self.shops[place], delta), at=self.at)

    @rule()
    def value(self) -> None:
        value_all()

    @rule(which=st.integers(0, 100), cost=st.integers(0, 300))
    def correct(self, which: int, cost: int) -> None:
        received = Valuation.objects.filter(
            kind="RECEIPT", owner__ownership="OWN", location__in=self.shops, quantity__gt=0
        )
        if not received:
            return
        row = received.order_by("pk")[which % len(received)]
        claim = Claim.of(actor=SYSTEM, operation="correct", key=f"c-{factories.number()}", request={})
        try:
            inventory.correct_receipt_cost(
                document_id=row.document_id,
                variant_id=row.variant_id,
                unit_cost=Decimal(cost),
                reason="invoice",
                claim=claim,
                actor=SYSTEM,
                now=self.at,
            )
        except InvalidField:
            assert row.unit_cost == cost or CostCorrection.objects.filter(document=row.document_id).exists()

    @rule(forward=st.integers(1, 40))
    def go_on(self, forward: int) -> None:
        self.at += timedelta(days=forward)

    @rule()
    def close(self) -> None:
        last = Closing.objects.filter(company=self.company).order_by("-month").first()
        month = next_month(last.month) if last else date(2026, 7, 1)
        claim = Claim.of(actor=SYSTEM, operation="close", key=f"{self.company.pk}{month}", request={})
        try:
            inventory.close_month(
                company_id=self.company.pk, month=month, claim=claim, actor=SYSTEM, now=self.at
            )
        except (errors.MonthNotOver, errors.ValuationBehind):
            return

    def teardown(self) -> None:
        value_all()
        assert verification.find_drifts() == []
        self.quantities_are_the_stock_ledgers()
        self.value_is_the_sum_of_amounts()
        self.reports_add_up()

    def quantities_are_the_stock_ledgers(self) -> None:
        for level in StockLevel.objects.filter(location__in=self.shops):
            owned = OwnedStock.objects.filter(variant=level.variant_id, location=level.location_id)
            assert sum(owned.values_list("quantity", flat=True)) == level.on_hand

    def value_is_the_sum_of_amounts(self) -> None:
        companies = [shop.company_id for shop in self.shops]
        for pool in CostPool.objects.filter(company__in=companies).select_related("owner"):
            explained = Valuation.objects.filter(
                company=pool.company_id, variant=pool.variant_id, owner=pool.owner_id
            )
            assert explained.aggregate(total=Sum("amount"))["total"] == pool.value
            assert pool.quantity <= 0 or pool.value >= 0
            assert pool.quantity != 0 or pool.value == 0
            assert pool.owner.ownership == "OWN" or pool.value == 0

    def reports_add_up(self) -> None:
        opening = Decimal(0)
        for closing in Closing.objects.filter(company=self.company).order_by("month"):
            value = selectors_value.get_stock_value(company=self.company, month=closing.month)
            total = value.total
            assert total == value.ledger
            assert opening + total.purchases + total.other - total.cost_of_sales == total.value
            opening = total.value


def test_value_is_explained_after_any_sequence() -> None:
    run_state_machine_as_test(
        Value,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
