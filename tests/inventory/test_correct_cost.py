"""A receipt's cost put right: stock is revalued, and what has left is cost of goods sold."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Variant
from inventory import errors, selectors_value, verification
from inventory import services as inventory
from inventory.models import Closing, CostCorrection, CostPolicy, CostPool, Valuation
from inventory.selectors_value import Figures
from inventory.services.valuation import hold_cursor
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from organisation.models import Location
from tests import factories
from tests.concurrency.racing import second_connection
from tests.inventory.valuing import NOVEMBER, NOW, post, rows, value_all

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor("user", "7")
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
IN_DECEMBER = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def shop() -> Location:
    return factories.location(code="shibuya")


@pytest.fixture
def tea() -> Variant:
    return factories.variant(sku="TEA")


def correct(
    document: int, variant: Variant, cost: str, *, reason: str = "invoice", key: str = "", now: datetime = NOW
) -> inventory.CostCorrected:
    return inventory.correct_receipt_cost(
        document_id=document,
        variant_id=variant.pk,
        unit_cost=Decimal(cost),
        reason=reason,
        claim=Claim.of(
            actor=CLERK, operation="correct", key=key or f"k-{factories.number()}", request={"cost": cost}
        ),
        actor=CLERK,
        now=now,
    )


def close(shop: Location, month: date = NOVEMBER, now: datetime = IN_DECEMBER) -> inventory.ClosedMonth:
    claim = Claim.of(actor=CLERK, operation="close", key=f"{month}", request={})
    return inventory.close_month(company_id=shop.company_id, month=month, claim=claim, actor=CLERK, now=now)


def figures(shop: Location, month: date = NOVEMBER) -> Figures:
    value = selectors_value.get_stock_value(company=shop.company, month=month)
    assert value.total == value.ledger
    assert verification.find_drifts() == []
    return value.total


def test_what_is_in_stock_still_is_revalued(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 10), cost=100)
    value_all()

    done = correct(document, tea, "120")

    assert (done.quantity, done.before, done.after) == (10, 100, 120)
    assert (done.amount, done.kept, done.month) == (200, 200, NOVEMBER)
    assert rows() == [("RECEIPT", 10, 1000), ("RECEIPT_COST", 0, 200)]
    pool = CostPool.objects.get()
    assert (pool.quantity, pool.value, pool.unit_cost) == (10, 1200, 120)
    assert figures(shop) == Figures(10, Decimal(1200), Decimal(1200), Decimal(0), Decimal(0))


def test_the_part_of_what_has_left_is_cost_of_goods_sold(shop: Location, tea: Variant) -> None:
    """Ten came at ¥0, four of them are gone; they had cost ¥100."""
    document = post("RECEIPT", (tea, shop, 10), cost=0)
    post("SALE", (tea, shop, -4))
    value_all()

    done = correct(document, tea, "100")

    assert (done.amount, done.kept) == (1000, 600)
    assert rows()[2:] == [("RECEIPT_COST", 0, 1000), ("CORRECTION", 0, -400)]
    assert figures(shop) == Figures(6, Decimal(600), Decimal(1000), Decimal(400), Decimal(0))


def test_of_a_closed_month_it_goes_to_the_open_one(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 10), cost=100)
    value_all()
    closed = close(shop)
    post("SALE", (tea, shop, -5), at=IN_DECEMBER)
    value_all()

    done = correct(document, tea, "90", now=IN_DECEMBER)

    assert (done.month, done.amount, done.kept) == (DECEMBER, -100, -50)
    assert figures(shop).value == closed.value == 1000
    # Five had cost ¥500 when they were sold, and cost ¥450.
    assert figures(shop, DECEMBER) == Figures(5, Decimal(450), Decimal(-100), Decimal(450), Decimal(0))


def test_of_a_month_that_is_over_and_open_what_left_since_goes_to_the_next(
    shop: Location, tea: Variant
) -> None:
    document = post("RECEIPT", (tea, shop, 10), cost=100)
    post("SALE", (tea, shop, -2))
    post("SALE", (tea, shop, -3), at=IN_DECEMBER)
    value_all()

    done = correct(document, tea, "110", now=IN_DECEMBER)

    assert (done.month, done.amount, done.kept) == (NOVEMBER, 100, 50)
    assert figures(shop) == Figures(8, Decimal(880), Decimal(1100), Decimal(220), Decimal(0))
    assert figures(shop, DECEMBER) == Figures(5, Decimal(550), Decimal(0), Decimal(330), Decimal(0))
    assert close(shop).value == 880


def test_it_is_corrected_again_from_where_it_stands(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 3), cost=100)
    value_all()
    correct(document, tea, "0.3333")

    done = correct(document, tea, "100")

    assert (done.before, done.amount) == (Decimal("0.3333"), 299)
    assert figures(shop).value == 300
    told = CostCorrection.objects.order_by("pk").values_list("before", "after", "amount", "reason", "actor")
    assert list(told) == [
        (Decimal(100), Decimal("0.3333"), Decimal(-299), "invoice", str(CLERK)),
        (Decimal("0.3333"), Decimal(100), Decimal(299), "invoice", str(CLERK)),
    ]


def test_no_value_goes_below_zero(shop: Location, tea: Variant) -> None:
    """Ten at ¥100 left at the average of ¥50; those that are there now are worth less than the difference."""
    document = post("RECEIPT", (tea, shop, 10), cost=100)
    post("RECEIPT", (tea, shop, 10), cost=0)
    post("SALE", (tea, shop, -10))
    value_all()

    done = correct(document, tea, "0")

    assert (done.amount, done.kept) == (-1000, -500)
    assert figures(shop) == Figures(10, Decimal(0), Decimal(0), Decimal(0), Decimal(0))


def test_last_purchase_takes_the_corrected_cost_of_the_last_one_only(shop: Location, tea: Variant) -> None:
    CostPolicy.objects.create(company=shop.company, valid_from=date(2026, 1, 1), method="LAST_PURCHASE")
    first = post("RECEIPT", (tea, shop, 5), cost=100)
    last = post("RECEIPT", (tea, shop, 5), cost=200)
    value_all()
    correct(last, tea, "150")
    correct(first, tea, "50")

    assert close(shop).value == 1500
    assert figures(shop).value == 1500


def test_a_cost_that_was_assumed_is_corrected_too(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 2))
    value_all()

    correct(document, tea, "80")

    assert figures(shop).value == 160
    assert inventory.find_unit_cost(document_id=document, variant_id=tea.pk) == 80


def test_a_second_click_posts_nothing_more(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 2), cost=100)
    value_all()

    first, second = (correct(document, tea, "90", key="same") for _ in range(2))

    assert first == second
    assert CostCorrection.objects.count() == 1


@pytest.mark.parametrize(
    ("cost", "reason", "field", "rule"),
    [
        ("100", "invoice", "unit_cost", "another"),
        ("-1", "invoice", "unit_cost", "not-negative"),
        ("90", " ", "reason", "required"),
        ("999999999999999", "invoice", "unit_cost", "at-most"),
    ],
)
def test_what_is_refused_posts_nothing(
    shop: Location, tea: Variant, cost: str, reason: str, field: str, rule: str
) -> None:
    document = post("RECEIPT", (tea, shop, 2), cost=100)
    value_all()

    with pytest.raises(InvalidField) as refused:
        correct(document, tea, cost, reason=reason)

    assert (refused.value.data()["field"], refused.value.data()["rule"]) == (field, rule)
    assert (CostCorrection.objects.count(), len(rows()), CostPool.objects.get().value) == (0, 1, 200)


def test_a_suppliers_goods_have_no_cost_to_correct(shop: Location, tea: Variant) -> None:
    theirs = inventory.owner(ownership="CONSIGNED", supplier="ito")
    document = post("RECEIPT", (tea, shop, 2), cost=100, owner=theirs)
    value_all()

    with pytest.raises(InvalidField) as refused:
        correct(document, tea, "90")

    assert refused.value.data() == {"field": "document", "rule": "brought-our-own"}
    assert not CostCorrection.objects.exists()


def test_what_is_not_valued_yet_is_not_corrected(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 2), cost=100)

    with pytest.raises(errors.ValuationBehind) as refused:
        correct(document, tea, "90")

    assert refused.value.data()["waiting"] == 1


def test_while_the_valuation_goes_on_nothing_is_corrected(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 2), cost=100)
    value_all()

    with second_connection() as second:
        with db.transaction():
            hold_cursor()
            refused = second.start(lambda: correct(document, tea, "90")).exception()
        assert not CostCorrection.objects.exists()
        done = second.start(lambda: correct(document, tea, "90")).result()

    assert isinstance(refused, errors.ValuationBehind)
    assert done.kept == -20


def test_what_was_corrected_stays_written(shop: Location, tea: Variant) -> None:
    document = post("RECEIPT", (tea, shop, 2), cost=100)
    value_all()
    correct(document, tea, "90")

    with pytest.raises(IntegrityError), transaction.atomic():
        CostCorrection.objects.update(reason="another")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_valuation SET amount = 0 WHERE kind = 'RECEIPT_COST'")
    assert not Closing.objects.exists()
    assert Valuation.objects.filter(kind="RECEIPT_COST").get().amount == -20
