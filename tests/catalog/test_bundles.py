"""What a bundle is made of: set as a whole, never nested, never stocked."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError

from catalog import errors, services
from catalog.models import Component, Variant
from catalog.selectors import get_offers, list_bundles_with
from inventory import errors as stock_errors
from inventory import services as inventory
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from tests import factories
from tests.concurrency.racing import second_connection

pytestmark = pytest.mark.django_db(transaction=True)


def compose(bundle: Variant, now: datetime, *components: tuple[Variant, int]) -> None:
    with db.transaction():
        services.set_components(
            bundle_id=bundle.pk,
            components={variant.pk: quantity for variant, quantity in components},
            actor=SYSTEM,
            now=now,
        )


def made_of(bundle: Variant) -> list[tuple[int, int]]:
    rows = Component.objects.filter(bundle=bundle).order_by("component_id")
    return list(rows.values_list("component_id", "quantity"))


def test_components_are_set_as_a_whole_with_their_history(now: datetime) -> None:
    box, tea, cup, pot = (factories.variant() for _ in range(4))
    channel = factories.channel()
    factories.listing(box, channel)

    compose(box, now, (tea, 2), (cup, 1))
    compose(box, now, (tea, 3), (pot, 1))

    assert made_of(box) == [(tea.pk, 3), (pot.pk, 1)]
    history = apps.get_model("catalog", "ComponentEvent").objects
    assert sorted(history.values_list("component_id", "quantity")) == [(tea.pk, 2), (cup.pk, 1)]
    assert list_bundles_with([tea.pk, cup.pk]) == [box.pk]
    assert get_offers(channel_id=channel.pk, variant_ids=[box.pk], at=now)[box.pk].components == (
        (tea.pk, 3),
        (pot.pk, 1),
    )
    told = Event.objects.filter(type="catalog.listing-changed.v1")
    assert [event.payload["variant_ids"] for event in told] == [[box.pk]] * 2


def refused_by(change: Callable[[], None], refusal: type[DomainError]) -> dict[str, Any]:
    before = list(Component.objects.values_list("bundle", "component", "quantity"))
    with pytest.raises(refusal) as told:
        change()
    assert list(Component.objects.values_list("bundle", "component", "quantity")) == before
    return told.value.data()


def test_no_bundle_holds_a_bundle(now: datetime) -> None:
    tea, cup = factories.variant(), factories.variant()
    box, chest = factories.bundle((tea, 2), sku="BOX"), factories.variant()
    tea_set = partial(compose, tea, now, (cup, 1))

    assert refused_by(partial(compose, chest, now, (box, 1)), errors.BundleNested) == {"skus": ["BOX"]}
    assert refused_by(tea_set, errors.BundleNested) == {"skus": [tea.sku]}
    with pytest.raises(IntegrityError, match="a bundle within a bundle"):
        Component.objects.create(bundle=chest, component=box, quantity=1)


def test_no_component_without_stock_of_its_own(now: datetime) -> None:
    box, wrapping = factories.variant(), factories.variant(sku="WRAP", keeps_stock=False)
    tea = factories.variant()

    refused = refused_by(partial(compose, box, now, (tea, 1), (wrapping, 1)), errors.ComponentKeepsNoStock)
    compose(box, now, (tea, 1))

    assert refused == {"skus": ["WRAP"]}
    with pytest.raises(errors.ComponentKeepsNoStock), db.transaction():
        services.update_variant(variant_id=tea.pk, fields={"keeps_stock": False}, actor=SYSTEM)


def test_what_has_stock_is_no_bundle_and_a_bundle_gets_none(now: datetime) -> None:
    shop, tea = factories.location(), factories.variant()
    stocked, box = factories.variant(sku="OLD"), factories.bundle((tea, 1), sku="BOX")
    factories.stock(stocked, shop, 0)
    claim = Claim.of(actor=SYSTEM, operation="receive", key="k", request={})

    refused = refused_by(partial(compose, stocked, now, (tea, 1)), errors.BundleHoldsStock)
    with pytest.raises(stock_errors.KeepsNoStock) as receipt:
        inventory.receive_stock(location_id=shop.pk, lines=[(box.pk, 1)], claim=claim, actor=SYSTEM, now=now)
    with pytest.raises(IntegrityError, match="is a bundle"):
        factories.stock(box, shop, 1)

    assert (refused, receipt.value.data()) == ({"sku": "OLD"}, {"skus": ["BOX"]})


def test_a_level_made_meanwhile_waits_and_is_refused(now: datetime) -> None:
    """Neither the bundle nor the level can miss the other: one of them waits."""
    shop, tea, box = factories.location(), factories.variant(), factories.variant()

    def stock_it() -> None:
        with db.transaction():
            inventory.create_levels([(box.pk, shop.pk)])

    with second_connection() as second:
        with db.transaction():
            services.set_components(bundle_id=box.pk, components={tea.pk: 1}, actor=SYSTEM, now=now)
            waiting = second.start(stock_it)
            assert not waiting.done()
        with pytest.raises(IntegrityError, match="is a bundle"):
            waiting.result(timeout=10)


def test_two_changes_at_once_nest_nothing(now: datetime) -> None:
    tea, box, chest = (factories.variant() for _ in range(3))

    with second_connection() as second:
        with db.transaction():
            services.set_components(bundle_id=box.pk, components={tea.pk: 1}, actor=SYSTEM, now=now)
            waiting = second.start(partial(compose, chest, now, (box, 1)))
            assert not waiting.done()
        with pytest.raises(errors.BundleNested):
            waiting.result(timeout=10)

    assert made_of(chest) == []
