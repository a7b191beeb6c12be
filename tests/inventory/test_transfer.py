"""Transfers in steps: what each writes, what each refuses, and how differences are settled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from catalog.models import Variant
from inventory import errors, verification
from inventory import services as inventory
from inventory.models import (
    Discrepancy,
    MovementOrigin,
    Reservation,
    StockDocument,
    StockEntry,
    StockLevel,
    Transfer,
    TransferDifference,
)
from inventory.services import Arrival, TransferNow
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.models import Claim as SettledClaim
from omni.outbox.models import Event
from organisation.models import Location
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor.user(7)


def context(now: datetime, key: str = "") -> dict[str, Any]:
    key = key or f"key-{factories.number()}"
    claim = Claim.of(actor=CLERK, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": CLERK, "now": now}


class Scene:
    """Ten of TEA here, none there."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.here, self.there = factories.location(code="here"), factories.location(code="there")
        self.tea = factories.variant(sku="TEA")
        factories.stock(self.tea, self.here, 10)

    def request(self, units: int = 6, **options: Any) -> Transfer:
        done = inventory.request_transfer(
            origin_id=self.here.pk,
            destination_id=self.there.pk,
            lines=[(self.tea.pk, units)],
            **{**context(self.now), **options},
        )
        return Transfer.objects.get(number=done.number)

    def ship(self, transfer: Transfer, quantities: Mapping[int, int] | None = None) -> TransferNow:
        return inventory.ship_transfer(transfer_id=transfer.pk, quantities=quantities, **context(self.now))

    def shipped(self, units: int = 6) -> Transfer:
        transfer = self.request(units)
        self.ship(transfer)
        return transfer

    def receive(
        self, transfer: Transfer, received: int, damaged: int = 0, *, complete: bool = False, key: str = ""
    ) -> TransferNow:
        arrivals = [Arrival(self.tea.pk, received, damaged)] if received + damaged else []
        return inventory.receive_transfer(
            transfer_id=transfer.pk, arrivals=arrivals, complete=complete, **context(self.now, key)
        )

    def settle(self, how: str, quantity: int, nature: str) -> TransferNow:
        difference = TransferDifference.objects.get(nature=nature)
        return inventory.settle_difference(
            difference_id=difference.pk, how=how, quantity=quantity, reason="looked", **context(self.now)
        )

    def at(self, place: Location, variant: Variant | None = None) -> tuple[int, int, int, int]:
        """On hand, reserved, incoming, damaged."""
        level = StockLevel.objects.get(location=place, variant=variant or self.tea)
        return level.on_hand, level.reserved, level.incoming, level.damaged


@pytest.fixture
def scene(now: datetime) -> Scene:
    return Scene(now)


def state(transfer: Transfer) -> str:
    transfer.refresh_from_db()
    return transfer.status


def rows(number: str) -> list[tuple[str, str, str, int]]:
    entries = StockEntry.objects.filter(document__number=number).order_by("id")
    return list(entries.values_list("location__code", "kind", "bucket", "delta"))


def books_add_up() -> None:
    assert verification.find_drifts() == []


def test_a_request_holds_its_units_so_that_they_are_not_sold_away(scene: Scene) -> None:
    transfer = scene.request(6)

    assert (state(transfer), scene.at(scene.here)) == ("REQUESTED", (10, 6, 0, 0))
    held = Reservation.objects.get()
    assert (held.status, held.quantity, held.expires_at) == ("COMMITTED", 6, None)
    assert held.source == f"transfer:{transfer.number}:{transfer.lines.get().pk}"
    wants = [inventory.Want(scene.tea.pk, scene.here.pk, 5, "order:1:1")]
    with pytest.raises(errors.InsufficientStock), db.transaction():
        inventory.reserve(wants=wants, expires_at=None, actor=CLERK, now=scene.now)
    assert set(Event.objects.values_list("type", flat=True)) == {
        "inventory.stock-changed.v1",
        "inventory.transfer-changed.v1",
    }
    books_add_up()


def test_a_request_of_what_is_not_available_writes_nothing(scene: Scene) -> None:
    StockLevel.objects.update(safety_stock=5)

    with pytest.raises(errors.InsufficientStock) as refusal:
        scene.request(6)

    assert refusal.value.data() == {
        "shortages": [{"sku": "TEA", "location": "here", "requested": 6, "available": 5}]
    }
    assert not Transfer.objects.exists()
    assert not Reservation.objects.exists()
    assert not SettledClaim.objects.exists()


def test_shipped_units_leave_the_origin_and_are_incoming(scene: Scene) -> None:
    transfer = scene.request(6)

    done = scene.ship(transfer)

    assert (state(transfer), transfer.shipped_at) == ("SHIPPED", scene.now)
    assert (scene.at(scene.here), scene.at(scene.there)) == ((4, 0, 0, 0), (0, 0, 6, 0))
    assert rows(f"{transfer.number}:out") == [("here", "TRANSFER_OUT", "ON_HAND", -6)]
    assert done.document == f"{transfer.number}:out"
    assert [(level.location, level.on_hand, level.incoming) for level in done.levels] == [
        ("here", 4, 0),
        ("there", 0, 6),
    ]
    assert Reservation.objects.get().status == "FULFILLED"
    assert Event.objects.filter(type="inventory.incoming-changed.v1").get().payload == {
        "variant_ids": [scene.tea.pk],
        "location_ids": [scene.there.pk],
    }
    books_add_up()


def test_what_is_not_sent_is_free_again(scene: Scene) -> None:
    transfer = scene.request(6)

    scene.ship(transfer, {scene.tea.pk: 4})

    line = transfer.lines.get()
    assert (line.quantity, line.shipped) == (6, 4)
    assert (scene.at(scene.here), scene.at(scene.there)) == ((6, 0, 0, 0), (0, 0, 4, 0))
    statuses = Reservation.objects.order_by("id").values_list("status", "quantity")
    assert list(statuses) == [("RELEASED", 2), ("FULFILLED", 4)]
    books_add_up()


@pytest.mark.parametrize(("units", "error"), [(7, errors.QuantityExceedsReservation), (0, InvalidField)])
def test_more_than_was_asked_for_or_nothing_is_not_sent(
    scene: Scene, units: int, error: type[Exception]
) -> None:
    transfer = scene.request(6)

    with pytest.raises(error):
        scene.ship(transfer, {scene.tea.pk: units})

    assert (state(transfer), scene.at(scene.here)) == ("REQUESTED", (10, 6, 0, 0))
    assert transfer.lines.get().shipped == 0


def test_a_transfer_arrives_in_parts(scene: Scene) -> None:
    transfer = scene.shipped(6)

    first = scene.receive(transfer, 4)
    assert (first.status, scene.at(scene.there)) == ("PARTIALLY_RECEIVED", (4, 0, 2, 0))
    second = scene.receive(transfer, 2)

    assert (second.status, scene.at(scene.there)) == ("RECEIVED", (6, 0, 0, 0))
    assert rows(str(first.document)) + rows(str(second.document)) == [
        ("there", "TRANSFER_IN", "ON_HAND", 4),
        ("there", "TRANSFER_IN", "ON_HAND", 2),
    ]
    assert (transfer.number, state(transfer), transfer.closed_at) == (
        second.number,
        "RECEIVED",
        scene.now,
    )
    assert not Discrepancy.objects.exists()
    books_add_up()


def test_a_replayed_receipt_answers_the_same_and_adds_nothing(scene: Scene) -> None:
    transfer = scene.shipped(6)

    first = scene.receive(transfer, 4, key="once")
    again = scene.receive(transfer, 4, key="once")

    assert again == first
    assert scene.at(scene.there) == (4, 0, 2, 0)


def test_what_did_not_arrive_is_a_discrepancy_and_no_longer_incoming(scene: Scene) -> None:
    transfer = scene.shipped(6)

    done = scene.receive(transfer, 4, complete=True)

    assert (done.status, scene.at(scene.there)) == ("RECEIVED", (4, 0, 0, 0))
    row = Discrepancy.objects.get()
    assert (row.kind, row.quantity, row.location, row.status) == ("TRANSFER", 2, scene.there, "OPEN")
    assert row.source == f"transfer:{transfer.number}:{transfer.lines.get().pk}"
    assert done.discrepancies == (row.pk,)
    difference = TransferDifference.objects.get()
    assert (difference.nature, difference.open, difference.discrepancy) == ("MISSING", 2, row)
    books_add_up()


def test_nothing_at_all_may_arrive(scene: Scene) -> None:
    transfer = scene.shipped(6)

    with pytest.raises(InvalidField):
        scene.receive(transfer, 0)
    done = scene.receive(transfer, 0, complete=True)

    assert (done.status, done.document, scene.at(scene.there)) == ("RECEIVED", None, (0, 0, 0, 0))
    assert TransferDifference.objects.get().quantity == 6
    books_add_up()


def test_what_arrives_over_and_damaged_is_booked_and_kept_as_discrepancies(scene: Scene) -> None:
    transfer = scene.shipped(6)

    done = scene.receive(transfer, 5, 3)

    assert (done.status, scene.at(scene.there)) == ("RECEIVED", (8, 0, 0, 3))
    assert rows(str(done.document)) == [
        ("there", "TRANSFER_IN", "ON_HAND", 8),
        ("there", "DAMAGE", "DAMAGED", 3),
    ]
    found = TransferDifference.objects.order_by("pk").values_list("nature", "quantity")
    assert list(found) == [("OVER", 2), ("DAMAGED", 3)]
    assert len(done.discrepancies) == 2
    books_add_up()


# What arrived of 6 shipped (fit, damaged), what of it is settled and how; then the document's rows,
# and (on hand, damaged) here and there. Here 4 were left.
SETTLED = [
    ((4, 0), "MISSING", "FOUND", [("there", "TRANSFER_IN", "ON_HAND", 2)], (4, 0), (6, 0)),
    (
        (4, 0),
        "MISSING",
        "WRITTEN_OFF",
        [("here", "TRANSFER_OUT", "ON_HAND", 2), ("here", "ADJUSTMENT", "ON_HAND", -2)],
        (4, 0),
        (4, 0),
    ),
    ((4, 0), "MISSING", "RETURNED", [("here", "TRANSFER_OUT", "ON_HAND", 2)], (6, 0), (4, 0)),
    ((8, 0), "OVER", "RETURNED", [("here", "TRANSFER_OUT", "ON_HAND", -2)], (2, 0), (8, 0)),
    (
        (8, 0),
        "OVER",
        "WRITTEN_OFF",
        [("there", "TRANSFER_IN", "ON_HAND", -2), ("there", "ADJUSTMENT", "ON_HAND", 2)],
        (4, 0),
        (8, 0),
    ),
    ((4, 2), "DAMAGED", "FOUND", [("there", "DAMAGE", "DAMAGED", -2)], (4, 0), (6, 0)),
    (
        (4, 2),
        "DAMAGED",
        "WRITTEN_OFF",
        [("there", "DAMAGE", "DAMAGED", -2), ("there", "DAMAGE", "ON_HAND", -2)],
        (4, 0),
        (4, 0),
    ),
    (
        (4, 2),
        "DAMAGED",
        "RETURNED",
        [
            ("there", "DAMAGE", "DAMAGED", -2),
            ("there", "TRANSFER_IN", "ON_HAND", -2),
            ("here", "TRANSFER_OUT", "ON_HAND", 2),
            ("here", "DAMAGE", "DAMAGED", 2),
        ],
        (6, 2),
        (4, 0),
    ),
]


@pytest.mark.parametrize(("arrived", "nature", "how", "posted", "here", "there"), SETTLED)
def test_a_difference_is_settled_by_rows_that_put_both_books_right(
    scene: Scene,
    arrived: tuple[int, int],
    nature: str,
    how: str,
    posted: list[tuple[str, str, str, int]],
    here: tuple[int, int],
    there: tuple[int, int],
) -> None:
    transfer = scene.shipped(6)
    scene.receive(transfer, *arrived, complete=True)

    done = scene.settle(how, 2, nature)

    assert rows(str(done.document)) == posted
    assert (scene.at(scene.here)[::3], scene.at(scene.there)[::3]) == (here, there)
    row = Discrepancy.objects.get()
    assert (row.status, row.resolution, row.actor) == ("RESOLVED", f"{how}: looked", "user:7")
    assert TransferDifference.objects.get().open == 0
    books_add_up()


def test_a_difference_is_settled_in_parts_and_never_twice(scene: Scene) -> None:
    scene.receive(scene.shipped(6), 3, complete=True)

    scene.settle("FOUND", 1, "MISSING")
    scene.settle("WRITTEN_OFF", 1, "MISSING")
    assert Discrepancy.objects.get().status == "OPEN"
    with pytest.raises(errors.DifferenceExceeded) as refusal:
        scene.settle("RETURNED", 2, "MISSING")
    assert refusal.value.data() == {"open": 1, "requested": 2}
    scene.settle("RETURNED", 1, "MISSING")

    assert Discrepancy.objects.get().status == "RESOLVED"
    assert (scene.at(scene.here), scene.at(scene.there)) == ((5, 0, 0, 0), (4, 0, 0, 0))
    books_add_up()


def test_what_arrived_over_was_never_missing(scene: Scene) -> None:
    scene.receive(scene.shipped(6), 8)
    documents = StockDocument.objects.count()

    with pytest.raises(errors.SettlementUnfit):
        scene.settle("FOUND", 2, "OVER")

    assert StockDocument.objects.count() == documents
    assert TransferDifference.objects.get().open == 2


def test_the_origin_can_not_have_sent_what_it_never_had(scene: Scene) -> None:
    """Then its own count was right, and the surplus is the destination's correction."""
    scene.receive(scene.shipped(10), 12)

    with pytest.raises(errors.BelowZero) as refusal:
        scene.settle("RETURNED", 2, "OVER")

    assert refusal.value.data() == {
        "sku": "TEA",
        "location": "here",
        "bucket": "ON_HAND",
        "found": 0,
        "delta": -2,
    }
    assert Discrepancy.objects.get().status == "OPEN"
    scene.settle("WRITTEN_OFF", 2, "OVER")
    books_add_up()


def test_a_note_alone_resolves_no_difference(scene: Scene) -> None:
    scene.receive(scene.shipped(6), 4, complete=True)

    with pytest.raises(errors.SettledByMoving):
        inventory.resolve_discrepancy(
            discrepancy_id=Discrepancy.objects.get().pk, resolution="fine", **context(scene.now)
        )

    assert Discrepancy.objects.get().status == "OPEN"


def test_a_request_is_approved_and_cancelled_while_nothing_has_left(scene: Scene) -> None:
    transfer = scene.request(6)

    inventory.approve_transfer(transfer_id=transfer.pk, **context(scene.now))
    assert state(transfer) == "APPROVED"
    with pytest.raises(InvalidField):
        inventory.cancel_transfer(transfer_id=transfer.pk, reason=" ", **context(scene.now))
    inventory.cancel_transfer(transfer_id=transfer.pk, reason="not needed", **context(scene.now))

    assert (state(transfer), transfer.reason) == ("CANCELLED", "not needed")
    assert scene.at(scene.here) == (10, 0, 0, 0)
    assert Reservation.objects.get().status == "RELEASED"
    books_add_up()


def test_each_step_is_taken_once(scene: Scene) -> None:
    transfer = scene.shipped(6)

    for again in (
        lambda: scene.ship(transfer),
        lambda: inventory.approve_transfer(transfer_id=transfer.pk, **context(scene.now)),
        lambda: inventory.cancel_transfer(transfer_id=transfer.pk, reason="late", **context(scene.now)),
    ):
        with pytest.raises(errors.TransferNotInState):
            again()
    scene.receive(transfer, 6)
    with pytest.raises(errors.TransferNotInState):
        scene.receive(transfer, 1)

    assert (scene.at(scene.here), scene.at(scene.there)) == ((4, 0, 0, 0), (6, 0, 0, 0))
    with pytest.raises(errors.UnknownTransfer):
        inventory.approve_transfer(transfer_id=0, **context(scene.now))


def test_what_was_never_asked_for_is_not_received(scene: Scene) -> None:
    transfer, cup = scene.shipped(6), factories.variant(sku="CUP")

    with pytest.raises(errors.NotExpected) as refusal:
        inventory.receive_transfer(
            transfer_id=transfer.pk, arrivals=[Arrival(cup.pk, 1)], **context(scene.now)
        )

    assert refusal.value.data() == {"skus": ["CUP"]}
    assert state(transfer) == "SHIPPED"


def test_a_transfer_at_once_is_shipped_and_received_by_one_document(scene: Scene) -> None:
    change = inventory.transfer_stock(
        origin_id=scene.here.pk,
        destination_id=scene.there.pk,
        lines=[(scene.tea.pk, 3)],
        **context(scene.now),
    )

    transfer = Transfer.objects.get(number=change.number)
    line = transfer.lines.get()
    assert (transfer.status, line.shipped, line.received) == ("RECEIVED", 3, 3)
    assert rows(change.number) == [
        ("here", "TRANSFER_OUT", "ON_HAND", -3),
        ("there", "TRANSFER_IN", "ON_HAND", 3),
    ]
    assert (scene.at(scene.here), scene.at(scene.there)) == ((7, 0, 0, 0), (3, 0, 0, 0))
    books_add_up()


def test_what_arrives_names_the_sending_at_whose_cost_it_comes_in(scene: Scene) -> None:
    transfer = scene.shipped()
    (sending,) = transfer.postings.values_list("document_id", flat=True)

    scene.receive(transfer, 6)

    origins = MovementOrigin.objects.values_list("variant_id", "origin_id", "document__kind")
    assert list(origins) == [(scene.tea.pk, sending, "TRANSFER")]
