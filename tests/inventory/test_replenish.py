"""Rates from the ledger, the narrowest rule, suggestions, and what staff answer to them."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from inventory import errors, verification
from inventory import services as inventory
from inventory.models import (
    CostPool,
    LowStock,
    PurchaseOrder,
    ReplenishmentPolicy,
    Reservation,
    StockLevel,
    StockPlan,
    Suggestion,
    Supplier,
    SupplyTerm,
    Transfer,
)
from omni.core.errors import InvalidField
from omni.core.models import Claim as SettledClaim
from omni.outbox.models import Event
from tests import factories
from tests.inventory.replenishing import CLERK, context, moved, policy

pytestmark = pytest.mark.django_db(transaction=True)


def days(variant_id: int) -> tuple[int, int]:
    """Sold, and in stock for how many days."""
    found = StockPlan.objects.get(variant=variant_id)
    return found.sold, found.days_in_stock


def test_a_stock_out_does_not_look_like_no_demand(now: datetime) -> None:
    """30 units at the window's start, sold by 3 a day for ten days; then nothing was there for 18."""
    shop, tea = factories.location(), factories.variant()
    factories.stock(tea, shop, 30)
    for day in range(28, 18, -1):
        moved(tea, shop, -3, days_ago=day, now=now)

    inventory.replenish(now=now)

    assert days(tea.pk) == (30, 10)
    found = StockPlan.objects.get()
    assert (found.window_days, found.until_date, found.made_at) == (28, date(2026, 11, 21), now)


def test_days_are_counted_across_gaps_arrivals_and_the_day_that_is_not_over(now: datetime) -> None:
    shop = factories.location()
    still, new, again, empty = (factories.variant() for _ in range(4))
    factories.stock(still, shop, 5)
    factories.stock(new, shop, 0)
    moved(new, shop, 8, kind="RECEIPT", days_ago=4, now=now)
    moved(new, shop, -2, days_ago=0, now=now)
    factories.stock(again, shop, 4)
    moved(again, shop, -4, days_ago=20, now=now)
    moved(again, shop, 6, kind="RECEIPT", days_ago=5, now=now)
    moved(again, shop, -1, days_ago=3, now=now)
    factories.stock(empty, shop, 0)

    inventory.replenish(now=now)

    assert days(still.pk) == (0, 28)
    assert days(new.pk) == (0, 4)
    # Eight days before it was sold out, that day too, and the five since it came again.
    assert days(again.pk) == (5, 14)
    assert days(empty.pk) == (0, 0)


def test_what_came_back_was_not_sold_and_only_the_window_counts(now: datetime) -> None:
    shop, tea, cup = factories.location(), factories.variant(), factories.variant()
    factories.stock(tea, shop, 50)
    factories.stock(cup, shop, 50)
    moved(tea, shop, -9, days_ago=29, now=now)
    moved(tea, shop, -5, days_ago=28, now=now)
    moved(tea, shop, 2, kind="RETURN", days_ago=1, now=now)
    moved(cup, shop, 2, kind="RETURN", days_ago=1, now=now)
    moved(cup, shop, -7, kind="ADJUSTMENT", days_ago=1, now=now)

    inventory.replenish(now=now)

    assert days(tea.pk) == (3, 28)
    assert days(cup.pk) == (0, 28)


def test_a_days_sale_is_of_the_shops_own_calendar(now: datetime) -> None:
    """It is noon in Tokyo, and ten in the evening before in New York: that day is not over there."""
    shop, tea = factories.location(time_zone="America/New_York"), factories.variant()
    factories.stock(tea, shop, 9)
    moved(tea, shop, -2, days_ago=0, now=now)

    inventory.replenish(now=now)

    assert (days(tea.pk), StockPlan.objects.get().until_date) == ((0, 28), date(2026, 11, 20))


class Scene:
    """A warehouse, two shops that sell 1 and 2 teas a day, and the maker that the warehouse buys from."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.warehouse = factories.location(code="warehouse", kind="WAREHOUSE")
        self.shops = [factories.location(code="one"), factories.location(code="two")]
        self.supplier = factories.supplier(code="maker", lead_time_days=5)
        self.tea = factories.variant(sku="TEA")
        factories.stock(self.tea, self.warehouse, 20)
        for shop, a_day in zip(self.shops, (1, 2), strict=True):
            factories.stock(self.tea, shop, 28 * a_day)
            for day in range(1, 29):
                moved(self.tea, shop, -a_day, days_ago=day, now=now)
            policy(shop, origin=self.warehouse)
        policy(self.warehouse, supplier=self.supplier, lead_time_days=None, cover_days=10)

    def run(self, **options: object) -> inventory.Replenished:
        return inventory.replenish(now=self.now, **options)

    def open(self) -> dict[str, Suggestion]:
        rows = Suggestion.objects.filter(status="OPEN").select_related("location")
        return {row.location.code: row for row in rows}

    def accept(self, *rows: Suggestion, key: str = "") -> inventory.Accepted:
        return inventory.accept_suggestions(suggestion_ids=[row.pk for row in rows], **context(self.now, key))


@pytest.fixture
def scene(now: datetime) -> Scene:
    return Scene(now)


def test_shops_share_what_the_warehouse_has_and_it_buys_the_rest(scene: Scene) -> None:
    done = scene.run()

    found = scene.open()
    # 1 × 9 = 9 and 2 × 9 = 18 are wanted of 20: 6.67 and 13.33.
    assert {code: (row.wanted, row.quantity) for code, row in found.items()} == {
        "one": (9, 7),
        "two": (18, 13),
        # 3 a day × 15 days, less the 20 that are there, and the 27 that leave.
        "warehouse": (52, 52),
    }
    one, office = found["one"], found["warehouse"]
    assert (one.rate, one.lead_time_days, one.cover_days, one.on_hand, one.available) == (1, 2, 7, 0, 0)
    assert (one.origin, one.supplier, one.reorder_point, one.target) == (scene.warehouse, None, 2, 9)
    assert (office.supplier, office.lead_time_days, office.passed_on) == (scene.supplier, 5, 27)
    assert (done.planned, done.replaced, len(done.suggestions)) == (3, 0, 3)
    assert StockPlan.objects.get(location=scene.warehouse).reorder_point == 15


def test_a_new_run_replaces_what_is_open_and_says_the_same(scene: Scene) -> None:
    first = scene.run()
    again = inventory.replenish(now=scene.now + timedelta(minutes=1))

    assert again.suggestions == first.suggestions
    assert (again.replaced, Suggestion.objects.filter(status="STALE").count()) == (3, 3)
    assert len(scene.open()) == 3
    inventory.replenish(now=scene.now + timedelta(days=32))
    assert Suggestion.objects.filter(made_at=scene.now).count() == 0


def test_a_run_for_one_place_leaves_the_others_suggestions(scene: Scene) -> None:
    scene.run()
    kept = scene.open()["two"].pk

    done = inventory.replenish(now=scene.now + timedelta(minutes=1), location_id=scene.shops[0].pk)

    assert [(line.location, line.quantity) for line in done.suggestions] == [("one", 7)]
    assert (done.replaced, scene.open()["two"].pk) == (1, kept)


def test_a_dry_run_leaves_nothing(scene: Scene) -> None:
    out = StringIO()
    call_command("replenish", "--dry-run", "--json", "--location", "one", stdout=out)

    [line] = json.loads(out.getvalue())["suggestions"]
    assert (line["sku"], line["location"], line["source"]) == ("TEA", "one", "warehouse")
    assert not StockPlan.objects.exists()
    assert not Suggestion.objects.exists()
    with pytest.raises(CommandError, match="no open location nowhere"):
        call_command("replenish", "--location", "nowhere", stdout=out)


def test_the_narrowest_rule_holds(now: datetime) -> None:
    shop, office = factories.location(), factories.location()
    food = factories.category(code="food", path="food")
    drink = factories.category(code="drink", path="food/drink", parent=food)
    foods = factories.category(code="foods", path="foods")
    tea, rice, cup, other = (factories.variant(sku=sku) for sku in ("TEA", "RICE", "CUP", "OTHER"))
    for variant, category in ((tea, drink), (rice, food), (cup, foods), (other, drink)):
        Product.objects.filter(pk=variant.product_id).update(category=category)
    for variant in (tea, rice, cup, other):
        factories.stock(variant, shop, 0)
        factories.stock(variant, office, 100)
    for safety, goods in ((1, {}), (2, {"category": food}), (3, {"category": drink}), (4, {"variant": tea})):
        policy(shop, origin=office, safety=safety, **goods)

    inventory.replenish(now=now)

    wanted = dict(Suggestion.objects.values_list("variant__sku", "quantity"))
    assert wanted == {"TEA": 4, "RICE": 2, "CUP": 1, "OTHER": 3}


def test_what_a_rule_names_comes_to_a_place_that_never_had_it(now: datetime) -> None:
    shop, office, tea = factories.location(), factories.location(), factories.variant()
    gone = factories.variant(archived_at=now)
    for variant in (tea, gone):
        factories.stock(variant, office, 10)
        policy(shop, origin=office, variant=variant, safety=3)

    inventory.replenish(now=now)

    assert list(Suggestion.objects.values_list("variant", "quantity")) == [(tea.pk, 3)]
    accepted = inventory.accept_suggestions(suggestion_ids=[Suggestion.objects.get().pk], **context(now))
    assert accepted.accepted == 1


def test_the_work_takes_as_many_queries_for_many_levels_as_for_few(scene: Scene) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            scene.run()
        return len(captured)

    scene.run()
    few = queries()
    for _ in range(20):
        variant = factories.variant()
        factories.stock(variant, scene.shops[0], 0)
        factories.stock(variant, scene.warehouse, 40)
        policy(scene.shops[0], origin=scene.warehouse, variant=variant, safety=2)

    assert queries() == few
    assert Suggestion.objects.filter(status="OPEN").count() == 23


def test_suggestions_become_one_document_for_each_pair_of_places(scene: Scene) -> None:
    SupplyTerm.objects.create(
        company=scene.warehouse.company,
        variant=scene.tea,
        owner=inventory.own(),
        unit_cost=Decimal(640),
        valid_from=date(2026, 1, 1),
    )
    scene.run()
    found = scene.open()

    done = scene.accept(*found.values())

    assert (done.accepted, len(done.documents), done.left, done.closed) == (3, 3, (), 0)
    transfers = {row.destination.code: row for row in Transfer.objects.select_related("destination")}
    assert {code: row.lines.get().quantity for code, row in transfers.items()} == {"one": 7, "two": 13}
    assert (transfers["one"].status, transfers["one"].expected_date) == ("REQUESTED", date(2026, 11, 24))
    order = PurchaseOrder.objects.get()
    line = order.lines.get()
    assert (order.status, order.supplier, order.destination) == ("DRAFT", scene.supplier, scene.warehouse)
    assert (line.quantity, line.unit_cost) == (52, 640)
    assert StockLevel.objects.get(location=scene.warehouse).reserved == 20
    settled = Suggestion.objects.get(pk=found["one"].pk)
    assert (settled.status, settled.transfer, settled.actor) == ("ACCEPTED", transfers["one"], str(CLERK))
    assert (settled.decided_at, settled.purchase_order) == (scene.now, None)
    assert verification.find_drifts() == []
    # What is asked for is not suggested again.
    assert inventory.replenish(now=scene.now + timedelta(minutes=1)).suggestions == ()


def ordered_at(scene: Scene) -> tuple[Decimal, tuple[str, ...]]:
    """The unit cost in the draft that the warehouse's suggestion becomes, and what had none."""
    scene.run()
    done = scene.accept(scene.open()["warehouse"])
    return PurchaseOrder.objects.latest("pk").lines.get().unit_cost, done.uncosted


def bought(scene: Scene, cost: int, supplier: Supplier | None = None, *, days_ago: int = 30) -> None:
    """An order of the warehouse's, placed and called off again."""
    at = scene.now - timedelta(days=days_ago)
    draft = inventory.draft_purchase_order(
        supplier_id=(supplier or scene.supplier).pk,
        destination_id=scene.warehouse.pk,
        lines=[inventory.OrderedLine(scene.tea.pk, 1, Decimal(cost))],
        **context(at),
    )
    order = PurchaseOrder.objects.get(number=draft.number)
    inventory.place_purchase_order(order_id=order.pk, **context(at))
    inventory.cancel_purchase_order(order_id=order.pk, reason="test", **context(at))


def term(scene: Scene, cost: int, supplier: str = "") -> None:
    SupplyTerm.objects.create(
        company=scene.warehouse.company,
        variant=scene.tea,
        owner=inventory.owner(ownership="CONSIGNED" if supplier else "OWN", supplier=supplier),
        unit_cost=Decimal(cost),
        valid_from=date(2026, 1, 1),
    )


def test_without_a_term_of_supply_it_costs_what_was_last_ordered_from_there(scene: Scene) -> None:
    bought(scene, 600, days_ago=40)
    bought(scene, 620, days_ago=20)
    bought(scene, 0, days_ago=10)
    bought(scene, 999, factories.supplier(company=scene.supplier.company), days_ago=5)
    # Another supplier's term says nothing of this one.
    term(scene, 70, supplier="another")

    assert ordered_at(scene) == (620, ())


def test_a_term_of_supply_goes_before_what_was_last_ordered(scene: Scene) -> None:
    bought(scene, 620)
    term(scene, 640)

    assert ordered_at(scene) == (640, ())


def test_else_it_costs_what_a_unit_last_cost(scene: Scene) -> None:
    CostPool.objects.create(
        company=scene.warehouse.company,
        variant=scene.tea,
        owner=inventory.own(),
        quantity=20,
        value=11_000,
        unit_cost=550,
        currency="JPY",
    )

    assert ordered_at(scene) == (550, ())


def test_of_what_no_cost_is_known_that_is_told(scene: Scene) -> None:
    CostPool.objects.create(
        company=scene.warehouse.company,
        variant=scene.tea,
        owner=inventory.own(),
        quantity=20,
        value=0,
        unit_cost=0,
        currency="JPY",
    )

    assert ordered_at(scene) == (0, ("TEA",))


def test_a_second_click_does_nothing(scene: Scene) -> None:
    scene.run()
    one = scene.open()["one"]

    first = scene.accept(one, key="same")
    second = scene.accept(one, key="same")

    assert (second, Transfer.objects.count()) == (first, 1)
    with pytest.raises(errors.SuggestionNotOpen):
        scene.accept(one)
    assert Transfer.objects.count() == 1


def test_what_is_not_there_any_more_is_left(scene: Scene) -> None:
    scene.run()
    found = scene.open()
    moved(scene.tea, scene.warehouse, -8, days_ago=0, now=scene.now)

    done = scene.accept(found["one"], found["two"])

    assert (done.accepted, done.left) == (1, ("TEA",))
    assert set(scene.open()) == {"two", "warehouse"}
    claims = SettledClaim.objects.count()
    with pytest.raises(errors.InsufficientStock) as refused:
        scene.accept(found["two"])
    assert refused.value.data()["shortages"] == [
        {"sku": "TEA", "location": "warehouse", "requested": 13, "available": 5}
    ]
    assert (Transfer.objects.count(), SettledClaim.objects.count()) == (1, claims)


def test_what_has_run_out_is_there_for_who_accepts(scene: Scene) -> None:
    """All that was suggested is held when it is accepted, but the hold's time is over: no worker has run."""
    scene.run()
    found = scene.open()
    held = {"variant_id": scene.tea.pk, "location_id": scene.warehouse.pk, "quantity": 16, "note": "slip 12"}
    ends = scene.now + timedelta(hours=1)
    inventory.hold_stock(**held, expires_at=ends, **context(scene.now, "hold"))
    with pytest.raises(errors.InsufficientStock):
        scene.accept(found["two"], key="early")
    scene.now = ends

    done = scene.accept(found["two"], key="late")

    assert (done.accepted, done.left) == (1, ())
    assert Reservation.objects.get(source__startswith="hold:").status == "EXPIRED"
    assert StockLevel.objects.get(location=scene.warehouse).reserved == 13
    assert verification.find_drifts() == []


def test_what_has_run_out_keeps_nothing_from_replenishment(scene: Scene) -> None:
    """The shops want 27 of the warehouse's 20, of which 16 are held: no worker closes the hold."""
    held = {"variant_id": scene.tea.pk, "location_id": scene.warehouse.pk, "quantity": 16, "note": "slip 12"}
    ends = scene.now + timedelta(hours=1)
    inventory.hold_stock(**held, expires_at=ends, **context(scene.now, "hold"))
    scene.run()
    kept = {code: row.quantity for code, row in scene.open().items()}
    scene.now = ends

    scene.run()

    freed = {code: row.quantity for code, row in scene.open().items()}
    assert (sum(kept[code] for code in ("one", "two")), kept["warehouse"]) == (4, 68)
    assert freed == {"one": 7, "two": 13, "warehouse": 52}


def test_a_purchase_whose_supplier_is_gone_takes_nothing_with_it(scene: Scene) -> None:
    scene.run()
    found = scene.open()
    type(scene.supplier).objects.update(active=False)

    with pytest.raises(errors.UnknownSupplier):
        scene.accept(*found.values())

    assert (len(scene.open()), Transfer.objects.count(), PurchaseOrder.objects.count()) == (3, 0, 0)


def test_what_is_dismissed_is_quiet_for_a_week(scene: Scene) -> None:
    scene.run()
    one = scene.open()["one"]
    with pytest.raises(InvalidField):
        inventory.dismiss_suggestion(suggestion_id=one.pk, reason=" ", **context(scene.now))

    inventory.dismiss_suggestion(suggestion_id=one.pk, reason="shelf is full", **context(scene.now))

    one.refresh_from_db()
    assert (one.status, one.reason, one.actor) == ("DISMISSED", "shelf is full", str(CLERK))
    inventory.replenish(now=scene.now + timedelta(days=6))
    assert "one" not in scene.open()
    inventory.replenish(now=scene.now + timedelta(days=7))
    assert "one" in scene.open()


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": None},
        {"supplier": "both"},
        {"origin": "itself"},
        {"pack": 0},
        {"variant": 1, "category": 1},
    ],
)
def test_rules_that_make_no_sense_are_refused(fields: dict[str, object]) -> None:
    shop, office = factories.location(), factories.location()
    made = {
        "supplier": factories.supplier(),
        "variant": factories.variant(),
        "category": factories.category(),
    }
    told = {name: made.get(name, value) if value else value for name, value in fields.items()}
    if told.get("origin") == "itself":
        told["origin"] = shop

    with pytest.raises(IntegrityError):
        policy(shop, **{"origin": office, **told})
    assert not ReplenishmentPolicy.objects.exists()


def events() -> list[dict[str, list[int]]]:
    rows = Event.objects.filter(type="inventory.low-stock.v1").order_by("recorded_at")
    return list(rows.values_list("payload", flat=True))


def test_a_fall_is_told_once_and_again_after_it_recovered(scene: Scene) -> None:
    """The warehouse's reorder point is 3 a day × 5 days = 15, and it has 20."""
    scene.run()
    assert inventory.watch_low_stock(now=scene.now) == 2  # both shops are empty
    Event.objects.all().delete()

    moved(scene.tea, scene.warehouse, -4, days_ago=0, now=scene.now)
    assert inventory.watch_low_stock(now=scene.now) == 0  # 16
    moved(scene.tea, scene.warehouse, -1, days_ago=0, now=scene.now)
    assert inventory.watch_low_stock(now=scene.now) == 1  # 15: at the point
    moved(scene.tea, scene.warehouse, -1, days_ago=0, now=scene.now)
    assert inventory.watch_low_stock(now=scene.now) == 0  # still low
    moved(scene.tea, scene.warehouse, 6, kind="RECEIPT", days_ago=0, now=scene.now)
    assert inventory.watch_low_stock(now=scene.now) == 0  # 20 again
    moved(scene.tea, scene.warehouse, -9, days_ago=0, now=scene.now)
    assert inventory.watch_low_stock(now=scene.now) == 1

    assert events() == [
        {"variant_ids": [scene.tea.pk], "location_ids": [scene.warehouse.pk]},
        {"variant_ids": [scene.tea.pk], "location_ids": [scene.warehouse.pk]},
    ]
    falls = LowStock.objects.filter(location=scene.warehouse).order_by("pk")
    assert [(row.available, row.reorder_point, row.recovered_at is None) for row in falls] == [
        (15, 15, False),
        (11, 15, True),
    ]


def test_what_has_run_out_makes_nothing_low(scene: Scene) -> None:
    """20 in the warehouse, 5 of them held: 15 is its reorder point, until the hold has expired."""
    scene.run()
    held = {"variant_id": scene.tea.pk, "location_id": scene.warehouse.pk, "quantity": 5, "note": "slip 12"}
    ends = scene.now + timedelta(hours=1)
    inventory.hold_stock(**held, expires_at=ends, **context(scene.now, "hold"))
    low = LowStock.objects.filter(location=scene.warehouse, recovered_at=None)

    inventory.watch_low_stock(now=scene.now)
    assert [row.available for row in low.all()] == [15]
    inventory.watch_low_stock(now=ends)

    assert not low.exists()
    assert inventory.watch_low_stock(now=ends) == 0


def test_who_loses_the_rule_is_no_longer_low(scene: Scene) -> None:
    scene.run()
    inventory.watch_low_stock(now=scene.now)
    ReplenishmentPolicy.objects.filter(location=scene.shops[0]).delete()

    scene.run()
    inventory.watch_low_stock(now=scene.now)

    low = LowStock.objects.filter(recovered_at=None).values_list("location__code", flat=True)
    assert list(low) == ["two"]
