"""Which locations near a point have something: the nearest first, of those that serve the channel."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from catalog.models import Variant
from inventory import errors, nearest
from inventory.models import StockLevel
from inventory.nearest import NEAREST, NearLocation, Point
from omni.core import sql
from omni.core.errors import InvalidField
from organisation.models import Company, Location, SalesChannel
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[object]]


# Shibuya and Shinjuku stand 3.4 km apart, Umeda in Osaka 400 km from both, Sapporo 830 km.
SHIBUYA, SHINJUKU = (35.6580, 139.7016), (35.6896, 139.7006)
UMEDA, SAPPORO = (34.7025, 135.4959), (43.0687, 141.3508)


SHIBUYA_POINT = Point(*SHIBUYA)


def find(
    channel: SalesChannel, variant: Variant, point: Point = SHIBUYA_POINT, **how: Any
) -> list[NearLocation]:
    return nearest.nearest_locations(channel_id=channel.pk, variant_id=variant.pk, point=point, at=NOW, **how)


def codes(near: list[NearLocation]) -> list[str]:
    return [one.place.location.code for one in near]


def shop_at(point: tuple[float, float], code: str, **fields: object) -> int:
    return factories.location(latitude=point[0], longitude=point[1], code=code, **fields).pk


def test_the_nearest_come_first_with_their_distance() -> None:
    channel, variant = factories.channel(), factories.variant()
    for code, point in (("sapporo", SAPPORO), ("shinjuku", SHINJUKU), ("umeda", UMEDA), ("shibuya", SHIBUYA)):
        shop_at(point, code)
    factories.stock(variant, Location.objects.get(code="umeda"), 4)

    near = find(channel, variant, limit=10)

    assert codes(near) == ["shibuya", "shinjuku", "umeda", "sapporo"]
    assert [one.available for one in near] == [0, 0, 4, 0]
    assert near[0].distance == 0
    assert near[1].distance == pytest.approx(3_515, abs=20)
    assert near[2].distance == pytest.approx(397_000, rel=0.01)
    assert near[3].distance == pytest.approx(835_000, rel=0.01)


def test_the_box_never_hides_a_nearer_shop() -> None:
    """At 60° north a degree of longitude is half as long: the box must be wide enough."""
    channel, variant = factories.channel(), factories.variant()
    shop_at((60.0, 25.35), "east")  # 19.5 km
    shop_at((60.1795, 25.0), "north")  # 19.96 km

    near = find(channel, variant, Point(60.0, 25.0), limit=2)

    assert codes(near) == ["east", "north"]
    assert [one.distance for one in near] == [
        pytest.approx(19_459, abs=60),
        pytest.approx(19_960, abs=60),
    ]


def test_nearest_asks_for_a_capability_and_for_stock() -> None:
    channel, variant = factories.channel(), factories.variant()
    shop_at(SHIBUYA, "warehouse", capabilities=["SHIP"])
    shop_at(SHINJUKU, "empty", capabilities=["PICKUP"])
    shop_at(SHINJUKU, "closed", capabilities=["PICKUP"], active=False)
    stocked = factories.location(
        latitude=UMEDA[0], longitude=UMEDA[1], code="stocked", capabilities=["PICKUP"]
    )
    factories.stock(variant, stocked, 1)

    collecting = find(channel, variant, limit=5, capability="PICKUP")
    having = find(channel, variant, limit=1, in_stock=True)

    assert codes(collecting) == ["empty", "stocked"]
    assert codes(having) == ["stocked"]


def test_a_postal_code_is_where_our_nearest_codes_are() -> None:
    factories.location(postal_code="150-0043", latitude=35.0, longitude=139.0)
    factories.location(postal_code="150-0002", latitude=36.0, longitude=140.0)
    factories.location(postal_code="530-0001", latitude=34.7, longitude=135.5)

    assert nearest.find_point(postal_code="150-0099") == Point(35.5, 139.5, digits=5)
    assert nearest.find_point(postal_code="1500043") == Point(35.0, 139.0, digits=7)
    assert nearest.find_point(postal_code="900-0001") is None


def test_a_postal_code_in_any_script_is_placed_by_one_statement(
    django_assert_num_queries: CountQueries,
) -> None:
    factories.location(postal_code="150-0043", latitude=35.0, longitude=139.0)
    factories.location(postal_code="150-0043", latitude=37.0, longitude=141.0, country="KR")
    factories.location(postal_code="1500043", latitude=39.0, longitude=143.0, active=False)

    with django_assert_num_queries(1):
        assert nearest.find_point(postal_code="１５０－００４３") == Point(35.0, 139.0, digits=7)
    assert nearest.find_point(postal_code="190-0001") is None


def test_a_postal_code_is_recognised_by_japan_posts_list_and_placed_by_our_shops() -> None:
    factories.location(postal_code="150-0002", latitude=35.0, longitude=139.0)

    point = nearest.get_point(postal_code="１５００００１")

    assert point == Point(35.0, 139.0, digits=6, place="東京都渋谷区神宮前")
    with pytest.raises(InvalidField) as refused:
        nearest.get_point(postal_code="150-0099")
    assert refused.value.data() == {"field": "postal_code", "rule": "known", "value": "150-0099"}
    with pytest.raises(errors.PostalCodeUnplaced):
        nearest.get_point(postal_code="900-0001")


def test_another_countrys_postal_code_is_placed_unrecognised() -> None:
    factories.location(postal_code="04524", latitude=37.5, longitude=127.0, country="KR")

    assert nearest.get_point(postal_code="04500", country="KR") == Point(37.5, 127.0, digits=3)


def test_near_a_location_is_where_it_stands() -> None:
    factories.location(code="shibuya", latitude=SHIBUYA[0], longitude=SHIBUYA[1])
    factories.location(code="nowhere", latitude=None)
    factories.location(code="closed", active=False)

    assert nearest.get_location_point("shibuya") == SHIBUYA_POINT
    with pytest.raises(errors.LocationUnplaced):
        nearest.get_location_point("nowhere")
    for code in ("closed", "unknown"):
        with pytest.raises(errors.UnknownLocation):
            nearest.get_location_point(code)


def test_nearest_offers_only_what_serves_the_channel() -> None:
    ours = factories.company()
    channel, variant = factories.channel(company=ours), factories.variant()
    shop_at(SHIBUYA, "paused", paused_until=NOW + timedelta(seconds=1))
    shop_at(SHIBUYA, "resumed", paused_until=NOW)
    shop_at(SHIBUYA, "franchise", franchise=True)
    shop_at(SHIBUYA, "own-franchise", franchise=True, company=ours)
    shop_at(SHIBUYA, "plain")

    assert codes(find(channel, variant)) == ["own-franchise", "plain", "resumed"]
    assert codes(find(factories.channel(active=False), variant)) == []


def many_shops(count: int) -> tuple[SalesChannel, Variant]:
    """Shops all over Japan, every other one with a unit."""
    company, variant = factories.company(), factories.variant()
    shops = Location.objects.bulk_create(_shop(company, number) for number in range(count))
    StockLevel.objects.bulk_create(
        StockLevel(variant=variant, location=shop, on_hand=1) for shop in shops[::2]
    )
    return factories.channel(company=company), variant


def _shop(company: Company, number: int) -> Location:
    """On a grid of 50 columns from 31° to 43° north, 130° to 145° east."""
    row, column = divmod(number, 50)
    return Location(
        code=f"shop-{number}",
        kind="STORE",
        company=company,
        capabilities=["PICKUP"],
        latitude=31 + row * 0.3,
        longitude=130 + column * 0.3,
    )


@pytest.mark.parametrize("count", [200, 2000])
def test_the_nearest_of_many_take_as_many_statements_as_of_few(
    count: int, django_assert_num_queries: CountQueries
) -> None:
    channel, variant = many_shops(count)

    with django_assert_num_queries(5):
        near = find(channel, variant, Point(31.0, 130.0), limit=10, capability="PICKUP", in_stock=True)

    assert (len(near), codes(near)[:2]) == (10, ["shop-0", "shop-50"])


def test_the_nearest_are_found_by_the_index_of_coordinates() -> None:
    channel, variant = many_shops(2000)
    params = {
        "channel": channel.pk, "variant": variant.pk, "variants": sql.integers([variant.pk]),
        "latitude": 35.0, "longitude": 139.0, "capability": "PICKUP", "in_stock": True, "limit": 10, "at": NOW,
        **nearest._box(35.0, nearest.RADII[0]),
    }  # fmt: skip
    sql.fetch_all("ANALYZE organisation_location")

    plan = "\n".join(row[0] for row in sql.fetch_all(f"EXPLAIN {NEAREST}", params))

    assert "location_point" in plan
    assert "Seq Scan on organisation_location" not in plan
