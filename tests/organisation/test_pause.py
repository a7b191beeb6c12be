"""A shop that takes no online orders for a while: how it is paused, and how it comes back."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from omni.core import db
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.outbox.models import Event
from organisation import errors
from organisation import services as organisation
from organisation.models import Location, OpeningException, OpeningHours, StaffAssignment
from tests import factories
from tests.admin_forms import sent

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = Actor.user(7)


def claim(key: str = "key") -> Claim:
    return Claim.of(actor=ACTOR, operation="pause", key=key, request={})


def pause(shop: Location, now: datetime, **fields: Any) -> organisation.Paused:
    asked: dict[str, Any] = {"until": now + timedelta(hours=1), "reason": "BUSY", "claim": claim(), **fields}
    return organisation.pause_location(location_id=shop.pk, actor=ACTOR, now=now, **asked)


def state(shop: Location) -> tuple[Any, ...]:
    shop.refresh_from_db()
    return shop.paused_until, shop.pause_reason, shop.pause_note, shop.paused_by


def told() -> list[str]:
    return list(Event.objects.order_by("sequence").values_list("type", flat=True))


CHANGED = "organisation.location-changed.v1"


def test_a_pause_says_until_when_why_and_by_whom_and_is_told(now: datetime) -> None:
    shop = factories.location()

    paused = pause(shop, now, note="レジ点検")

    until = now + timedelta(hours=1)
    assert paused == organisation.Paused(shop.pk, until)
    assert state(shop) == (until, "BUSY", "レジ点検", "user:7")
    assert told() == [CHANGED]


def test_a_repeated_click_pauses_once(now: datetime) -> None:
    shop = factories.location()
    first = pause(shop, now)

    again = pause(shop, now + timedelta(minutes=5))

    assert again == first
    assert told() == [CHANGED]


def test_a_pause_that_is_over_already_is_refused(now: datetime) -> None:
    shop = factories.location()

    with pytest.raises(errors.PauseInThePast):
        pause(shop, now, until=now)

    assert (state(shop), told()) == ((None, "", "", ""), [])


def test_a_pause_is_ended_by_hand_once(now: datetime) -> None:
    shop = factories.location()
    pause(shop, now)

    for key in ("resume-1", "resume-2"):
        organisation.resume_location(location_id=shop.pk, claim=claim(key), actor=ACTOR, now=now)

    assert (state(shop), told()) == ((None, "", "", ""), [CHANGED, CHANGED])


def test_the_end_of_a_pause_is_told_once_and_others_last(now: datetime) -> None:
    due, later = factories.location(), factories.location()
    pause(due, now, claim=claim("due"))
    pause(later, now, until=now + timedelta(hours=2), claim=claim("later"))
    end = now + timedelta(hours=1)

    assert organisation.resume_due(now=end - timedelta(microseconds=1)) == 0
    assert [organisation.resume_due(now=end), organisation.resume_due(now=end)] == [1, 0]

    assert (state(due), state(later)[0]) == ((None, "", "", ""), now + timedelta(hours=2))
    assert told() == [CHANGED] * 3


def test_a_form_that_was_opened_before_does_not_end_a_pause(now: datetime) -> None:
    shop = factories.location()
    read_before = Location.objects.get(pk=shop.pk)
    pause(shop, now)

    read_before.phone = "03-1234-5678"
    with db.transaction():
        organisation.save_location(location=read_before, actor=ACTOR, now=now)

    assert (state(shop)[0], shop.phone) == (now + timedelta(hours=1), "03-1234-5678")


@pytest.fixture
def manager(client: Client, settings: Any) -> tuple[Client, Location]:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    shop, user = factories.location(), factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role="MANAGER", location=shop)
    client.force_login(user)
    return client, shop


def act(client: Client, action: str, shop: Location, **fields: str) -> int:
    url = reverse(f"admin:organisation_location_{action}", args=[shop.pk])
    return client.post(url, {"key": str(uuid7()), **fields}).status_code


def test_the_shop_manager_pauses_their_own_shop_and_resumes_it(manager: tuple[Client, Location]) -> None:
    client, shop = manager

    assert act(client, "pause", shop, span="30", reason="SYSTEM") == 302
    until, reason, _note, by = state(shop)
    assert (reason, by) == ("SYSTEM", f"user:{client.session['_auth_user_id']}")
    assert until is not None
    assert act(client, "resume", shop) == 302
    assert state(shop) == (None, "", "", "")


def test_nobody_pauses_anothers_shop(manager: tuple[Client, Location]) -> None:
    client, _shop = manager
    other = factories.location()

    assert act(client, "pause", other, span="30", reason="BUSY") == 404
    assert state(other)[0] is None


def test_a_pause_until_it_opens_next_knows_the_hours(manager: tuple[Client, Location]) -> None:
    client, shop = manager
    for day in OpeningHours.Day.values[:7]:
        OpeningHours.objects.create(location=shop, day=day, opens_at=time(10), closes_at=time(20))

    assert act(client, "pause", shop, span="opening", reason="EMERGENCY") == 302

    until = state(shop)[0]
    assert until is not None
    assert until.astimezone(factories.TOKYO).time() == time(10)


def save_hours(
    office: Client, shop: Location, hours: list[dict[str, str]], dates: list[dict[str, str]]
) -> Any:
    """Open the shop's page and save it with these rows."""
    url = reverse("admin:organisation_location_change", args=[shop.pk])
    shown = office.get(url).context
    data = {**sent(shown["adminform"].form, {}), "_key": shown["form_key"]}
    for prefix, rows in (("opening_hours", hours), ("opening_exceptions", dates)):
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
        for number, row in enumerate(rows):
            data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return office.post(url, {**data, "_save": ""})


@pytest.fixture
def office(manager: tuple[Client, Location]) -> Client:
    client, _shop = manager
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    return client


def test_hours_and_exceptions_are_rows_of_the_shops_page(office: Client) -> None:
    shop = factories.location()
    hours = [
        {"day": "FRI", "opens_at": "11:00", "closes_at": "14:00"},
        {"day": "FRI", "opens_at": "18:00", "closes_at": "02:00"},
        {"day": "HOLIDAY"},
    ]
    dates = [{"date": "2026-12-31", "reason_ja": "年末休業", "reason_en": "Year end"}]

    answer = save_hours(office, shop, hours, dates)

    assert answer.status_code == 302
    rows = shop.opening_hours.order_by("pk").values_list("day", "opens_at", "closes_at")
    assert list(rows) == [
        ("FRI", time(11), time(14)),
        ("FRI", time(18), time(2)),
        ("HOLIDAY", None, None),
    ]
    exception = OpeningException.objects.get()
    assert (exception.opens_at, exception.reason) == (None, {"ja": "年末休業", "en": "Year end"})


@pytest.mark.parametrize(
    "hours",
    [
        [{"day": "FRI", "opens_at": "11:00"}],
        [{"day": "FRI", "opens_at": "11:00", "closes_at": "14:00"}, {"day": "FRI"}],
        [
            {"day": "FRI", "opens_at": "11:00", "closes_at": "14:00"},
            {"day": "FRI", "opens_at": "13:59", "closes_at": "15:00"},
        ],
    ],
    ids=["one-end", "closed-and-open", "overlap"],
)
def test_hours_that_make_no_sense_are_refused(office: Client, hours: list[dict[str, str]]) -> None:
    shop = factories.location()

    assert save_hours(office, shop, hours, []).status_code == 200
    assert OpeningHours.objects.count() == 0
