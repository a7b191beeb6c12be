"""How many bundles there are: as many as the scarcest component allows, wherever it is asked."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

import pytest

from catalog.models import Variant
from inventory import errors, nearest, selectors
from inventory import services as inventory
from inventory.models import ChannelBuffer
from omni.core import db
from omni.core.actor import SYSTEM
from organisation.models import Location, SalesChannel
from storefront import stock_states
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Range:
    """A box of two teas and a cup, in a channel with two sources."""

    channel: SalesChannel = field(default_factory=lambda: factories.channel(code="ec"))
    east: Location = field(default_factory=lambda: factories.location(code="east"))
    west: Location = field(default_factory=lambda: factories.location(code="west"))
    tea: Variant = field(default_factory=factories.variant)
    cup: Variant = field(default_factory=factories.variant)
    sku: str = "BOX"

    def __post_init__(self) -> None:
        factories.source(self.channel, self.east, 1)
        factories.source(self.channel, self.west, 2)
        self.box = factories.bundle((self.tea, 2), (self.cup, 1), **({"sku": self.sku} if self.sku else {}))

    def stock(self, east: tuple[int, int], west: tuple[int, int]) -> None:
        for place, (tea, cup) in ((self.east, east), (self.west, west)):
            factories.stock(self.tea, place, tea)
            factories.stock(self.cup, place, cup)

    def available(self, variant: Variant | None = None, at: datetime | None = None) -> int:
        one = variant or self.box
        return selectors.channel_availability(
            channel_id=self.channel.pk, variant_ids=[self.cup.pk, one.pk], at=at
        )[one.pk]

    def buffer(self, variant: Variant | None, quantity: int) -> None:
        ChannelBuffer.objects.create(channel=self.channel, variant=variant, quantity=quantity)


@pytest.mark.parametrize(
    ("east", "west", "boxes"),
    [
        ((5, 9), (0, 0), 2),
        ((9, 3), (0, 0), 3),
        ((5, 9), (6, 1), 3),
        # Teas in one place and cups in the other make no box: it leaves one location whole.
        ((8, 0), (0, 8), 0),
        ((-3, 5), (4, 2), 2),
    ],
)
def test_a_channel_has_what_each_source_makes(
    east: tuple[int, int], west: tuple[int, int], boxes: int
) -> None:
    group = Range()
    group.stock(east, west)

    assert group.available() == boxes
    assert group.available(group.tea) == max(0, east[0]) + max(0, west[0])


def test_a_missing_level_or_no_source_makes_nothing() -> None:
    group = Range()
    factories.stock(group.tea, group.east, 9)
    other = factories.channel()

    assert group.available() == 0
    assert selectors.channel_availability(channel_id=other.pk, variant_ids=[group.box.pk]) == {
        group.box.pk: 0
    }


@pytest.mark.parametrize(
    ("of_box", "of_tea", "of_all", "boxes"),
    [(1, 0, 0, 4), (0, 4, 0, 3), (0, 0, 3, 2), (0, 20, 0, 0), (9, 0, 0, 0)],
)
def test_a_bundle_leaves_its_buffer_and_those_of_its_components(
    of_box: int, of_tea: int, of_all: int, boxes: int
) -> None:
    group = Range()
    group.stock((10, 9), (0, 0))
    for variant, units in ((group.box, of_box), (group.tea, of_tea), (None, of_all)):
        if units:
            group.buffer(variant, units)

    assert group.available() == boxes


def test_what_is_held_and_what_has_expired_counts_by_component(now: datetime) -> None:
    group = Range()
    group.stock((6, 9), (0, 0))
    later = now + timedelta(hours=1)
    with db.transaction():
        inventory.reserve(
            wants=[inventory.Want(group.tea.pk, group.east.pk, 3, "order:1:1")],
            expires_at=later,
            actor=SYSTEM,
            now=now,
        )

    assert (group.available(at=now), group.available(at=later)) == (1, 3)


def test_a_location_has_what_can_be_made_there() -> None:
    group = Range()
    group.stock((5, 9), (6, 1))
    box = group.box.pk
    nowhere = factories.bundle((factories.variant(), 1))

    found = selectors.location_availability(variant_ids=[box, nowhere.pk, group.cup.pk])

    assert found == {
        (box, group.east.pk): 2,
        (box, group.west.pk): 1,
        (group.cup.pk, group.east.pk): 9,
        (group.cup.pk, group.west.pk): 1,
    }
    assert selectors.location_availability(variant_ids=[box], location_ids=[group.west.pk]) == {
        (box, group.west.pk): 1
    }


def test_the_nearest_shops_have_what_can_be_made_there() -> None:
    group = Range()
    group.stock((5, 9), (1, 1))

    near = {
        in_stock: [
            (one.place.location.code, one.available)
            for one in nearest.nearest_locations(
                channel_id=factories.channel().pk,
                variant_id=group.box.pk,
                point=nearest.Point(35.65, 139.7),
                in_stock=in_stock,
                at=NOW,
            )
        ]
        for in_stock in (False, True)
    }

    assert near == {False: [("east", 2), ("west", 0)], True: [("east", 2)]}


def test_live_stock_shows_it_by_channel_and_by_shop() -> None:
    group = Range()
    group.stock((5, 9), (6, 1))

    [state] = stock_states.read([group.box.pk])

    assert (state["channels"], state["locations"]) == ({"ec": 3}, {"east": 2, "west": 1})


def assembled(
    group: Range, now: datetime, boxes: int, teas: int = 0, *, sold: bool = False
) -> inventory.Assembled:
    kit = inventory.Kit(group.box.pk, boxes, ((group.tea.pk, 2), (group.cup.pk, 1)))
    wants = [(group.tea.pk, teas)] if teas else []
    return inventory.assemble(
        channel_id=group.channel.pk, kits=[kit], wants=wants, now=now, already_sold=sold
    )


def test_boxes_and_single_teas_share_one_stock(now: datetime) -> None:
    group = Range()
    group.stock((5, 9), (6, 1))

    found = assembled(group, now, 3, 5)

    assert found.kits == [[(group.east.pk, 2), (group.west.pk, 1)]]
    assert found.others == [(group.tea.pk, group.east.pk, 1), (group.tea.pk, group.west.pk, 4)]
    with pytest.raises(errors.InsufficientStock) as refusal:
        assembled(group, now, 3, 6)
    short = {"sku": group.tea.sku, "location": None, "requested": 6, "available": 5}
    assert refusal.value.data() == {"shortages": [short]}


def test_what_was_sold_outside_gets_what_there_is(now: datetime) -> None:
    group = Range()
    group.stock((5, 9), (6, 1))
    group.buffer(None, 2)

    assert assembled(group, now, 9, sold=True).kits == [[(group.east.pk, 2), (group.west.pk, 1)]]


def test_allocation_and_availability_agree(now: datetime) -> None:
    """What a channel is told that it may sell is what can be allocated, and not one more."""
    for tea, cup, of_box, of_tea in product((0, 3, 8), (1, 5), (0, 1), (0, 3)):
        group = Range(
            channel=factories.channel(), east=factories.location(), west=factories.location(), sku=""
        )
        group.stock((tea, cup), (4, 2))
        group.buffer(group.box, of_box)
        group.buffer(group.tea, of_tea)

        boxes = group.available()

        if boxes:
            assembled(group, now, boxes)
        with pytest.raises(errors.InsufficientStock) as refusal:
            assembled(group, now, boxes + 1)
        assert refusal.value.data()["shortages"][0]["available"] == boxes
