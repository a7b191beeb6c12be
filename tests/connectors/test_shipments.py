"""Shipments out: the connection that brought an order hears of what has left, once each."""

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from connectors import handlers, services
from connectors.models import Connection, ShipmentNotice
from connectors.services import pushing
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.outbox.consumers import EventRecord
from omni.outbox.events import OrderFulfilled
from omni.outbox.models import Event
from orders.models import Fulfilment, Order
from orders.services import fulfil
from tests import factories
from tests.conftest import NOW
from tests.connectors.conftest import Link


@pytest.fixture
def order(link: Link, now: datetime) -> Order:
    """Two units that the site has sold, booked here."""
    factories.tender("external", "EXTERNAL", refund_route="CHANNEL")
    link.push()
    assert link.site.sell(link.variants[0].sku, 2, deliver=False).status_code == 201
    services.poll_orders(connection_id=link.connection.pk, now=now)
    return Order.objects.get()


def note(*fulfilments: Fulfilment) -> None:
    events = [
        EventRecord(
            one.pk,
            uuid7(),
            f"order:{one.order_id}",
            OrderFulfilled(order_id=one.order_id, number=one.order.number, fulfilment_id=one.pk),
            NOW,
            NOW,
        )
        for one in fulfilments
    ]
    with db.transaction():
        handlers.note_shipments(events)


def shipped(order: Order, **fields: Any) -> Fulfilment:
    part = order.fulfilments.get()
    Fulfilment.objects.filter(pk=part.pk).update(
        status="COMPLETED", completed_at=NOW, tracking_number="4500-1111-2222", **fields
    )
    part.refresh_from_db()
    return part


def shown(link: Link, order: Order) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = link.site.get(f"/api/orders/{order.external_number}/shipments")["shipments"]
    return found


def test_what_has_left_is_told_to_who_sold_it(link: Link, order: Order) -> None:
    note(shipped(order))

    link.push()

    [told] = shown(link, order)
    notice = ShipmentNotice.objects.get()
    assert (told["id"], told["number"]) == (str(notice.public_id), order.number)
    assert (told["carrier"], told["tracking_number"]) == ("", "4500-1111-2222")
    assert told["lines"] == [{"sku": link.variants[0].sku, "quantity": 2}]
    assert datetime.fromisoformat(told["shipped_at"]) == NOW
    assert notice.acknowledged_at is not None


def test_a_fulfilment_that_is_noted_twice_is_told_once(link: Link, order: Order) -> None:
    part = shipped(order)
    note(part, part)
    note(part)
    link.push()
    link.push()

    assert [told["deliveries"] for told in shown(link, order)] == [1]


def test_an_answer_that_was_lost_is_told_again_under_the_same_id(link: Link, order: Order) -> None:
    note(shipped(order))
    link.push()  # the stock and the shipment
    ShipmentNotice.objects.update(acknowledged_at=None)
    link.site.control("lossy")
    link.push()
    notice = ShipmentNotice.objects.get()
    assert notice.acknowledged_at is None
    assert notice.next_try_at is not None
    assert (notice.tries, notice.dead_at) == (0, None)

    link.site.control("normal")
    ShipmentNotice.objects.update(next_try_at=None)
    link.push()

    assert [told["deliveries"] for told in shown(link, order)] == [3]


def test_what_is_refused_is_given_up_and_can_be_replayed(link: Link, order: Order) -> None:
    note(shipped(order))
    link.push()
    ShipmentNotice.objects.update(acknowledged_at=None)
    link.site.control("fail", status=422)
    for _ in range(pushing.REFUSALS_UNTIL_DEAD):
        ShipmentNotice.objects.update(next_try_at=None)
        link.push()
    assert ShipmentNotice.objects.exclude(dead_at=None).count() == 1

    link.site.control("normal")
    with db.transaction():
        assert services.replay_dead(connection_id=link.connection.pk) == 1
    assert link.push() == 1


def test_orders_of_other_ways_are_told_to_nobody(link: Link, order: Order) -> None:
    part = shipped(order)
    Order.objects.update(actor="user:1")

    note(part)

    assert not ShipmentNotice.objects.exists()


def test_a_connection_that_was_switched_off_is_told_once_it_is_on(link: Link, order: Order) -> None:
    Connection.objects.update(active=False)
    note(shipped(order))
    assert link.push() == 0

    Connection.objects.update(active=True)
    link.push()

    assert len(shown(link, order)) == 1


def test_fulfilling_publishes_what_the_connection_is_told(link: Link, order: Order) -> None:
    """From the staff's click to the site: by the event that fulfilling really publishes."""
    part = order.fulfilments.get()
    fulfil_whole(order, part)
    event = Event.objects.filter(type=OrderFulfilled.type).get()

    note(Fulfilment.objects.get(pk=event.payload["fulfilment_id"]))
    link.push()

    assert [told["lines"] for told in shown(link, order)] == [[{"sku": link.variants[0].sku, "quantity": 2}]]


def fulfil_whole(order: Order, part: Fulfilment) -> None:
    claim = Claim.of(actor=SYSTEM, operation="complete-fulfilment", key=str(uuid7()), request={"id": part.pk})
    fulfil.complete_fulfilment(
        number=order.number, fulfilment_id=part.pk, claim=claim, actor=SYSTEM, now=timezone.now()
    )
