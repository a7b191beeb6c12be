"""Failed inbound orders that a person gives up: in the admin and by the command."""

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client

from connectors import services
from connectors.errors import InboundSettled, OrderDropped
from connectors.models import InboundFailure
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import ClaimInFlight
from omni.core.ids import uuid7
from omni.core.models import Claim
from orders.models import Order
from tests import factories
from tests.connectors.conftest import Link
from tests.connectors.test_receive import deliver, order_data, polled
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor.user(7)


@pytest.fixture(autouse=True)
def _tender() -> None:
    factories.tender("external", "EXTERNAL", refund_route="CHANNEL")


def unbookable(link: Link, number: str = "SB-1") -> dict[str, Any]:
    line = {"sku": "NEW-1", "quantity": 1, "amount": "1000"}
    return order_data(link, number, total="1000", lines=[line])


def make_bookable(link: Link) -> None:
    variant = factories.variant(sku="NEW-1")
    factories.listing(variant, link.channel)
    factories.stock(variant, link.location, 3)


@pytest.fixture
def kept(client: Client, link: Link) -> InboundFailure:
    assert deliver(client, unbookable(link)).status_code == 422
    return InboundFailure.objects.get()


def drop(failure: InboundFailure, now: datetime, reason: str = "test order") -> None:
    services.drop_inbound(failure_id=failure.pk, reason=reason, actor=CLERK, now=now)


def inbound(*arguments: str) -> Any:
    """What the command answers for machines, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("inbound", *arguments, "--json", stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return json.loads(out.getvalue())["orders"], code


def retry(kept: InboundFailure, now: datetime) -> None:
    request = {"failure": kept.pk}
    claim = idempotency.Claim.of(
        actor=Actor.user(7), operation="retry-inbound", key=str(uuid7()), request=request
    )
    services.retry_inbound(failure_id=kept.pk, claim=claim, now=now)


def test_a_dropped_order_is_never_booked(
    client: Client, link: Link, kept: InboundFailure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(kept, now)
    make_bookable(link)

    sent_again = deliver(client, unbookable(link))
    cursor = polled(link, monkeypatch, now, unbookable(link))
    with pytest.raises(InboundSettled):
        retry(InboundFailure.objects.get(), now)

    assert (sent_again.status_code, sent_again.json()["code"], cursor) == (422, "order-dropped", "1")
    kept.refresh_from_db()
    assert (kept.resolved_at, kept.drop_reason, kept.actor, kept.body) == (now, "test order", "user:7", {})
    assert not Order.objects.exists()


def test_a_message_without_form_does_not_open_it_again(
    link: Link, kept: InboundFailure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(kept, now)

    polled(link, monkeypatch, now, order_data(link, "SB-1", placed_at="yesterday"))

    kept.refresh_from_db()
    assert (kept.resolved_at, kept.body, kept.tries) == (now, {}, 1)


def test_a_delivery_that_had_looked_before_the_drop_books_nothing(
    link: Link, kept: InboundFailure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_bookable(link)
    drop(kept, now)
    # As it read: before the drop had been committed.
    InboundFailure.objects.update(drop_reason="", actor="")

    with pytest.raises(idempotency.ClaimMismatch):
        services.take_order(connection=link.connection, data=unbookable(link), now=now)

    assert not Order.objects.exists()


def test_what_is_being_booked_is_not_dropped(link: Link, kept: InboundFailure, now: datetime) -> None:
    make_bookable(link)
    claim = idempotency.Claim.of(
        actor=Actor.connection("sandbox-ec"), operation="take-order", key="SB-1", request=kept.body
    )

    with db.transaction():
        idempotency.claim(claim, result_type=dict)
        [refusal] = at_once([lambda: drop(kept, now)])

    assert isinstance(refusal, ClaimInFlight)
    kept.refresh_from_db()
    assert (kept.resolved_at, kept.drop_reason) == (None, "")


def test_what_was_booked_or_dropped_is_not_dropped_again(
    link: Link, kept: InboundFailure, now: datetime
) -> None:
    make_bookable(link)
    retry(kept, now)
    claims = Claim.objects.count()

    with pytest.raises(InboundSettled):
        drop(kept, now)
    InboundFailure.objects.update(resolved_at=None, body=unbookable(link))
    with pytest.raises(InboundSettled):
        drop(kept, now)

    assert (Order.objects.count(), Claim.objects.count()) == (1, claims)
    assert InboundFailure.objects.get().drop_reason == ""


def test_a_later_message_without_form_is_dropped_and_the_order_stays_booked(
    client: Client, link: Link, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = deliver(client, order_data(link)).json()["number"]
    polled(link, monkeypatch, now, order_data(link, placed_at="yesterday"))

    drop(InboundFailure.objects.get(), now)

    again = deliver(client, order_data(link))
    assert (again.status_code, again.json()["number"]) == (202, number)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_reason_is_demanded(kept: InboundFailure, now: datetime, reason: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        drop(kept, now, reason)

    assert refusal.value.data() == {"field": "reason", "rule": "1-to-200-characters"}
    assert InboundFailure.objects.open().count() == 1


@pytest.mark.parametrize(
    "change", [{"drop_reason": "x"}, {"actor": "user:7"}, {"drop_reason": "x", "actor": "y"}]
)
def test_the_database_knows_no_drop_without_who_why_and_when(
    kept: InboundFailure, change: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError, match="dropped_by_somebody_for_a_reason"):
        InboundFailure.objects.update(**change)


def test_the_command_lists_drops_and_retries(client: Client, link: Link, now: datetime) -> None:
    for number in ("SB-1", "SB-2", "SB-3"):
        deliver(client, unbookable(link, number))

    listed, waiting = inbound("list")
    would, _ = inbound("drop", "--all", "--reason", "trial", "--dry-run")
    dropped, ok = inbound("drop", "--order", "SB-1", "--reason", "trial", "--connection", "sandbox-ec")
    refused, still = inbound("retry", "--order", "SB-2")
    make_bookable(link)
    retried, done = inbound("retry", "--all")

    assert ([row["order"] for row in listed], waiting) == (["SB-1", "SB-2", "SB-3"], 1)
    assert "山田" not in json.dumps(listed, ensure_ascii=False)
    assert would == [{"connection": "sandbox-ec", "order": f"SB-{n}", "would": "drop"} for n in (1, 2, 3)]
    assert (dropped, ok) == ([{"connection": "sandbox-ec", "order": "SB-1", "dropped": True}], 0)
    assert (refused[0]["refused"], still) == ("order-refused", 1)
    assert ([row["order"] for row in retried if row["booked"]], done) == (["SB-2", "SB-3"], 0)
    assert inbound("list") == ([], 0)
    failure = InboundFailure.objects.get(external_number="SB-1")
    assert (failure.drop_reason, failure.actor) == ("trial", "command:inbound")
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["drop", "--reason", "x"], "Name what to drop"),
        (["drop", "--all"], "Say why"),
        (["retry", "--order", "SB-9"], "No such failed order: SB-9"),
    ],
)
def test_a_wrong_call_is_explained_and_drops_nothing(
    kept: InboundFailure, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("inbound", *arguments)

    assert InboundFailure.objects.open().count() == 1


def test_taking_a_dropped_one_names_it(link: Link, kept: InboundFailure, now: datetime) -> None:
    drop(kept, now)

    with pytest.raises(OrderDropped) as refusal:
        services.take_order(connection=link.connection, data=unbookable(link), now=now)

    assert refusal.value.data() == {"external_number": "SB-1"}
