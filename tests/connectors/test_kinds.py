"""Kinds of connection that packages install: found, refused, missing, and at work."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from connectors import kind_settings, registry, services
from connectors.errors import KindUnavailable, SettingInvalid
from connectors.models import Connection, ListingState, PushState, ShipmentNotice
from connectors.ports import Capability
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import InvalidField
from orders.models import Fulfilment, Order
from tests import factories
from tests.conftest import NOW
from tests.connectors import tinyshop as shop
from tests.connectors.conftest import Link
from tests.connectors.tinyshop import Tinyshop, plugins, tinyshop

__all__ = ["plugins", "tinyshop"]


def make_tinyshop(link: Link, url: str, **changes: Any) -> Connection:
    values = {
        "code": "tiny",
        "name": "Tiny",
        "kind": "tinyshop",
        "channel": link.channel,
        "url": url,
        "secret": shop.KEY,
        "settings": {"warehouse": "main"},
        **changes,
    }
    return Connection.objects.create(**values)


def test_the_kinds_are_those_of_the_platform_and_of_packages(plugins: None) -> None:
    assert {kind.name for kind in registry.usable()} >= {"webhook", "tinyshop"}
    unable = {Capability.RECEIVE_TILL_BATCH, Capability.FINISH_PUSHES}
    assert registry.find_kind("webhook").capabilities == set(Capability) - unable
    assert registry.find_kind("tinyshop").capabilities == set(Capability) - unable - {
        Capability.RECEIVE_ORDER
    }


def test_without_the_package_its_kind_is_not_there() -> None:
    assert "tinyshop" not in registry.installed()
    assert registry.find_kind("tinyshop").error == "No package installs the kind 'tinyshop'."


def test_a_package_that_can_not_be_loaded_costs_only_its_own_kind(plugins: None) -> None:
    broken = registry.find_kind("broken")

    assert (broken.connector, broken.capabilities) == (None, frozenset())
    assert broken.error.startswith("AttributeError")
    assert registry.find_kind("webhook").connector is not None


def test_a_kind_that_is_not_installed_is_refused_with_those_that_are(link: Link) -> None:
    connection = Connection(
        code="x", name="X", kind="tinyshop", channel=link.channel, url="http://127.0.0.1:9"
    )

    with pytest.raises(ValidationError) as refused:
        connection.full_clean()
    with pytest.raises(InvalidField) as not_saved, db.transaction():
        services.save_connection(connection=connection, actor=SYSTEM, now=NOW)

    assert list(refused.value.message_dict) == ["kind"]
    assert "webhook" in refused.value.message_dict["kind"][0]
    assert not_saved.value.field == "kind"
    assert "webhook" in not_saved.value.rule
    assert not Connection.objects.filter(code="x").exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], "settings"),
        ({}, "settings.warehouse"),
        ({"warehouse": 3}, "settings.warehouse"),
        ({"warehouse": "main", "orders_a_page": True}, "settings.orders_a_page"),
        ({"warehouse": "main", "orders_a_page": "9"}, "settings.orders_a_page"),
        ({"warehouse": "main", "wharehouse": "main"}, "settings.wharehouse"),
        ({"warehouse": "main", "orders_a_page": 101}, "settings"),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name(plugins: None, given: Any, field: str) -> None:
    connector = registry.find_kind("tinyshop").connector
    assert connector is not None

    with pytest.raises(SettingInvalid) as refused:
        kind_settings.read(connector.settings, given)

    assert refused.value.field == field


def test_settings_take_their_defaults(plugins: None) -> None:
    connector = registry.find_kind("tinyshop").connector
    assert connector is not None

    read = kind_settings.read(connector.settings, {"warehouse": "main"})

    assert (read.warehouse, read.orders_a_page) == ("main", 50)
    assert [(one.name, one.demanded, one.default) for one in kind_settings.describe(connector.settings)] == [
        ("warehouse", True, None),
        ("orders_a_page", False, 50),
    ]


def test_a_plugged_in_kind_pushes_compares_and_heals(
    plugins: None, link: Link, tinyshop: Tinyshop, now: datetime
) -> None:
    connection = make_tinyshop(link, tinyshop.url)
    link.touch(*link.variants)
    skus = [variant.sku for variant in link.variants]

    assert services.push(connection_id=connection.pk) == 2
    assert tinyshop.levels == dict(zip(skus, [10, 3], strict=True))

    PushState.objects.update(acknowledged_at=None)
    tinyshop.levels[skus[0]] = 99
    tinyshop.prices = dict.fromkeys(skus, "1000")
    compared = services.compare(connection_id=connection.pk, now=now)
    assert (compared.drifted, compared.error) == (1, "")
    assert tinyshop.levels[skus[0]] == 10


def test_a_plugged_in_kind_brings_orders_once(
    plugins: None, link: Link, tinyshop: Tinyshop, now: datetime
) -> None:
    factories.tender("external", "EXTERNAL", refund_route="CHANNEL")
    settings = {"warehouse": "main", "orders_a_page": 1}
    connection = make_tinyshop(link, tinyshop.url, settings=settings)
    tinyshop.orders = [shop.order(f"T-{one}", link.variants[0].sku, 1, 1000) for one in (1, 2)]

    assert services.poll_orders(connection_id=connection.pk, now=now) == 2
    assert services.poll_orders(connection_id=connection.pk, now=now) == 0

    numbers = Order.objects.filter(channel=link.channel).values_list("external_number", "total")
    assert set(numbers) == {("T-1", Decimal(1000)), ("T-2", Decimal(1000))}


def test_what_a_kind_can_not_do_is_never_asked_of_it(
    plugins: None, link: Link, tinyshop: Tinyshop, client: Client
) -> None:
    """Tinyshop sends no orders by itself: there is no such address for it."""
    make_tinyshop(link, tinyshop.url)

    answer = client.post("/api/v1/webhooks/tiny/orders", data="{}", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert tinyshop.asked == []


def test_a_connection_whose_kind_is_gone_fails_by_itself(link: Link, now: datetime) -> None:
    gone = make_tinyshop(link, "http://127.0.0.1:9")
    link.touch(*link.variants)

    assert services.push(connection_id=gone.pk) == 0
    assert link.push() == 2
    assert services.poll_orders(connection_id=gone.pk, now=now) == 0
    compared = services.compare(connection_id=gone.pk, now=now)

    gone.refresh_from_db()
    told = "No package installs the kind 'tinyshop'."
    assert (gone.last_error, compared.error) == (told, f"KindUnavailable: {told}")
    waiting = PushState.objects.filter(connection=gone, dirty_at__isnull=False, dead_at=None)
    assert waiting.count() == 2
    with pytest.raises(KindUnavailable), registry.reached(gone):
        pass


def test_a_kind_that_comes_back_is_told_what_it_missed(
    link: Link, tinyshop: Tinyshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = make_tinyshop(link, tinyshop.url)
    link.touch(*link.variants)
    services.push(connection_id=connection.pk)
    assert tinyshop.levels == {}

    monkeypatch.syspath_prepend(shop.PLUGINS)
    registry.installed.cache_clear()
    PushState.objects.update(next_try_at=None)
    assert services.push(connection_id=connection.pk) == 2
    registry.installed.cache_clear()

    assert len(tinyshop.levels) == 2


def test_a_kind_that_breaks_is_a_failed_push_and_no_crash(
    plugins: None, link: Link, tinyshop: Tinyshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = make_tinyshop(link, tinyshop.url)
    link.touch(*link.variants)
    monkeypatch.setattr(Tinyshop, "answer", lambda *_: "no object")

    with pytest.raises(Exception, match="AttributeError"), registry.reached(connection) as (connector, to):
        list(connector.read_stock(to))


def test_the_guide_shows_the_package_that_is_tested() -> None:
    guide = (shop.PLUGINS.parents[1] / "docs" / "connectors.md").read_text()
    package = (shop.PLUGINS / "omni_tinyshop.py").read_text()

    assert f"```python\n{package}```" in guide
    assert len(package.splitlines()) < 100


def test_a_plugged_in_kind_is_told_prices_and_shipments(
    plugins: None, link: Link, tinyshop: Tinyshop, now: datetime
) -> None:
    factories.tender("external", "EXTERNAL", refund_route="CHANNEL")
    connection = make_tinyshop(link, tinyshop.url)
    tinyshop.orders = [shop.order("T-1", link.variants[0].sku, 1, 1000)]
    services.poll_orders(connection_id=connection.pk, now=now)
    part = Order.objects.get().fulfilments.get()
    Fulfilment.objects.filter(pk=part.pk).update(completed_at=now, status="COMPLETED", tracking_number="9-1")
    with db.transaction():
        services.note_shipments(fulfilment_ids=[part.pk])
        services.mark_listings(channel_id=link.channel.pk, variant_ids=None, at=now)

    assert services.push(connection_id=connection.pk) == 3

    assert tinyshop.prices == {variant.sku: "1000" for variant in link.variants}
    [(identifier, parcel)] = tinyshop.parcels.items()
    assert identifier == str(ShipmentNotice.objects.get().public_id)
    assert parcel == {
        "id": identifier,
        "tracking": "9-1",
        "lines": {link.variants[0].sku: 1},
        "order": "T-1",
    }
    tinyshop.prices[link.variants[1].sku] = "1"
    ListingState.objects.update(acknowledged_at=None)
    compared = services.compare(connection_id=connection.pk, now=now)
    assert (compared.listings_drifted, compared.error) == (1, "")
    assert tinyshop.prices[link.variants[1].sku] == "1000"
