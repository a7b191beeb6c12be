"""What malls share: settings, secrets, windows of time, paces and tokens."""

import json
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.utils.translation import override

from connectors import kind_settings, registry, services
from connectors.admin.connections import secret_help
from connectors.errors import KindUnavailable, PushFailed, SettingInvalid
from connectors.malls import amazon, yahoo
from connectors.malls.calling import Pace, Tokens, with_token
from connectors.malls.rakuten import RakutenCredentials, RakutenSettings
from connectors.malls.settings import MallSettings
from connectors.malls.windows import next_window
from connectors.models import Connection
from connectors.ports import Counterpart
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.conftest import NOW

SINCE = "2026-11-01T00:00:00+09:00"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({}, "orders_since"),
        ({"orders_since": "2026-11-01T00:00:00"}, "offset"),
        ({"orders_since": "yesterday"}, "offset"),
        ({"orders_since": SINCE, "look_back_days": 61}, "look_back_days"),
        ({"orders_since": SINCE, "poll_seconds": -1}, "poll_seconds"),
        ({"orders_since": SINCE, "rate": "0"}, "rate"),
        ({"orders_since": SINCE, "carrier": "pigeon"}, "yamato"),
        ({"orders_since": SINCE, "invoice_issuer": "nobody"}, "invoice_issuer"),
        ({"orders_since": SINCE, "skus": ["TEE-M"]}, "SKU=code"),
        ({"orders_since": SINCE, "skus": ["A=tee/M", "B=tee/M"]}, "code stands there twice"),
        ({"orders_since": SINCE, "skus": ["A=tee/M", "A=tee/L"]}, "SKU stands there twice"),
    ],
)
def test_settings_that_do_not_fit_are_refused(given: dict[str, Any], rule: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        kind_settings.read(RakutenSettings, given)

    assert rule in f"{refused.value.field} {refused.value.rule}"


@pytest.mark.parametrize("kind", [yahoo.YahooSettings, amazon.AmazonSettings])
def test_an_account_is_demanded(kind: type) -> None:
    with pytest.raises(SettingInvalid) as refused:
        kind_settings.read(kind, {"orders_since": SINCE})

    assert refused.value.field == "settings.seller_id"


@pytest.mark.parametrize(
    ("secret", "rule"),
    [
        ("SP000_secret:SL000_key", "must be a JSON object of: service_secret, license_key"),
        ("[]", "must be a JSON object of: service_secret, license_key"),
        ('{"SP000_secret": ""}', "must be a JSON object of: service_secret, license_key"),
        ('{"service_secret": "SP000_secret"}', "license_key is demanded"),
        ('{"service_secret": "SP000_secret", "license_key": 7}', "license_key must be text"),
    ],
)
def test_a_secret_that_does_not_fit_is_refused_and_not_repeated(secret: str, rule: str) -> None:
    with pytest.raises(SettingInvalid) as refused, override("en"):
        kind_settings.read_secret(RakutenCredentials, secret)

    assert (refused.value.field, refused.value.rule) == ("secret", rule)
    assert "SP000_secret" not in repr(refused.value)


def test_a_key_that_is_none_is_refused() -> None:
    given = {"client_id": "a", "client_secret": "b", "refresh_token": "c"}
    for more, rule in (
        ({"public_key": "MII…", "public_key_version": "5"}, "public_key must be an RSA public key in PEM"),
        ({"public_key": "MII…"}, "public_key and public_key_version go together"),
    ):
        with pytest.raises(SettingInvalid) as refused:
            kind_settings.read_secret(yahoo.YahooCredentials, json.dumps({**given, **more}))
        assert refused.value.rule == rule


@pytest.mark.django_db(transaction=True)
def test_a_connection_without_its_credentials_is_not_saved_and_one_that_lost_them_waits() -> None:
    connection = Connection(
        code="r",
        name="R",
        kind="rakuten",
        channel=factories.channel(),
        secret="SP000_secret",
        settings={"orders_since": SINCE},
    )
    with pytest.raises(SettingInvalid) as refused, db.transaction():
        services.save_connection(connection=connection, actor=SYSTEM, now=NOW)
    assert (refused.value.field, Connection.objects.count()) == ("secret", 0)

    connection.save()
    with pytest.raises(KindUnavailable) as unusable:
        registry.counterpart_of(connection)
    assert "service_secret" in str(unusable.value)
    assert "SP000_secret" not in str(unusable.value)


def test_the_form_says_what_a_secret_is_made_of() -> None:
    with override("en"):
        assert "rakuten: a JSON object of service_secret, license_key" in secret_help()


def given(**changes: Any) -> MallSettings:
    return MallSettings(orders_since=SINCE, **changes)


def test_the_first_window_begins_where_orders_begin_to_be_ours() -> None:
    window = next_window(given(), "", now=NOW, back=DAY, longest=60 * DAY)

    assert window is not None
    assert (window.start, window.end) == (given().since, NOW + timedelta(minutes=10))
    assert window.cursor == NOW.isoformat()


def test_a_window_reaches_back_over_what_was_read() -> None:
    read = NOW - timedelta(minutes=5)

    window = next_window(given(), read.isoformat(), now=NOW, back=DAY, longest=60 * DAY)

    assert window is not None
    assert window.start == read - DAY


def test_a_cursor_of_a_clock_that_ran_ahead_loses_nothing() -> None:
    ahead = NOW + timedelta(hours=3)
    assert next_window(given(), ahead.isoformat(), now=NOW, back=DAY, longest=60 * DAY) is None

    later = next_window(given(), ahead.isoformat(), now=ahead + DAY, back=DAY, longest=60 * DAY)
    assert later is not None
    assert later.start <= NOW + timedelta(hours=3) - DAY


def test_after_a_long_silence_windows_follow_each_other_without_a_gap() -> None:
    cursor, now, seen = (NOW - 20 * DAY).isoformat(), NOW, []
    while window := next_window(given(), cursor, now=now, back=DAY, longest=7 * DAY):
        seen.append(window)
        cursor = window.cursor

    assert seen[-1].cursor == NOW.isoformat()
    assert all(after.start <= before.end for before, after in pairwise(seen))
    assert len(seen) == 4


def test_nothing_is_asked_for_before_orders_are_ours() -> None:
    tomorrow = MallSettings(orders_since=(NOW + DAY).isoformat())

    assert next_window(tomorrow, "", now=NOW, back=DAY, longest=7 * DAY) is None


def test_a_pace_spaces_the_calls_of_one_operation_of_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("connectors.malls.calling.time.sleep", slept.append)
    monkeypatch.setattr("connectors.malls.calling.time.monotonic", lambda: 100.0)
    pace = Pace()

    for code, operation in (("a", "stock"), ("a", "stock"), ("a", "stock"), ("a", "orders"), ("b", "stock")):
        pace.keep(code, operation, Decimal(2))

    assert slept == [0, 0.5, 1.0, 0, 0]


def counterpart(secret: str = "s") -> Counterpart[Any]:
    return Counterpart("c", "", secret, None)


def test_a_token_is_fetched_once_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    at, fetched = [100.0], iter(("one", "two"))
    monkeypatch.setattr("connectors.malls.calling.time.monotonic", lambda: at[0])
    tokens = Tokens()

    def get() -> str:
        return tokens.get(counterpart(), lambda: (next(fetched), 3600.0))

    assert (get(), get()) == ("one", "one")
    at[0] += 3539
    assert get() == "one"
    at[0] += 2
    assert get() == "two"


def test_another_secret_has_another_token() -> None:
    tokens = Tokens()

    assert tokens.get(counterpart("old"), lambda: ("one", 3600.0)) == "one"
    assert tokens.get(counterpart("new"), lambda: ("two", 3600.0)) == "two"


def test_threads_that_want_a_token_at_once_fetch_one() -> None:
    tokens, fetched, barrier = Tokens(), [], threading.Barrier(8)

    def fetch() -> tuple[str, float]:
        fetched.append(1)
        return "one", 3600.0

    def get() -> None:
        barrier.wait(5)
        tokens.get(counterpart(), fetch)

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert fetched == [1]


def test_a_slow_token_keeps_no_other_account_waiting() -> None:
    tokens, release, begun = Tokens(), threading.Event(), threading.Event()

    def slow() -> tuple[str, float]:
        begun.set()
        assert release.wait(5)
        return "slow", 3600.0

    waiting = threading.Thread(target=tokens.get, args=(counterpart("slow"), slow))
    waiting.start()
    assert begun.wait(5)

    assert tokens.get(counterpart("quick"), lambda: ("quick", 3600.0)) == "quick"
    assert waiting.is_alive()
    release.set()
    waiting.join(5)


def test_a_refused_token_is_renewed_once_and_other_failures_are_not_its(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.malls.calling.tokens", Tokens())
    fetched: list[int] = []

    def fetch() -> tuple[str, float]:
        fetched.append(1)
        return f"token-{len(fetched)}", 3600.0

    def sent_when(status: int) -> list[str]:
        sent: list[str] = []

        def send(token: str) -> None:
            sent.append(token)
            raise PushFailed("no", status=status)

        with pytest.raises(PushFailed):
            with_token(counterpart(), fetch, send)
        return sent

    assert sent_when(401) == ["token-1", "token-2"]
    assert (sent_when(429), sent_when(503)) == (["token-2"], ["token-2"])
    assert len(fetched) == 2


def test_times_of_the_mall_are_not_of_this_machine() -> None:
    assert given().since == datetime(2026, 10, 31, 15, tzinfo=UTC)
