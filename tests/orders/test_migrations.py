"""Migrations that count what a live table holds: there and back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from inventory.models import Backlog
from omni.core.idempotency import Claim
from orders import services
from orders import verification as books
from orders.models import Order
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site
from tests.orders.test_allocate_waiting import MALL

pytestmark = pytest.mark.django_db(transaction=True)


def sold_outside(site: Site, variant_id: int, quantity: int) -> str:
    number = f"SB-{factories.number()}"
    return services.place_external_order(
        channel=site.channel,
        external_number=number,
        lines=[services.ExternalLine(variant_id, quantity, Decimal(1100 * quantity))],
        contact={"name": "佐藤 次郎"},
        total=Decimal(1100 * quantity),
        placed_at=NOW - timedelta(hours=1),
        claim=Claim.of(actor=MALL, operation="take-order", key=number, request={"number": number}),
        actor=MALL,
        now=NOW,
    ).number


def test_what_waits_already_is_counted_when_backlogs_begin() -> None:
    site = Site()
    tea, cup, there = site.item(stock=1), site.item(stock=0), site.item(stock=9)
    box = factories.bundle((cup, 2), sku="BOX", tax_class=site.standard)
    for variant, quantity in ((tea, 3), (tea, 2), (box, 2), (there, 1)):
        sold_outside(site, variant.pk, quantity)
    gone = sold_outside(site, tea.pk, 7)
    Order.objects.filter(number=gone).update(status="CANCELLED")
    Backlog.objects.all().delete()
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes("orders")

    try:
        MigrationExecutor(connection).migrate([("orders", "0007_bundles")])
    finally:
        MigrationExecutor(connection).migrate(leaves)

    counted = Backlog.objects.values_list("variant", "channel", "ahead", "owed").order_by("variant")
    assert list(counted) == [(tea.pk, site.channel.pk, 0, 4), (cup.pk, site.channel.pk, 0, 4)]
    assert books.find_drifts() == []
