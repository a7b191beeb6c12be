"""A shopper's points and a till's look-up over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from customers import services as customers
from customers.models import Identity
from omni.core import db
from omni.core.actor import SYSTEM
from organisation import services as organisation
from organisation.models import User
from tests import factories
from tests.loyalty.acting import burn, earn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user() -> User:
    return factories.user()


@pytest.fixture
def shopper(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def till(now: datetime, scopes: list[str]) -> dict[str, str]:
    _, secret = organisation.create_api_key(
        name="till", scopes=scopes, location=factories.location(), now=now
    )
    return {"Authorization": f"Bearer {secret}"}


def test_points_are_the_persons_over_every_record(shopper: Client, user: User, now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    own = customers.ensure_customer_for(user=user, now=now)
    earn(programme.pk, member.pk, 100, "order:1", at=now - timedelta(days=1), now=now)
    earn(programme.pk, own.pk, 40, "order:2", at=now, now=now)
    with db.transaction():
        customers.merge_customers(customer_id=own.pk, into_id=member.pk, reason="test", actor=SYSTEM, now=now)
    burn(programme.pk, member.pk, 30, "order:3", now=now)

    points = shopper.get("/api/v1/me/points/").json()

    assert (points["balance"], points["available"], points["pending"]) == (110, 110, 0)
    assert points["next_expiry"]["points"] == 70


def test_entries_go_back_page_by_page_without_a_gap(shopper: Client, user: User, now: datetime) -> None:
    programme = factories.programme()
    own = customers.ensure_customer_for(user=user, now=now)
    for n in range(5):
        earn(programme.pk, own.pk, n + 1, f"order:{n}", at=now, now=now)
    earn(programme.pk, factories.member().pk, 9, "order:stranger", at=now, now=now)

    seen: list[tuple[int, int]] = []
    page = shopper.get("/api/v1/me/points/entries/?page_size=2").json()
    for _ in range(5):
        seen += [(row["points"], row["balance_after"]) for row in page["results"]]
        if not page["next"]:
            break
        page = shopper.get(page["next"]).json()

    assert seen == [(5, 15), (4, 10), (3, 6), (2, 3), (1, 1)]


@pytest.mark.parametrize("size", [2, 30])
def test_entries_cost_the_same_at_any_size(
    shopper: Client, user: User, now: datetime, size: int, django_assert_num_queries: Any
) -> None:
    programme = factories.programme()
    own = customers.ensure_customer_for(user=user, now=now)
    for n in range(size):
        earn(programme.pk, own.pk, 1, f"order:{n}", at=now, now=now)
    shopper.get("/api/v1/me/points/entries/")

    with django_assert_num_queries(3):
        shopper.get("/api/v1/me/points/entries/?page_size=50")


@pytest.mark.parametrize("code", ["2900000000017", "2900-0000-00017", "090-1234-5678", "+819012345678"])
def test_a_till_finds_a_member_by_card_or_phone(now: datetime, code: str) -> None:
    programme, member = factories.programme(), factories.member("2900000000017")
    Identity.objects.create(
        customer=member, kind="PHONE", value="+819012345678", source="till", verified_at=now
    )
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)

    answer = Client().get(f"/api/v1/till/members/{code}/", headers=till(now, ["till"]))

    assert answer.status_code == 200
    found = answer.json()
    assert (found["id"], found["member_number"]) == (str(member.public_id), "2900000000017")
    assert found["points"]["available"] == 100
    assert "birth_date" not in found


def test_a_till_is_told_nothing_of_strangers_and_others_nothing_at_all(
    shopper: Client, now: datetime
) -> None:
    factories.member("2900000000017")

    unknown = Client().get("/api/v1/till/members/2900000000024/", headers=till(now, ["till"]))
    unscoped = Client().get("/api/v1/till/members/2900000000017/", headers=till(now, ["stock:read"]))

    assert (unknown.status_code, unknown.json()["code"]) == (404, "no-such-member")
    assert unscoped.status_code == 403
    assert shopper.get("/api/v1/till/members/2900000000017/").status_code == 403
    assert Client().get("/api/v1/till/members/2900000000017/").status_code == 401


@pytest.mark.parametrize("code", ["090-1234-5678", "hanako@example.jp", "花子"])
def test_whom_a_till_looked_for_is_not_in_the_log(
    client: Client, now: datetime, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    answer = client.get(f"/api/v1/till/members/{code}/", headers=till(now, ["till"]))

    assert answer.status_code == 404
    assert [record.getMessage() for record in caplog.records if record.name == "django.request"] == [
        "Not Found: /api/v1/till/members/<str:code>/"
    ]
