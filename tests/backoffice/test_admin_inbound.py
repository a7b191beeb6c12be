"""Staff drop an order from outside that can't be taken in: who may, and for a reason."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from connectors.models import Connection, InboundFailure
from tests import factories
from tests.backoffice.test_admin_actions import act, office, page, staff, told

__all__ = ["office", "staff"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(now: datetime) -> InboundFailure:
    connection = Connection.objects.create(
        code="sandbox-ec", name="Sandbox", channel=factories.channel(), url="http://127.0.0.1:1", secret="s"
    )
    return InboundFailure.objects.create(
        connection=connection,
        external_number="SB-1",
        body={"order_number": "SB-1"},
        error="unknown-sku",
        failed_at=now,
    )


def test_it_is_dropped_for_a_reason(office: Client, kept: InboundFailure, staff: Any) -> None:
    url = page("connectors_inboundfailure_drop", kept.pk)

    without = act(office, url, reason="", note="")
    assert (without.status_code, InboundFailure.objects.open().count()) == (422, 1)
    done = act(office, url, reason="booked_by_hand", note="as 10000017")

    kept.refresh_from_db()
    assert (kept.drop_reason, kept.actor) == ("booked_by_hand: as 10000017", f"user:{staff.pk}")
    assert (kept.resolved_at is not None, kept.body) == (True, {})
    assert "booked_by_hand: as 10000017" in told(done)
    again = act(office, url, reason="test", note="")
    assert (again.status_code, "dropped already" in again.content.decode()) == (422, True)


def test_who_may_replay_may_not_drop(client: Client, kept: InboundFailure) -> None:
    user = factories.user(is_staff=True)
    user.assignments.create(role="STOCK_OFFICE")
    client.force_login(user)

    assert client.get(page("connectors_inboundfailure_retry", kept.pk)).status_code == 200
    assert client.get(page("connectors_inboundfailure_drop", kept.pk)).status_code == 403
