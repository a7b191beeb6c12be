"""Batches of another maker's tills: each entry is booked once, when it happened, in whatever order."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from catalog.models import Variant
from connectors import selectors, services
from connectors.errors import InboundSettled
from connectors.models import Connection, TillEntry
from inventory import services as inventory
from inventory.models import Reservation, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from orders import services as orders
from orders.models import Order, Return
from tests import factories
from tests.orders.tills import Till
from tests.sandbox.conftest import SECRET
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@dataclass
class Feed:
    connection: Connection
    till: Till
    variant: Variant

    def send(self, *entries: dict[str, Any], device: str = "POS-1", secret: str = SECRET) -> Any:
        event = {
            "specversion": "1.0",
            "id": "b",
            "source": "/till",
            "type": "omni.till-batch.v1",
            "data": {"device": device, "entries": list(entries)},
        }
        body = json.dumps(event)
        headers = signed(body, secret)
        url = "/api/v1/till-feed/feed/batches"
        return Client().post(url, body, content_type="application/json", headers=headers)

    def booked(self, *entries: dict[str, Any], **options: Any) -> list[tuple[int, str]]:
        answer = self.send(*entries, **options)
        assert answer.status_code == 202, answer.content
        return [(one["sequence"], one["status"]) for one in answer.json()["entries"]]

    @property
    def on_hand(self) -> int:
        return StockLevel.objects.get(variant=self.variant).on_hand


def signed(body: str, secret: str = SECRET) -> dict[str, str]:
    identifier, at = str(uuid7()), datetime.now(UTC)
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(identifier, at, body),
    }


@pytest.fixture
def feed(transactional_db: None) -> Feed:
    till = Till.build(code="shibuya")
    variant = factories.variant(sku="TEE")
    factories.listing(variant, till.channel)
    factories.stock(variant, till.location, 10)
    connection = Connection(
        code="feed",
        name="Tills",
        kind="till-feed",
        channel=till.channel,
        secret=SECRET,
        settings={"location": "shibuya"},
    )
    with db.transaction():
        services.save_connection(connection=connection, actor=SYSTEM, now=AT)
    return Feed(connection, till, variant)


def sale(sequence: int, receipt: str = "A-1", **changes: Any) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "kind": "sale",
        "receipt_number": receipt,
        "occurred_at": AT.isoformat(),
        "lines": [{"code": "TEE", "quantity": 2, "unit_price": "900"}],
        "tenders": [{"tender": "cash"}],
        **changes,
    }


def void(sequence: int, receipt: str = "A-1") -> dict[str, Any]:
    at = (AT + timedelta(minutes=5)).isoformat()
    return {"sequence": sequence, "kind": "void", "receipt_number": receipt, "occurred_at": at}


def back(sequence: int, receipt: str = "A-1") -> dict[str, Any]:
    return {**void(sequence, receipt), "kind": "return", "lines": [{"code": "TEE", "quantity": 1}]}


def test_a_late_batch_is_booked_when_it_happened_at_what_was_charged(feed: Feed) -> None:
    answer = feed.send(sale(1), back(2))

    assert answer.status_code == 202, answer.content
    outcomes = [(one["status"], one["error"]) for one in answer.json()["entries"]]
    assert outcomes == [("BOOKED", {}), ("BOOKED", {})]
    assert answer.json()["gaps"] == []
    order = Order.objects.get()
    assert (order.number, order.total, order.placed_at, feed.on_hand) == ("shibuya.A-1", 1800, AT, 9)
    days = set(StockEntry.objects.exclude(kind="RECEIPT").values_list("business_date", flat=True))
    assert {str(day) for day in days} == {"2026-11-20"}
    assert set(TillEntry.objects.values_list("status", flat=True)) == {"BOOKED"}
    assert TillEntry.objects.exclude(body={}).count() == 0


def test_a_batch_that_is_sent_again_is_booked_once(feed: Feed) -> None:
    first = feed.send(sale(1), back(2)).json()

    assert [feed.send(sale(1), back(2)).json() for _ in range(2)] == [first, first]

    assert (Order.objects.count(), Return.objects.count(), feed.on_hand) == (1, 1, 9)


def test_what_the_shop_holds_is_sold_and_a_wrong_number_keeps_no_sale_out(feed: Feed) -> None:
    held = inventory.hold_stock(
        variant_id=feed.variant.pk,
        location_id=feed.till.location.pk,
        quantity=3,
        expires_at=datetime.now(UTC) + timedelta(days=1),
        note="slip 12",
        claim=Claim.of(actor=SYSTEM, operation="test", key="hold", request={}),
        actor=SYSTEM,
        now=datetime.now(UTC),
    )

    assert feed.booked(
        sale(1, "A-1", holds=[held.id, 77]),
        sale(2, "A-2", holds=[77], release_rest=True),
        sale(3, "A-3", holds="none"),
    ) == [(1, "BOOKED"), (2, "BOOKED"), (3, "FAILED")]

    rows = Reservation.objects.order_by("pk").values_list("quantity", "status")
    assert list(rows) == [(1, "ACTIVE"), (2, "FULFILLED")]
    level = StockLevel.objects.get(variant=feed.variant)
    assert (level.on_hand, level.reserved) == (6, 1)


def test_gaps_are_answered_until_they_are_filled(feed: Feed) -> None:
    missing = [{"device": "POS-1", "first": 1, "last": 2}, {"device": "POS-1", "first": 4, "last": 4}]
    assert feed.send(sale(5, "A-5"), sale(3, "A-3")).json()["gaps"] == missing
    answer = Client().get("/api/v1/till-feed/feed/gaps", headers=signed(""))
    assert (answer.status_code, answer.json()) == (200, {"gaps": missing})
    health = selectors.get_health(connection_id=feed.connection.pk)
    assert (health.till_missing, health.amiss) == (3, True)

    feed.send(sale(1, "A-1"), sale(4, "A-4"))

    left = feed.send(sale(2, "A-2")).json()["gaps"]
    assert (left, Order.objects.count()) == ([], 5)
    assert selectors.get_health(connection_id=feed.connection.pk).till_missing == 0


def test_devices_count_apart(feed: Feed) -> None:
    assert feed.booked(sale(1)) == [(1, "BOOKED")]
    assert feed.booked(sale(1, "B-1"), device="POS-2") == [(1, "BOOKED")]
    assert Order.objects.count() == 2


def test_a_void_before_its_sale_waits_and_reverses_it_once(feed: Feed) -> None:
    assert feed.booked(void(2)) == [(2, "WAITING")]
    assert (Order.objects.count(), feed.on_hand) == (0, 10)

    assert feed.booked(sale(1)) == [(1, "BOOKED")]

    assert (Return.objects.count(), feed.on_hand) == (1, 10)
    assert TillEntry.objects.get(sequence=2).status == "BOOKED"
    assert feed.booked(void(2), void(3)) == [(2, "BOOKED"), (3, "BOOKED")]
    assert (Return.objects.count(), feed.on_hand) == (1, 10)


def test_a_void_takes_back_what_a_return_left(feed: Feed) -> None:
    feed.send(sale(1), back(2), void(3))

    assert (Return.objects.count(), feed.on_hand) == (2, 10)


def test_a_void_of_what_has_all_come_back_is_refused(feed: Feed) -> None:
    feed.send(sale(1), back(2), back(3))

    assert feed.booked(void(4)) == [(4, "FAILED")]
    assert (Return.objects.count(), feed.on_hand) == (2, 10)


def test_an_unknown_code_is_kept_and_stops_nothing(feed: Feed) -> None:
    unknown = sale(1, lines=[{"code": "NEW", "quantity": 1, "unit_price": "900"}])

    answer = feed.send(unknown, sale(2, "A-2")).json()

    assert [(one["status"], one["error"].get("code")) for one in answer["entries"]] == [
        ("FAILED", "unknown-sku"),
        ("BOOKED", None),
    ]
    assert selectors.get_health(connection_id=feed.connection.pk).till_failed == 1
    new = factories.variant(sku="NEW")
    factories.listing(new, feed.till.channel)
    entry = services.retry_till_entry(entry_id=TillEntry.objects.get(sequence=1).pk, now=datetime.now(UTC))
    assert (entry.status, entry.number, Order.objects.count()) == ("BOOKED", "shibuya.A-1", 2)


def dated(ahead: timedelta) -> dict[str, Any]:
    return sale(1, occurred_at=(datetime.now(UTC) + ahead).isoformat())


def test_a_till_whose_clock_is_a_little_fast_sells_when_its_sale_came(feed: Feed) -> None:
    before = datetime.now(UTC)

    assert feed.booked(dated(timedelta(minutes=4))) == [(1, "BOOKED")]

    order, entry = Order.objects.get(), TillEntry.objects.get()
    assert before <= order.placed_at == entry.received_at <= datetime.now(UTC)
    assert feed.on_hand == 8


def test_a_till_whose_clock_is_an_hour_fast_is_booked_once_that_time_is_near(feed: Feed) -> None:
    assert feed.booked(dated(timedelta(hours=1))) == [(1, "FAILED")]
    entry = TillEntry.objects.get()
    assert services.retry_due_entries(now=entry.received_at + timedelta(minutes=54)) == 0

    assert services.retry_due_entries(now=entry.received_at + timedelta(minutes=58)) == 1

    assert (Order.objects.get().placed_at, feed.on_hand) == (entry.received_at, 8)


def test_what_was_not_listed_is_booked_by_the_clock_once_it_is(feed: Feed) -> None:
    feed.send(sale(1, lines=[{"code": "NEW", "quantity": 1, "unit_price": "900"}]))
    at = TillEntry.objects.get().received_at
    assert services.retry_due_entries(now=at + timedelta(seconds=50)) == 0
    assert TillEntry.objects.get().tries == 1

    def wait_after_a_try_at(now: datetime) -> float:
        assert services.retry_due_entries(now=now) == 0
        next_try_at = TillEntry.objects.get().next_try_at
        assert next_try_at
        return (next_try_at - now).total_seconds()

    assert [wait_after_a_try_at(at + timedelta(hours=n)) for n in range(1, 9)] == [
        *(60.0 * 2**n for n in range(1, 6)),
        *[3600.0] * 3,
    ]
    factories.listing(factories.variant(sku="NEW"), feed.till.channel)
    assert services.retry_due_entries(now=at + timedelta(hours=9)) == 1

    entry = TillEntry.objects.get()
    assert (entry.status, entry.number, Order.objects.get().placed_at) == ("BOOKED", "shibuya.A-1", AT)


def test_what_a_dead_process_left_is_booked_by_the_clock(feed: Feed) -> None:
    """Kept and never booked; and a void that was judged just before its sale landed."""
    feed.send(void(2))
    TillEntry.objects.update(error={}, next_try_at=None)
    feed.send(sale(1, lines=[{"code": "NEW", "quantity": 1}]))
    TillEntry.objects.filter(sequence=1).update(status="PENDING", body=sale(1), next_try_at=None)

    assert services.retry_due_entries(now=datetime.now(UTC)) == 2

    assert set(TillEntry.objects.values_list("status", flat=True)) == {"BOOKED"}
    assert (Order.objects.count(), Return.objects.count(), feed.on_hand) == (1, 1, 10)


def test_two_clocks_at_once_try_an_entry_once(feed: Feed) -> None:
    feed.send(*(sale(n, f"A-{n}", lines=[{"code": "NEW", "quantity": 1}]) for n in range(1, 21)))
    now = datetime.now(UTC) + timedelta(hours=1)

    at_once([lambda: services.retry_due_entries(now=now)] * 4)

    assert set(TillEntry.objects.values_list("tries", flat=True)) == {2}


def test_all_are_booked_again_once_somebody_asks(feed: Feed) -> None:
    feed.send(*(sale(n, f"A-{n}", lines=[{"code": "NEW", "quantity": 1}]) for n in (1, 2)), sale(3, "A-3"))
    factories.listing(factories.variant(sku="NEW"), feed.till.channel)

    with db.transaction():
        assert services.make_entries_due(now=datetime.now(UTC)) == 2

    assert services.retry_due_entries(now=datetime.now(UTC)) == 2
    assert Order.objects.count() == 3


def test_asking_for_gaps_reads_no_history(feed: Feed) -> None:
    """What was told of the numbers is kept with the batch, whatever became of the entries since."""
    feed.send(sale(2, "A-2"), sale(9, "A-9"))
    TillEntry.objects.all().delete()

    gaps = [(gap.first, gap.last) for gap in selectors.list_gaps(connection=feed.connection)]

    assert gaps == [(1, 1), (3, 8)]
    feed.connection.settings = {"location": "shibuya", "first_sequence": 5}
    feed.connection.save()
    assert [(gap.first, gap.last) for gap in selectors.list_gaps(connection=feed.connection)] == [(5, 8)]
    assert selectors.get_health(connection_id=feed.connection.pk).till_missing == 4


def test_batches_of_a_device_at_once_leave_no_gap(feed: Feed) -> None:
    numbers = [n for n in range(1, 25) if n not in (7, 8)]

    at_once([lambda n=n: feed.send(void(n, "none")).status_code for n in numbers])

    gaps = [(gap.first, gap.last) for gap in selectors.list_gaps(connection=feed.connection)]
    assert gaps == [(7, 8)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, "occurred_at"),
        ({"lines": [{"code": "TEE", "quantity": "two"}]}, "quantity"),
        ({"kind": "gift"}, "kind"),
        ({"receipt_number": ""}, "receipt_number"),
    ],
)
def test_an_entry_without_form_says_what_is_wrong_with_it(
    feed: Feed, wrong: dict[str, Any], field: str
) -> None:
    (entry,) = feed.send(sale(1, **wrong)).json()["entries"]

    assert (entry["status"], entry["error"]["field"]) == ("FAILED", field)
    assert (Order.objects.count(), feed.on_hand) == (0, 10)


def test_another_entry_under_the_same_number_is_refused(feed: Feed) -> None:
    feed.send(sale(1))

    (entry,) = feed.send(sale(1, "A-9")).json()["entries"]

    assert (entry["status"], entry["error"]["code"]) == ("REFUSED", "till-entry-differs")
    assert list(Order.objects.values_list("number", flat=True)) == ["shibuya.A-1"]


def test_what_was_dropped_is_never_booked(feed: Feed) -> None:
    feed.send(sale(1, lines=[{"code": "NEW", "quantity": 1}]))
    entry = TillEntry.objects.get()
    with db.transaction():
        services.drop_till_entry(entry_id=entry.pk, reason="a test", actor=SYSTEM, now=datetime.now(UTC))
    factories.listing(factories.variant(sku="NEW"), feed.till.channel)

    assert feed.booked(sale(1, lines=[{"code": "NEW", "quantity": 1}])) == [(1, "DROPPED")]
    assert Order.objects.count() == 0


def test_what_was_booked_is_not_dropped(feed: Feed) -> None:
    feed.send(sale(1))
    TillEntry.objects.update(status="PENDING")  # as after a crash between booking and noting it

    with pytest.raises(InboundSettled), db.transaction():
        services.drop_till_entry(
            entry_id=TillEntry.objects.get().pk, reason="a test", actor=SYSTEM, now=datetime.now(UTC)
        )


def test_a_crash_between_booking_and_noting_it_doubles_nothing(feed: Feed) -> None:
    feed.send(sale(1), back(2), void(3))
    bodies = {1: sale(1), 2: back(2), 3: void(3)}
    for entry in TillEntry.objects.all():
        entry.status, entry.body = "PENDING", bodies[entry.sequence]
        entry.save()

    assert feed.booked(*bodies.values()) == [(1, "BOOKED"), (2, "BOOKED"), (3, "BOOKED")]
    assert (Order.objects.count(), Return.objects.count(), feed.on_hand) == (1, 2, 10)


def test_batches_at_once_are_booked_once(feed: Feed) -> None:
    feed.send(sale(1, lines=[{"code": "TEE", "quantity": 6, "unit_price": "900"}]))

    answers = at_once([lambda: feed.send(back(2)).status_code] * 6)

    assert answers == [202] * 6
    feed.send(back(2))
    assert (Return.objects.count(), feed.on_hand) == (1, 5)


def test_without_the_devices_number_as_claim_a_return_is_doubled(feed: Feed) -> None:
    """The negative control: each delivery under a claim of its own."""
    feed.send(sale(1, lines=[{"code": "TEE", "quantity": 6, "unit_price": "900"}]))

    def give_back() -> None:
        orders.receive_return(
            number="shibuya.A-1",
            location_id=feed.till.location.pk,
            items=[orders.ReturnItem(None, 1, True, "TEE")],
            reason="return",
            claim=Claim.of(actor=SYSTEM, operation="x", key=str(uuid7()), request={}),
            actor=SYSTEM,
            now=datetime.now(UTC),
        )

    at_once([give_back] * 3)

    assert (Return.objects.count(), feed.on_hand) == (3, 7)


def test_a_batch_that_is_too_long_is_refused(feed: Feed) -> None:
    answer = feed.send({"sequence": 1, "note": "x" * (1 << 20)})

    assert (answer.status_code, answer.json()["code"]) == (413, "message-too-long")
    assert answer.json()["limit_bytes"] == 1_048_576
    assert not TillEntry.objects.exists()


@pytest.mark.parametrize(
    "ask",
    [
        lambda feed: feed.send(sale(1), secret="whsec_d3Jvbmc="),
        lambda feed: Client().get("/api/v1/till-feed/feed/gaps", headers=signed("", "whsec_d3Jvbmc=")),
    ],
    ids=["batch", "gaps"],
)
def test_a_wrong_signature_is_refused(feed: Feed, ask: Callable[[Feed], Any]) -> None:
    answer = ask(feed)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature-invalid")
    assert not TillEntry.objects.exists()


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ([], "entries"),
        ([sale(0)], "entries[0].sequence"),
        ([sale(1), sale(1)], "entries[1].sequence"),
        ([sale(n + 1) for n in range(201)], "entries"),
    ],
)
def test_a_batch_without_form_is_refused_whole(feed: Feed, entries: list[dict[str, Any]], field: str) -> None:
    answer = feed.send(*entries)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not TillEntry.objects.exists()


def test_a_connection_of_another_kind_takes_no_batches(feed: Feed) -> None:
    Connection.objects.update(kind="webhook", settings={})

    assert feed.send(sale(1)).status_code == 404
