"""What is labelled at a location, and what tracking numbers do to it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from omni.core.actor import SYSTEM
from orders.errors import TrackingRefused
from orders.labels import Label, Tracked, reference_of
from orders.models import Carrier, Fulfilment, Order
from orders.selectors_labels import list_labels
from orders.services.tracking import TrackingTaken, take_tracking
from orders.wishes import Gift, ShipWish
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.orders.test_place_delivery import OSAKA, zoned

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    shop = {"phone": "0311112222", "postal_code": "150-0043", "address": {"ja": "東京都渋谷区道玄坂2-1"}}
    return Site(warehouse=factories.location(**shop))


@pytest.fixture
def carrier(site: Site) -> Carrier:
    carrier = zoned(site).carrier
    Carrier.objects.filter(pk=carrier.pk).update(labels="YAMATO_B2", account="0312345678")
    carrier.refresh_from_db()
    return carrier


def labels(site: Site, carrier: Carrier) -> list[Label]:
    return list_labels(carrier=carrier, location=site.warehouse, on=NOW.date())


def take(*tracked: Tracked, within: Any = None) -> TrackingTaken:
    return take_tracking(tracked=tracked, within=within, actor=SYSTEM, now=NOW)


def test_each_delivery_that_leaves_has_a_label(site: Site, carrier: Carrier) -> None:
    tea = site.item(1100)
    cart = site.cart((tea, 2))
    wishes = (
        ShipWish(slot="am"),
        ShipWish(portions={cart.lines.get().pk: 1}, address=OSAKA, gift=Gift(hides_prices=True)),
    )
    placed = place(cart, wishes=wishes)
    order = Order.objects.get(number=placed.number)

    home, gone = labels(site, carrier)

    assert [home.reference, gone.reference] == [
        reference_of(each.pk) for each in order.fulfilments.order_by("pk")
    ]
    assert (home.to.name, home.slot, home.sender.phone) == ("山田 花子", "0812", "0311112222")
    # A gift comes from its buyer; what is paid on delivery is collected once.
    assert (gone.to.name, gone.sender.name, gone.slot) == ("佐藤 太郎", "山田 花子", "")
    assert (home.collect, home.collect_tax, gone.collect) == (int(order.total), int(order.tax_amount), 0)


def test_an_order_that_says_nothing_goes_by_the_usual_carrier(site: Site, carrier: Carrier) -> None:
    place(site.cart((site.item(1100), 1)))
    other = factories.shipping_method(channel=site.channel, tax_class=site.standard, position=9).carrier

    assert [label.account for label in labels(site, carrier)] == ["0312345678"]
    assert labels(site, other) == []


def test_many_labels_take_as_many_statements_as_one(site: Site, carrier: Carrier) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            labels(site, carrier)
        return len(captured)

    tea = site.item(1100, stock=20)
    place(site.cart((tea, 1)), wishes=(ShipWish(slot="am"),))
    few = statements()
    for _ in range(4):
        place(site.cart((tea, 1)), wishes=(ShipWish(slot="am"),))

    assert statements() == few
    assert len(labels(site, carrier)) == 5


def test_numbers_complete_what_they_name_once(site: Site, carrier: Carrier) -> None:
    place(site.cart((site.item(1100), 1)))
    part = Fulfilment.objects.get()
    lines = [Tracked(2, part.pk, "123456789012"), Tracked(3, part.pk, "123456789013")]

    first, again = take(*lines), take(*lines)

    part.refresh_from_db()
    assert (first.completed, first.known, first.failed) == (1, 0, ())
    assert (again.completed, again.known, again.failed) == (0, 1, ())
    assert (part.status, part.tracking_number) == ("COMPLETED", "123456789012,123456789013")
    assert Order.objects.get().status == "COMPLETED"
    assert labels(site, carrier) == []


def test_a_file_with_a_bad_line_takes_nothing(site: Site, carrier: Carrier) -> None:
    place(site.cart((site.item(1100), 1)))
    part = Fulfilment.objects.get()

    with pytest.raises(TrackingRefused) as unknown:
        take(Tracked(2, part.pk, "123456789012"), Tracked(3, part.pk + 999, "123456789013"))
    with pytest.raises(TrackingRefused) as elsewhere:
        take(Tracked(2, part.pk, "123456789012"), within=frozenset())

    part.refresh_from_db()
    assert (part.status, part.tracking_number) == ("RESERVED", "")
    assert unknown.value.data()["lines"] == [{"line": 3, "reason": "unknown", "value": f"F{part.pk + 999}"}]
    assert [line["reason"] for line in elsewhere.value.data()["lines"]] == ["unknown"]


def test_what_left_with_another_number_is_not_renamed(site: Site, carrier: Carrier) -> None:
    place(site.cart((site.item(1100), 1)))
    part = Fulfilment.objects.get()
    take(Tracked(2, part.pk, "123456789012"))

    with pytest.raises(TrackingRefused) as refused:
        take(Tracked(2, part.pk, "999999999999"))

    assert refused.value.data()["lines"][0]["reason"] == "gone-with-another-number"
    assert take(Tracked(2, part.pk, "123456789012")).known == 1
