"""Month-end: closing stock by each method, in exact yen; balances that add up; late entries."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from catalog.models import Category, Product, Variant
from inventory import errors, selectors_value
from inventory import services as inventory
from inventory.models import Closing, ClosingLine, ClosingRatio, CostPolicy, CostPool, Valuation
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from organisation.models import Location
from tests import factories
from tests.inventory.valuing import NOVEMBER, NOW, post, rows, value_all

pytestmark = pytest.mark.django_db(transaction=True)
DECEMBER = date(2026, 12, 1)
LATER = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
NOON = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def shop() -> Location:
    return factories.location(code="shibuya")


@pytest.fixture
def tea() -> Variant:
    return factories.variant(sku="TEA")


def close(
    shop: Location, month: date = NOVEMBER, key: str = "", now: datetime = LATER
) -> inventory.ClosedMonth:
    return inventory.close_month(
        company_id=shop.company_id,
        month=month,
        claim=Claim.of(
            actor=SYSTEM, operation="close", key=key or f"{month}", request={"month": month.isoformat()}
        ),
        actor=SYSTEM,
        now=now,
    )


def test_moving_average_closes_at_what_the_ledger_says(shop: Location, tea: Variant) -> None:
    """10 at ¥100 and 10 at ¥120 are ¥2,200; 5 sold for ¥550: closing ¥1,650."""
    post("RECEIPT", (tea, shop, 10), cost=100)
    post("RECEIPT", (tea, shop, 10), cost=120)
    post("SALE", (tea, shop, -5))
    value_all()

    closed = close(shop)

    assert (closed.quantity, closed.value, closed.cost_of_sales) == (15, 1650, 550)
    line = ClosingLine.objects.get()
    assert (line.quantity, line.value, line.purchases, line.cost_of_sales, line.other) == (
        15,
        1650,
        2200,
        550,
        0,
    )
    assert (line.location, line.brand, line.owner.ownership) == (shop, tea.product.brand, "OWN")


def test_last_purchase_closes_at_the_last_cost_of_the_month(shop: Location, tea: Variant) -> None:
    """
    10 at ¥100 and 10 at ¥120, 5 sold for ¥550, ¥1,650 left. By last purchase 15 × ¥120 = ¥1,800:
    ¥150 more, and goods sold cost ¥400 (¥2,200 bought − ¥1,800).
    """
    CostPolicy.objects.create(company=shop.company, valid_from=NOVEMBER, method="LAST_PURCHASE")
    post("RECEIPT", (tea, shop, 10), cost=100)
    post("RECEIPT", (tea, shop, 10), cost=120)
    post("SALE", (tea, shop, -5))
    value_all()

    closed = close(shop)

    assert (closed.quantity, closed.value, closed.cost_of_sales) == (15, 1800, 400)
    assert rows("kind", "amount", "running_value", "posting_month")[-1] == ("CLOSING", 150, 1800, NOVEMBER)
    pool = CostPool.objects.get()
    assert (pool.value, pool.unit_cost) == (1800, 120)


def test_what_is_revalued_and_gone_by_the_closing_goes_on_to_the_next_month(
    shop: Location, tea: Variant
) -> None:
    """
    November ends with 15 at ¥1,650, to be ¥1,800. 9 of them are sold on 1 December for ¥990, before
    the closing. Of the ¥150, 6/15 = ¥60 are still on the shelf; ¥90 are December's cost.
    """
    CostPolicy.objects.create(company=shop.company, valid_from=NOVEMBER, method="LAST_PURCHASE")
    post("RECEIPT", (tea, shop, 10), cost=100)
    post("RECEIPT", (tea, shop, 10), cost=120)
    post("SALE", (tea, shop, -5))
    post("SALE", (tea, shop, -9), at=NOON)
    value_all()

    closed = close(shop)

    assert (closed.quantity, closed.value, closed.cost_of_sales) == (15, 1800, 400)
    assert rows("kind", "amount", "posting_month", "running_value")[-2:] == [
        ("CLOSING", 150, NOVEMBER, 810),
        ("CORRECTION", -90, DECEMBER, 720),
    ]
    december = selectors_value.get_stock_value(company=shop.company, month=DECEMBER)
    assert (december.total.value, december.total.cost_of_sales) == (720, 1080)


def department(code: str, *variants: Variant) -> Category:
    root = factories.category(code=code, path=code)
    leaf = factories.category(code=f"{code}-leaf", path=f"{code}/{code}-leaf", parent=root)
    Product.objects.filter(pk__in=[variant.product_id for variant in variants]).update(category=leaf)
    return root


def test_retail_method_takes_the_ratio_of_the_department(shop: Location, tea: Variant) -> None:
    """
    Food opens December with 10 teas: cost ¥600, retail 10 × ¥100 = ¥1,000. It buys 20 cakes at ¥130,
    ¥2,600, retail 20 × ¥200 = ¥4,000. Ratio (600 + 2,600) / (1,000 + 4,000) = 0.64. At the end 4 teas
    and 15 cakes are left, ¥400 + ¥3,000 at retail: ¥256 + ¥1,920 = ¥2,176 at cost. Goods sold cost
    ¥3,200 − ¥2,176 = ¥1,024. Toys have a ratio of their own: 3 at ¥50, sold at ¥80: 0.625.
    """
    channel = factories.channel(company=shop.company)
    cake, toy = factories.variant(), factories.variant()
    food, toys = department("food", tea, cake), department("toys", toy)
    for variant, price in ((tea, 100), (cake, 200), (toy, 80)):
        factories.listing(variant, channel, price)
    CostPolicy.objects.create(
        company=shop.company, valid_from=DECEMBER, method="RETAIL", price_channel=channel
    )
    post("RECEIPT", (tea, shop, 10), cost=60)
    value_all()
    close(shop)
    post("RECEIPT", (cake, shop, 20), cost=130, at=NOON)
    post("RECEIPT", (toy, shop, 3), cost=50, at=NOON)
    post("SALE", (tea, shop, -6), (cake, shop, -5), at=NOON)
    value_all()

    closed = close(shop, DECEMBER, now=NOON + timedelta(days=31))

    ratios = {
        ratio.department: (
            ratio.opening_cost,
            ratio.opening_retail,
            ratio.purchases_cost,
            ratio.purchases_retail,
            ratio.ratio,
            ratio.closing_retail,
            ratio.closing_cost,
        )
        for ratio in ClosingRatio.objects.all()
    }
    assert ratios == {
        food: (600, 1000, 2600, 4000, Decimal("0.64"), 3400, 2176),
        toys: (0, 0, 150, 240, Decimal("0.625"), 240, 150),
    }
    assert (closed.value, closed.cost_of_sales) == (2176 + 150, 1024)
    assert CostPool.objects.get(variant=tea).value == 256


def test_a_retail_price_cut_lowers_the_closing_stock_and_not_the_ratio(shop: Location, tea: Variant) -> None:
    """10 bought at ¥60 when they sold at ¥100: 0.6. Cut to ¥80 by the month's end: 10 × 80 × 0.6 = ¥480."""
    channel = factories.channel(company=shop.company)
    cut = NOW + timedelta(days=1)
    factories.listing(tea, channel, 100, valid_until=cut)
    factories.listing(tea, channel, 80, valid_from=cut)
    CostPolicy.objects.create(
        company=shop.company, valid_from=NOVEMBER, method="RETAIL", price_channel=channel
    )
    post("RECEIPT", (tea, shop, 10), cost=60)
    value_all()

    closed = close(shop)

    assert (closed.value, closed.cost_of_sales) == (480, 120)
    assert ClosingRatio.objects.get().department is None


def test_shops_share_a_pool_by_their_units_to_the_last_yen(shop: Location, tea: Variant) -> None:
    """7 units are worth ¥1,000, ¥142.857 each: 4, 2 and 1 of them ¥571, ¥286 and ¥143."""
    others = [factories.location(company=shop.company) for _ in range(2)]
    post("RECEIPT", (tea, shop, 4), cost=250)
    post("RECEIPT", (tea, others[0], 2), cost=0)
    post("RECEIPT", (tea, others[1], 1), cost=0)
    value_all()

    closed = close(shop)

    assert closed.value == 1000
    values = dict(ClosingLine.objects.values_list("location", "value"))
    assert values == {shop.pk: 571, others[0].pk: 286, others[1].pk: 143}


def test_what_comes_late_is_posted_to_the_open_month(shop: Location, tea: Variant) -> None:
    post("RECEIPT", (tea, shop, 2), cost=100)
    value_all()
    close(shop)
    post("SALE", (tea, shop, -1), at=NOW)
    value_all()

    late = Valuation.objects.latest("id")
    assert (late.kind, late.business_date, late.posting_month) == ("SALE", NOW.date(), DECEMBER)
    november = selectors_value.get_stock_value(company=shop.company, month=NOVEMBER)
    assert (november.closed, november.total, november.ledger) == (True, november.ledger, november.total)
    assert november.total.value == 200


def test_a_month_is_not_closed_before_its_entries_are_valued(shop: Location, tea: Variant) -> None:
    post("RECEIPT", (tea, shop, 2), cost=100)

    with pytest.raises(errors.ValuationBehind) as refused:
        close(shop)

    assert refused.value.waiting == 1
    assert not Closing.objects.exists()
    value_all()
    assert close(shop).value == 200


def test_entries_of_the_next_month_do_not_hold_up_a_closing(shop: Location, tea: Variant) -> None:
    post("RECEIPT", (tea, shop, 2), cost=100)
    value_all()
    post("SALE", (tea, shop, -1), at=NOON)

    assert close(shop).quantity == 2


def test_months_are_closed_one_after_the_other_and_once(shop: Location, tea: Variant) -> None:
    post("RECEIPT", (tea, shop, 2), cost=100)
    value_all()
    first = close(shop)

    assert close(shop) == first
    with pytest.raises(errors.MonthNotNext):
        close(shop, key="again")
    with pytest.raises(errors.MonthNotNext):
        close(shop, date(2027, 1, 1), now=datetime(2027, 2, 2, tzinfo=UTC))
    with pytest.raises(errors.MonthNotOver):
        close(shop, DECEMBER)
    assert Closing.objects.count() == 1


def test_figures_by_shop_brand_and_owner_add_up_to_the_ledger(shop: Location, tea: Variant) -> None:
    """Own: 4 at ¥100 = ¥400, 1 sold. Paid as sold: 3, of which 1 is bought for ¥70 as it is sold."""
    theirs = inventory.owner(ownership="PAID_AS_SOLD", supplier="ito")
    cake = factories.variant()
    post("RECEIPT", (tea, shop, 4), cost=100)
    post("RECEIPT", (cake, shop, 3), cost=70, owner=theirs)
    post("SALE", (tea, shop, -1), (cake, shop, -1))
    post("DAMAGE", (tea, shop, -1))
    value_all()

    value = selectors_value.get_stock_value(company=shop.company, month=NOVEMBER)

    assert {line.key: line.figures for line in value.added_up("owner")} == {
        ("OWN", ""): selectors_value.Figures(2, Decimal(200), Decimal(400), Decimal(100), Decimal(-100)),
        ("PAID_AS_SOLD", "ito"): selectors_value.Figures(2, Decimal(0), Decimal(70), Decimal(70), Decimal(0)),
    }
    assert value.total == value.ledger
    for by, lines in (("shop", 1), ("brand", 2), ("owner", 2), ("all", 2)):
        added_up = value.added_up(by)
        assert len(added_up) == lines
        assert sum((line.figures for line in added_up), selectors_value.Figures()) == value.total
