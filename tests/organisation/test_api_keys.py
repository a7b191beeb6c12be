"""Keys of devices: made once, told apart, expired and revoked."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from organisation import selectors, services
from organisation.errors import KeyTaken
from organisation.models import ApiKey
from tests import factories

pytestmark = pytest.mark.django_db


def create(*arguments: str) -> Any:
    out = StringIO()
    call_command("create_api_key", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_prints_a_key_that_works_for_its_location_and_channel() -> None:
    location, channel = factories.location(code="shibuya"), factories.channel(code="stores")

    shown = create("till 1", "--scope", "till", "--location", "shibuya", "--channel", "stores")

    found = selectors.find_api_key(shown["key"])
    assert found is not None
    assert (found.name, found.scopes, found.location_id, found.channel_id) == (
        "till 1",
        ["till"],
        location.pk,
        channel.pk,
    )
    assert shown["prefix"] == found.prefix == shown["key"][:8]
    assert shown["key"].encode() not in bytes(found.digest)


def test_a_dry_run_creates_nothing() -> None:
    assert create("x", "--scope", "stock:read", "--dry-run") == {"key": None}
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--scope", "stock:read", "--location", "nowhere"], "no location nowhere"),
        (["x", "--scope", "stock:read", "--channel", "none"], "no sales channel none"),
        (["x", "--scope", "till"], "names its --location and its --channel"),
        (["x", "--scope", "everything"], "invalid choice"),
    ],
)
def test_a_wrong_call_is_explained_and_creates_nothing(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        create(*arguments)

    assert not ApiKey.objects.exists()


def test_expired_revoked_and_foreign_keys_are_unknown(now: datetime) -> None:
    _, live = services.create_api_key(name="live", scopes=[], now=now)
    _, expired = services.create_api_key(
        name="expired", scopes=[], expires_at=now - timedelta(days=400), now=now
    )
    revoked, gone = services.create_api_key(name="revoked", scopes=[], now=now)
    services.revoke_api_key(api_key=revoked, now=now)

    assert selectors.find_api_key(live) is not None
    assert [selectors.find_api_key(key) for key in (expired, gone, live[:-1] + "!", "", "x")] == [None] * 5


def test_keys_that_begin_alike_are_refused(now: datetime) -> None:
    services.create_api_key(name="one", scopes=[], now=now, key="12345678-first")

    with pytest.raises(KeyTaken) as refusal:
        services.create_api_key(name="two", scopes=[], now=now, key="12345678-second")

    assert refusal.value.data() == {"prefix": "12345678"}
    assert ApiKey.objects.count() == 1
