"""What each movement is worth, in exact yen, and whose units it moves."""

from decimal import Decimal

import pytest

from catalog.models import Variant
from inventory import services as inventory
from inventory.models import CostPolicy, CostPool, OwnedStock, SupplyTerm
from organisation.models import Location
from tests import factories
from tests.inventory.valuing import NOVEMBER, post, rows, value_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Location:
    return factories.location(code="shibuya")


@pytest.fixture
def tea() -> Variant:
    return factories.variant(sku="TEA")


def owned(place: Location) -> dict[str, int]:
    return dict(OwnedStock.objects.filter(location=place).values_list("owner__ownership", "quantity"))


def test_moving_average(shop: Location, tea: Variant) -> None:
    """
    10 at ¥100 are ¥1,000. 5 more at ¥131 are ¥655: 15 are worth ¥1,655, ¥110.3333 each.
    4 sold: 4/15 of ¥1,655 is ¥441.33, so ¥441, and 11 are left at ¥1,214. The last 11 take it all.
    """
    post("RECEIPT", (tea, shop, 10), cost=100)
    post("RECEIPT", (tea, shop, 5), cost=131)
    post("SALE", (tea, shop, -4))
    post("SALE", (tea, shop, -11))

    assert value_all() == 4
    assert rows("kind", "quantity", "amount", "running_quantity", "running_value", "unit_cost") == [
        ("RECEIPT", 10, 1000, 10, 1000, 100),
        ("RECEIPT", 5, 655, 15, 1655, 131),
        ("SALE", -4, -441, 11, 1214, Decimal("110.25")),
        ("SALE", -11, -1214, 0, 0, Decimal("110.3636")),
    ]
    assert owned(shop) == {"OWN": 0}


def test_a_return_comes_back_at_the_cost_at_which_it_went(shop: Location, tea: Variant) -> None:
    """
    2 of 4 at ¥100 are sold for ¥200; then 4 at ¥160 arrive, and the average of 6 is ¥140.
    1 of the sold ones comes back at ¥100, not ¥140: 7 at ¥940. The second at ¥100 too.
    """
    post("RECEIPT", (tea, shop, 4), cost=100)
    sale = post("SALE", (tea, shop, -2))
    post("RECEIPT", (tea, shop, 4), cost=160)
    value_all()
    post("RETURN", (tea, shop, 1), of=[sale])
    value_all()
    post("RETURN", (tea, shop, 1), of=[sale])
    value_all()

    assert rows()[-2:] == [("RETURN", 1, 100), ("RETURN", 1, 100)]
    assert CostPool.objects.get().value == 1040


def test_a_return_of_nothing_known_comes_back_at_the_average(shop: Location, tea: Variant) -> None:
    post("RECEIPT", (tea, shop, 4), cost=100)
    post("RETURN", (tea, shop, 1))
    value_all()

    assert rows("kind", "amount", "assumed")[-1] == ("RETURN", 100, True)


def test_a_transfer_carries_the_cost_along(shop: Location, tea: Variant) -> None:
    """3 at ¥100 (¥301 in all, for one was dearer) move: out and in are the same ¥201 for 2 of 3."""
    other = factories.location(company=shop.company)
    post("RECEIPT", (tea, shop, 2), cost=100)
    post("RECEIPT", (tea, shop, 1), cost=101)
    post("TRANSFER", (tea, shop, -2), (tea, other, 2))
    value_all()

    assert rows()[-2:] == [("TRANSFER_OUT", -2, -201), ("TRANSFER_IN", 2, 201)]
    assert CostPool.objects.get().value == 301
    assert (owned(shop), owned(other)) == ({"OWN": 1}, {"OWN": 2})


def test_a_transfer_to_another_company_is_at_cost(shop: Location, tea: Variant) -> None:
    other = factories.location()
    post("RECEIPT", (tea, shop, 3), cost=100)
    post("TRANSFER", (tea, shop, -2), (tea, other, 2))
    value_all()

    pools = dict(CostPool.objects.values_list("company", "value"))
    assert pools == {shop.company_id: 100, other.company_id: 200}


def test_a_transfer_in_two_steps_arrives_at_what_it_was_sent_at(shop: Location, tea: Variant) -> None:
    """3 sent at ¥100; meanwhile the average becomes ¥200. 1 arrives at ¥100, then 2 at ¥200."""
    other = factories.location(company=shop.company)
    post("RECEIPT", (tea, shop, 4), cost=100)
    sent = post("TRANSFER", (tea, shop, -3))
    post("RECEIPT", (tea, shop, 1), cost=300)
    value_all()
    post("TRANSFER", (tea, other, 1), of=[sent])
    value_all()
    post("TRANSFER", (tea, other, 2), of=[sent])
    value_all()

    assert rows()[-2:] == [("TRANSFER_IN", 1, 100), ("TRANSFER_IN", 2, 200)]


def test_what_is_sold_below_zero_is_corrected_when_goods_arrive(shop: Location, tea: Variant) -> None:
    """
    1 at ¥100 is there and 3 are sold: ¥300 at the last known cost, −2 at −¥200. 5 at ¥120 arrive:
    ¥600 would leave 3 at ¥400; 2 of them were sold for ¥20 too little each, so ¥40 go: ¥360.
    """
    post("RECEIPT", (tea, shop, 1), cost=100)
    post("SALE", (tea, shop, -3))
    post("RECEIPT", (tea, shop, 5), cost=120)
    value_all()

    assert rows("kind", "quantity", "amount", "running_quantity", "running_value") == [
        ("RECEIPT", 1, 100, 1, 100),
        ("SALE", -3, -300, -2, -200),
        ("RECEIPT", 5, 600, 3, 400),
        ("CORRECTION", 0, -40, 3, 360),
    ]


def test_what_arrives_for_a_part_of_what_is_below_zero(shop: Location, tea: Variant) -> None:
    """4 were sold at nothing known. 1 at ¥120 arrives: 3 stay below at nothing, and ¥120 go."""
    post("SALE", (tea, shop, -4))
    post("RECEIPT", (tea, shop, 1), cost=120)
    value_all()

    assert rows("kind", "amount", "running_quantity", "running_value") == [
        ("SALE", 0, -4, 0),
        ("RECEIPT", 120, -3, 120),
        ("CORRECTION", -120, -3, 0),
    ]


def test_goods_paid_as_sold_are_bought_at_the_moment_of_the_sale(shop: Location, tea: Variant) -> None:
    """5 at an agreed ¥70 are worth nothing to us; 2 sold are bought for ¥140 and cost ¥140."""
    theirs = inventory.owner(ownership="PAID_AS_SOLD", supplier="ito")
    post("RECEIPT", (tea, shop, 5), cost=70, owner=theirs)
    sale = post("SALE", (tea, shop, -2))
    post("RETURN", (tea, shop, 1), of=[sale])
    value_all()

    assert rows("kind", "quantity", "amount", "running_quantity", "running_value") == [
        ("RECEIPT", 5, 0, 5, 0),
        ("PURCHASE", 0, 140, 5, 140),
        ("SALE", -2, -140, 3, 0),
        ("RETURN", 1, 70, 4, 70),
        ("PURCHASE", 0, -70, 4, 0),
    ]
    assert owned(shop) == {"PAID_AS_SOLD": 4}


@pytest.mark.parametrize(
    ("first", "left"),
    [("OWN", {"OWN": 0, "CONSIGNED": 1}), ("SUPPLIERS", {"OWN": 1, "CONSIGNED": 0})],
)
def test_whose_units_leave_first_is_the_companys_choice(
    shop: Location, tea: Variant, first: str, left: dict[str, int]
) -> None:
    CostPolicy.objects.create(company=shop.company, valid_from=NOVEMBER, leaves_first=first)
    theirs = inventory.owner(ownership="CONSIGNED", supplier="ito")
    post("RECEIPT", (tea, shop, 2), cost=50)
    post("RECEIPT", (tea, shop, 2), cost=70, owner=theirs)
    post("SALE", (tea, shop, -3))
    value_all()

    assert owned(shop) == left


def test_a_sale_may_take_units_of_two_owners(shop: Location, tea: Variant) -> None:
    """3 sold, own first: 2 own ones at ¥50, 1 of the supplier's, bought at ¥70."""
    theirs = inventory.owner(ownership="PAID_AS_SOLD", supplier="ito")
    post("RECEIPT", (tea, shop, 2), cost=50)
    post("RECEIPT", (tea, shop, 2), cost=70, owner=theirs)
    post("SALE", (tea, shop, -3))
    value_all()

    assert rows("kind", "part", "quantity", "amount")[-3:] == [
        ("SALE", 0, -2, -100),
        ("PURCHASE", 1, 0, 70),
        ("SALE", 2, -1, -70),
    ]


def test_terms_of_supply_stand_in_for_documents_that_are_silent(shop: Location, tea: Variant) -> None:
    theirs = inventory.owner(ownership="PAID_AS_SOLD", supplier="ito")
    SupplyTerm.objects.create(
        company=shop.company, variant=tea, owner=theirs, unit_cost=Decimal(80), valid_from=NOVEMBER
    )
    post("RECEIPT", (tea, shop, 1))
    post("SALE", (tea, shop, -2))
    value_all()

    assert rows("kind", "quantity", "amount", "assumed") == [
        ("RECEIPT", 1, 0, True),
        ("PURCHASE", 0, 160, False),
        ("SALE", -2, -160, False),
    ]
    assert owned(shop) == {"PAID_AS_SOLD": -1}


def test_a_suppliers_delivery_covers_what_was_sold_below_zero(shop: Location, tea: Variant) -> None:
    """2 sold as ours at nothing known; the supplier's 5 arrive at ¥70: we buy 2 of them, ¥140."""
    theirs = inventory.owner(ownership="PAID_AS_SOLD", supplier="ito")
    post("SALE", (tea, shop, -2))
    post("RECEIPT", (tea, shop, 5), cost=70, owner=theirs)
    value_all()

    assert rows() == [
        ("SALE", -2, 0),
        ("RECEIPT", 5, 0),
        ("PURCHASE", 0, 140),
        ("OWNER_CHANGE", -2, -140),
        ("OWNER_CHANGE", 2, 140),
        ("CORRECTION", 0, -140),
    ]
    assert owned(shop) == {"OWN": 0, "PAID_AS_SOLD": 3}
