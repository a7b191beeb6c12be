"""What delivery costs, by tables of examples and by what must hold of all prices."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.errors import FieldMissing, MethodNotOffered, NotDeliverable
from orders.prefectures import find_prefecture
from orders.shipping import (
    Delivery,
    Measure,
    Method,
    Parcel,
    Plan,
    Rate,
    Sent,
    ShipTo,
    Zone,
    deliver,
    pack,
    price_of,
    shipping_of,
)

KANTO, OKINAWA = Zone(1, 1), Zone(2, 3)
TEN = Decimal("0.10")


def rate(
    amount: int,
    *,
    zone: int | None = None,
    size: int | None = None,
    weight: int | None = None,
    goods: int = 0,
) -> Rate:
    return Rate(zone, size, weight, Decimal(goods), Decimal(amount))


def method(*rates: Rate, code: str = "parcel", temperature: str = "AMBIENT", carrier: str = "y") -> Method:
    return Method(
        code=code,
        name={},
        carrier=carrier,
        temperature=temperature,
        tax_rate=TEN,
        rates=rates,
        zones={"東京都": KANTO, "沖縄県": OKINAWA},
    )


BY_ZONE = method(
    rate(550, zone=1, size=60, weight=2000),
    rate(770, zone=1, size=80, weight=5000),
    rate(1320, zone=2, size=60, weight=2000),
    rate(0, goods=5500),
    rate(500, zone=2, goods=5500),
)


@pytest.mark.parametrize(
    ("zone", "parcel", "goods", "expected"),
    [
        (1, Parcel(60**3, 2000), 1000, (1, 550)),
        # A gramme or a centimetre more is the next size.
        (1, Parcel(60**3, 2001), 1000, (1, 770)),
        (1, Parcel(60**3 + 1, 0), 1000, (1, 770)),
        # Nobody knows how large it is: the smallest.
        (1, Parcel(0, 0), 1000, (1, 550)),
        (2, Parcel(0, 0), 5499, (1, 1320)),
        # Free from an amount, but for where a zone's own rate says otherwise.
        (1, Parcel(80**3, 0), 5500, (1, 0)),
        (2, Parcel(0, 0), 5500, (1, 500)),
        # What no size holds: full ones of the largest, and the rest.
        (1, Parcel(80**3 + 60**3, 0), 1000, (2, 770 + 550)),
        (1, Parcel(0, 12_000), 1000, (3, 770 + 770 + 550)),
        # Nothing is known of a third zone.
        (3, Parcel(0, 0), 1000, None),
        # One unit that is larger than any parcel is not split.
        (1, Parcel(81**3, 0, 81**3, 0), 1000, None),
    ],
)
def test_a_parcel_costs_what_its_zone_size_and_goods_say(
    zone: int, parcel: Parcel, goods: int, expected: tuple[int, int] | None
) -> None:
    assert price_of(BY_ZONE, zone, parcel, Decimal(goods)) == expected


def test_units_packed_together_take_their_room_and_weight() -> None:
    # Two of 60 cm take as much room as one of 75.6 cm: a parcel of 80.
    parcel = pack([(Measure("AMBIENT", 60, 900), 2)])

    assert parcel == Parcel(432_000, 1800, 216_000, 900)
    assert price_of(BY_ZONE, 1, parcel, Decimal(0)) == (1, 770)


def plan(*methods: Method, **fields: object) -> Plan:
    measures = {1: Measure("AMBIENT", 40, 500), 2: Measure("CHILLED", 40, 500)}
    return Plan(methods, measures, **fields)


def sent(*variants: int, amount: int = 1000) -> list[Sent]:
    return [Sent(place, variant, 1, Decimal(amount)) for place, variant in enumerate(variants)]


def told(deliveries: tuple[Delivery, ...]) -> list[tuple[int, tuple[int, ...], str, int]]:
    return [(one.address, one.places, one.method.code, int(one.amount)) for one in deliveries]


AMBIENT = method(rate(550), code="ambient")
COOL = method(rate(770), code="cool", temperature="CHILLED")
OTHER_COOL = method(rate(990), code="s-cool", temperature="CHILLED", carrier="s")
OTHER = method(rate(660), code="s", carrier="s")


def test_each_temperature_is_a_parcel_of_its_own() -> None:
    deliveries = deliver(plan(AMBIENT, COOL), sent(1, 2, 1))

    assert told(deliveries) == [(0, (0, 2), "ambient", 550), (0, (1,), "cool", 770)]
    shipping = shipping_of(deliveries, company_id=7)
    assert (shipping.amount, shipping.tax_rate, shipping.company_id) == (1320, TEN, 7)


def test_who_chooses_a_carrier_gets_the_other_temperature_by_it_too() -> None:
    methods = (AMBIENT, COOL, OTHER, OTHER_COOL)

    deliveries = deliver(plan(*methods, addresses=(ShipTo(method="s"),)), sent(1, 2))

    assert told(deliveries) == [(0, (0,), "s", 660), (0, (1,), "s-cool", 990)]


def test_each_address_pays_for_its_own_by_what_goes_there() -> None:
    free = method(rate(550), rate(0, goods=2000), code="free")
    to = (ShipTo(), ShipTo(places=frozenset({2}), field="deliveries.0"))

    deliveries = deliver(plan(free, addresses=to), sent(1, 1, 1))

    assert told(deliveries) == [(0, (0, 1), "free", 0), (1, (2,), "free", 550)]


def test_without_methods_everything_goes_for_nothing() -> None:
    deliveries = deliver(plan(), sent(1, 2))

    assert told(deliveries) == [(0, (0, 1), "", 0)]
    assert shipping_of(deliveries, company_id=7).amount == 0


def test_what_is_not_offered_is_refused_by_name() -> None:
    with pytest.raises(MethodNotOffered) as unknown:
        deliver(plan(AMBIENT, addresses=(ShipTo(method="drone"),)), sent(1))
    with pytest.raises(NotDeliverable) as warm:
        deliver(plan(AMBIENT), sent(2))
    with pytest.raises(NotDeliverable) as far:
        deliver(plan(method(rate(550, zone=1)), addresses=(ShipTo(prefecture="沖縄県"),)), sent(1))
    with pytest.raises(FieldMissing) as nowhere:
        deliver(plan(BY_ZONE), sent(1))

    assert unknown.value.data() == {
        "field": "delivery.method", "rule": "offered", "method": "drone", "offered": ["ambient"]
    }  # fmt: skip
    assert warm.value.temperature == "CHILLED"
    assert far.value.prefecture == "沖縄県"
    assert nowhere.value.data() == {"field": "contact.prefecture", "rule": "required"}


def test_where_nobody_says_where_it_goes_the_cheapest_zone_is_shown() -> None:
    assert told(deliver(plan(BY_ZONE, estimates=True), sent(1))) == [(0, (0,), "parcel", 550)]


@pytest.mark.parametrize(
    ("prefecture", "postal_code", "country", "expected"),
    [
        ("東京都", "", "JP", "東京都"),
        ("東京", "", "JP", "東京都"),
        (" 京都 ", "", "JP", "京都府"),
        ("北海道", "", "JP", "北海道"),
        ("", "530-0001", "JP", "大阪府"),
        ("Osaka", "5300001", "JP", "大阪府"),
        ("東京", "530-0001", "JP", "東京都"),
        ("", "", "JP", None),
        ("東京都", "", "FR", None),
    ],
)
def test_an_address_means_a_prefecture(
    prefecture: str, postal_code: str, country: str, expected: str | None
) -> None:
    found = find_prefecture(prefecture=prefecture, postal_code=postal_code, country=country)

    assert found == expected


@st.composite
def ladders(draw: st.DrawFn) -> Method:
    """A method whose larger sizes hold more weight and cost no less."""
    steps = draw(st.integers(1, 5))
    sizes = sorted(draw(st.sets(st.integers(40, 200), min_size=steps, max_size=steps)))
    weights = sorted(draw(st.sets(st.integers(500, 30_000), min_size=steps, max_size=steps)))
    amounts = sorted(draw(st.lists(st.integers(1, 5000), min_size=steps, max_size=steps)))
    rates = [
        rate(amount, size=size, weight=weight)
        for size, weight, amount in zip(sizes, weights, amounts, strict=True)
    ]
    return method(*draw(st.permutations(rates)))


@given(ladders(), st.integers(1, 40), st.integers(1, 500), st.integers(1, 60))
def test_more_of_the_same_never_costs_less(one: Method, size: int, weight: int, most: int) -> None:
    prices = [
        price_of(one, None, pack([(Measure("AMBIENT", size, weight), units)]), Decimal(0))
        for units in range(1, most + 1)
    ]

    told = [price for price in prices if price is not None]
    assert len(told) == most
    assert all(less <= more for less, more in pairwise(told))


@given(st.lists(st.integers(1, 2), min_size=1, max_size=8), st.data())
def test_an_orders_shipping_is_the_sum_of_its_deliveries_and_each_line_goes_once(
    variants: list[int], data: st.DataObject
) -> None:
    elsewhere = data.draw(st.sets(st.integers(0, len(variants) - 1)))
    to = (ShipTo(), ShipTo(places=frozenset(elsewhere), field="deliveries.0"))

    deliveries = deliver(plan(AMBIENT, COOL, addresses=to), sent(*variants))

    assert sorted(place for one in deliveries for place in one.places) == list(range(len(variants)))
    assert shipping_of(deliveries, company_id=1).amount == sum(one.amount for one in deliveries)
    assert {one.address for one in deliveries for place in one.places if place in elsewhere} <= {1}
