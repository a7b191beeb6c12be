"""Purchase orders: what is under way, what a delivery books, and what is refused."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from inventory import errors, selectors, verification
from inventory import services as inventory
from inventory.models import (
    Owner,
    PurchaseOrder,
    PurchaseReceipt,
    ReceiptCost,
    StockDocument,
    StockEntry,
    StockLevel,
    Supplier,
    SupplyTerm,
    Transfer,
    Valuation,
)
from inventory.services import Arrival, OrderedLine, PurchaseOrderNow
from inventory.services.valuation import value_entries
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.models import Claim as SettledClaim
from omni.outbox.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor.user(7)


def context(now: datetime, key: str = "") -> dict[str, Any]:
    key = key or f"key-{factories.number()}"
    claim = Claim.of(actor=CLERK, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": CLERK, "now": now}


class Scene:
    """A hundred of TEA at 1,200 yen and ten of CUP at 80.5, for one shop; 5 % more is tolerated."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.supplier = factories.supplier(lead_time_days=3, over_tolerance=Decimal("0.05"))
        self.shop = factories.location(code="shibuya")
        self.tea, self.cup = factories.variant(sku="TEA"), factories.variant(sku="CUP")
        self.lines = [
            OrderedLine(self.tea.pk, 100, Decimal(1200)),
            OrderedLine(self.cup.pk, 10, Decimal("80.5")),
        ]

    def draft(self, **options: Any) -> PurchaseOrder:
        done = inventory.draft_purchase_order(
            **{
                "supplier_id": self.supplier.pk,
                "destination_id": self.shop.pk,
                "lines": self.lines,
                **context(self.now),
                **options,
            }
        )
        return PurchaseOrder.objects.get(number=done.number)

    def placed(self) -> PurchaseOrder:
        order = self.draft()
        inventory.place_purchase_order(order_id=order.pk, **context(self.now))
        order.refresh_from_db()
        return order

    def receive(
        self, order: PurchaseOrder, *arrivals: tuple[int, int, int], key: str = "", **options: Any
    ) -> PurchaseOrderNow:
        return inventory.receive_purchase_order(
            order_id=order.pk,
            arrivals=[Arrival(*arrival) for arrival in arrivals],
            **context(self.now, key),
            **options,
        )

    def levels(self) -> dict[str, tuple[int, int, int]]:
        """On hand, incoming, damaged by sku."""
        rows = StockLevel.objects.values_list("variant__sku", "on_hand", "incoming", "damaged")
        return {sku: figures for sku, *rest in rows if (figures := tuple(rest))}


@pytest.fixture
def scene(now: datetime) -> Scene:
    return Scene(now)


def status(order: PurchaseOrder) -> str:
    order.refresh_from_db()
    return order.status


def books_add_up() -> None:
    assert verification.find_drifts() == []


def test_a_draft_is_written_down_and_nothing_is_under_way(scene: Scene) -> None:
    order = scene.draft()

    assert (order.status, order.currency, order.over_tolerance) == ("DRAFT", "JPY", Decimal("0.05"))
    assert (order.company, order.number) == (scene.supplier.company, f"P{order.pk:07d}")
    assert list(order.lines.order_by("pk").values_list("variant__sku", "quantity", "unit_cost")) == [
        ("TEA", 100, Decimal(1200)),
        ("CUP", 10, Decimal("80.5")),
    ]
    assert not StockLevel.objects.exists()


def test_a_draft_is_revised_until_it_is_ordered(scene: Scene) -> None:
    order = scene.draft()

    inventory.revise_purchase_order(
        order_id=order.pk, lines=scene.lines[:1], expected_date=date(2026, 12, 1), **context(scene.now)
    )
    inventory.place_purchase_order(order_id=order.pk, **context(scene.now))
    with pytest.raises(errors.PurchaseOrderNotInState):
        inventory.revise_purchase_order(order_id=order.pk, lines=scene.lines, **context(scene.now))

    assert (status(order), order.expected_date) == ("ORDERED", date(2026, 12, 1))
    assert scene.levels() == {"TEA": (0, 100, 0)}


def test_what_is_ordered_is_incoming_after_the_lead_time(scene: Scene) -> None:
    order = scene.placed()

    assert (order.status, order.ordered_at) == ("ORDERED", scene.now)
    assert order.expected_date == date(2026, 11, 25)
    assert scene.levels() == {"TEA": (0, 100, 0), "CUP": (0, 10, 0)}
    changed = Event.objects.get(type="inventory.incoming-changed.v1").payload
    assert changed == {
        "variant_ids": [scene.tea.pk, scene.cup.pk],
        "location_ids": [scene.shop.pk, scene.shop.pk],
    }
    assert not Event.objects.filter(type="inventory.stock-changed.v1").exists()
    books_add_up()


def test_the_day_is_the_destinations_own(scene: Scene) -> None:
    """At three in the morning UTC it is the evening before in New York."""
    scene.shop.time_zone = "America/New_York"
    scene.shop.save()

    assert scene.placed().expected_date == date(2026, 11, 24)


def test_a_delivery_in_parts_takes_down_what_is_incoming(scene: Scene) -> None:
    order = scene.placed()

    first = scene.receive(order, (scene.tea.pk, 60, 0), number="D-1")
    assert (first.status, first.document) == ("PARTIALLY_RECEIVED", "D-1")
    assert scene.levels() == {"TEA": (60, 40, 0), "CUP": (0, 10, 0)}
    second = scene.receive(order, (scene.tea.pk, 38, 2), (scene.cup.pk, 10, 0), number="D-2")

    assert (second.status, status(order), order.closed_at) == ("RECEIVED", "RECEIVED", scene.now)
    assert scene.levels() == {"TEA": (100, 0, 2), "CUP": (10, 0, 0)}
    assert [(line.sku, line.received, line.damaged) for line in second.lines] == [
        ("CUP", 10, 0),
        ("TEA", 98, 2),
    ]
    posted = StockEntry.objects.filter(document__number="D-2").order_by("id")
    assert list(posted.values_list("variant__sku", "kind", "bucket", "delta", "reason")) == [
        ("TEA", "RECEIPT", "ON_HAND", 40, ""),
        ("TEA", "DAMAGE", "DAMAGED", 2, "damaged"),
        ("CUP", "RECEIPT", "ON_HAND", 10, ""),
    ]
    documents = order.receipts.order_by("pk").values_list("document__kind", "document__number")
    assert list(documents) == [("RECEIPT", "D-1"), ("RECEIPT", "D-2")]
    books_add_up()


def test_a_replayed_delivery_answers_the_same_and_adds_nothing(scene: Scene) -> None:
    order = scene.placed()

    first = scene.receive(order, (scene.tea.pk, 60, 0), key="once")
    again = scene.receive(order, (scene.tea.pk, 60, 0), key="once")

    assert again == first
    assert scene.levels()["TEA"] == (60, 40, 0)


def test_a_delivery_note_is_booked_once_at_the_location_with_an_order_or_without(scene: Scene) -> None:
    order = scene.placed()
    scene.receive(order, (scene.tea.pk, 60, 0), number="D-1")
    claims = SettledClaim.objects.count()

    with pytest.raises(errors.AlreadyPosted):
        scene.receive(order, (scene.tea.pk, 40, 0), number="D-1")
    with pytest.raises(errors.AlreadyPosted):
        inventory.receive_stock(
            location_id=scene.shop.pk, lines=[(scene.tea.pk, 40)], number="D-1", **context(scene.now)
        )

    assert scene.levels()["TEA"] == (60, 40, 0)
    assert order.lines.get(variant=scene.tea).received == 60
    assert (SettledClaim.objects.count(), PurchaseReceipt.objects.count()) == (claims, 1)
    books_add_up()


def test_more_than_ordered_is_taken_up_to_the_tolerance(scene: Scene) -> None:
    order = scene.placed()

    done = scene.receive(order, (scene.tea.pk, 105, 0))

    assert done.status == "PARTIALLY_RECEIVED"
    assert scene.levels() == {"TEA": (105, 0, 0), "CUP": (0, 10, 0)}
    books_add_up()


def test_beyond_the_tolerance_it_is_refused_unless_confirmed_with_a_reason(scene: Scene) -> None:
    """All deliveries together, and what is damaged counts: it arrived."""
    order = scene.placed()
    scene.receive(order, (scene.tea.pk, 90, 0))

    with pytest.raises(errors.OverDelivered) as refusal:
        scene.receive(order, (scene.tea.pk, 15, 1), (scene.cup.pk, 11, 0), number="D-2")
    assert refusal.value.data() == {
        "lines": [
            {"sku": "CUP", "ordered": 10, "arrived": 11, "allowed": 10},
            {"sku": "TEA", "ordered": 100, "arrived": 106, "allowed": 105},
        ]
    }
    assert scene.levels() == {"TEA": (90, 10, 0), "CUP": (0, 10, 0)}
    assert not StockDocument.objects.filter(number="D-2").exists()

    done = scene.receive(
        order, (scene.tea.pk, 15, 1), (scene.cup.pk, 11, 0), number="D-2", over_reason="sold well"
    )
    assert (done.status, scene.levels()) == ("RECEIVED", {"TEA": (106, 0, 1), "CUP": (11, 0, 0)})
    assert order.receipts.get(document__number="D-2").over_reason == "sold well"
    books_add_up()


def test_closing_short_gives_back_what_is_not_expected_any_more(scene: Scene) -> None:
    order = scene.placed()
    scene.receive(order, (scene.tea.pk, 60, 0))

    with pytest.raises(InvalidField):
        inventory.close_purchase_order(order_id=order.pk, reason="", **context(scene.now))
    inventory.close_purchase_order(order_id=order.pk, reason="sold out there", **context(scene.now))

    assert (status(order), order.reason, order.closed_at) == ("CLOSED", "sold out there", scene.now)
    assert scene.levels() == {"TEA": (60, 0, 0), "CUP": (0, 0, 0)}
    with pytest.raises(errors.PurchaseOrderNotInState):
        scene.receive(order, (scene.tea.pk, 40, 0))
    books_add_up()


def test_what_is_ordered_twice_stays_incoming_once_the_other_is_cancelled(scene: Scene) -> None:
    one, other = scene.placed(), scene.placed()
    assert scene.levels() == {"TEA": (0, 200, 0), "CUP": (0, 20, 0)}

    inventory.cancel_purchase_order(order_id=one.pk, reason="twice", **context(scene.now))

    assert (status(one), status(other)) == ("CANCELLED", "ORDERED")
    assert scene.levels() == {"TEA": (0, 100, 0), "CUP": (0, 10, 0)}
    books_add_up()


def test_a_draft_is_thrown_away_without_touching_stock(scene: Scene) -> None:
    order = scene.draft()

    inventory.cancel_purchase_order(order_id=order.pk, reason="no", **context(scene.now))

    assert (status(order), StockLevel.objects.exists()) == ("CANCELLED", False)


def test_of_what_has_partly_arrived_the_rest_is_closed_not_cancelled(scene: Scene) -> None:
    order = scene.placed()
    scene.receive(order, (scene.tea.pk, 1, 0))

    with pytest.raises(errors.PurchaseOrderNotInState) as refusal:
        inventory.cancel_purchase_order(order_id=order.pk, reason="no", **context(scene.now))

    assert refusal.value.data()["order"] == order.number
    assert scene.levels()["TEA"] == (1, 99, 0)


def of_a_variant_twice(scene: Scene) -> None:
    scene.draft(lines=[scene.lines[0], scene.lines[0]])


def of_nothing(scene: Scene) -> None:
    scene.draft(lines=[])


def of_what_keeps_no_stock(scene: Scene) -> None:
    scene.draft(lines=[OrderedLine(factories.variant(keeps_stock=False).pk, 1, Decimal(1))])


def from_nobody(scene: Scene) -> None:
    Supplier.objects.update(active=False)
    scene.draft()


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        (of_a_variant_twice, InvalidField),
        (of_nothing, InvalidField),
        (of_what_keeps_no_stock, errors.KeepsNoStock),
        (from_nobody, errors.UnknownSupplier),
    ],
)
def test_a_refused_draft_writes_nothing(
    scene: Scene, draft: Callable[[Scene], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        draft(scene)

    assert not PurchaseOrder.objects.exists()
    assert not SettledClaim.objects.exists()
    assert not Event.objects.exists()


def test_what_is_not_on_the_order_is_not_received_against_it(scene: Scene) -> None:
    order = scene.placed()

    with pytest.raises(errors.NotExpected) as refusal:
        scene.receive(order, (factories.variant(sku="POT").pk, 1, 0))
    with pytest.raises(InvalidField):
        scene.receive(order)

    assert refusal.value.data() == {"skus": ["POT"]}
    assert (status(order), scene.levels()["TEA"]) == ("ORDERED", (0, 100, 0))


def test_goods_are_booked_though_a_drift_has_left_too_little_incoming(scene: Scene) -> None:
    order = scene.placed()
    StockLevel.objects.update(incoming=5)

    scene.receive(order, (scene.tea.pk, 60, 0))

    assert scene.levels()["TEA"] == (60, 0, 0)
    drifts = {drift.where["sku"]: drift for drift in verification.find_drifts()}
    assert (drifts["TEA"].kind, drifts["TEA"].expected, drifts["TEA"].found) == ("stock-incoming", 40, 0)


def test_incoming_is_told_apart_by_document_and_day(scene: Scene) -> None:
    late, soon = scene.placed(), scene.draft(expected_date=date(2026, 11, 23), lines=scene.lines[:1])
    inventory.place_purchase_order(order_id=soon.pk, **context(scene.now))
    scene.receive(late, (scene.tea.pk, 60, 0))
    warehouse = factories.location()
    factories.stock(scene.tea, warehouse, 8)
    sent = inventory.request_transfer(
        origin_id=warehouse.pk,
        destination_id=scene.shop.pk,
        lines=[(scene.tea.pk, 8)],
        **context(scene.now),
    ).number
    options = {"variant_ids": [scene.tea.pk], "location_ids": [scene.shop.pk]}
    assert len(selectors.list_expected(**options)) == 2
    transfer = Transfer.objects.get(number=sent)
    inventory.ship_transfer(transfer_id=transfer.pk, **context(scene.now))

    expected = selectors.list_expected(**options)

    assert [(one.document, one.expected_date, one.quantity) for one in expected] == [
        (soon.number, date(2026, 11, 23), 100),
        (late.number, date(2026, 11, 25), 40),
        (sent, None, 8),
    ]
    assert StockLevel.objects.get(variant=scene.tea, location=scene.shop).incoming == 148
    elsewhere = selectors.list_expected(variant_ids=[scene.tea.pk], location_ids=[warehouse.pk])
    assert elsewhere == []


def test_what_arrives_costs_what_was_ordered(scene: Scene) -> None:
    order = scene.placed()

    scene.receive(order, (scene.tea.pk, 60, 0), (scene.cup.pk, 10, 0), number="D-1")

    costs = ReceiptCost.objects.order_by("pk").values_list("document__number", "variant__sku", "unit_cost")
    assert list(costs) == [("D-1", "TEA", Decimal(1200)), ("D-1", "CUP", Decimal("80.5"))]


@pytest.mark.parametrize("ownership", ["CONSIGNED", "PAID_AS_SOLD"])
def test_what_stays_the_suppliers_is_not_bought_by_arriving(scene: Scene, ownership: str) -> None:
    order = scene.placed()
    theirs = Owner.objects.create(ownership=ownership, supplier=order.supplier.code)
    others = Owner.objects.create(ownership=ownership, supplier="somebody-else")
    for variant, owner in ((scene.tea, theirs), (scene.cup, others)):
        SupplyTerm.objects.create(
            company=order.company, variant=variant, owner=owner, unit_cost=1, valid_from=date(2026, 1, 1)
        )

    scene.receive(order, (scene.tea.pk, 60, 0), (scene.cup.pk, 10, 0))

    told = {cost.variant_id: cost for cost in ReceiptCost.objects.select_related("owner")}
    assert (told[scene.tea.pk].owner, told[scene.tea.pk].unit_cost) == (theirs, 1200)
    assert told[scene.cup.pk].owner.ownership == "OWN"
    value_entries(patience=0)
    assert set(Valuation.objects.filter(variant=scene.tea).values_list("quantity", "amount")) == {(60, 0)}
