"""When parcels leave and arrive, by a table of moments: the new year of 2027 and its Fridays."""

from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from orders.delivery_dates import arrival_date, common_dates, delivery_dates, dispatch_date
from orders.shipping import Method, Zone

TOKYO = "Asia/Tokyo"


def method(**fields: object) -> Method:
    return Method(
        code="parcel",
        name={},
        carrier="y",
        tax_rate=Decimal("0.10"),
        rates=(),
        zones={"東京都": Zone(1, 1), "沖縄県": Zone(2, 3)},
        **{"days_offered": 3, "cut_off": time(12), **fields},
    )


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(TOKYO))


@pytest.mark.parametrize(
    ("fields", "ordered", "expected"),
    [
        # Friday 27 November 2026: until noon it leaves that day, from noon on the next.
        ({}, at(27, 11, 59), date(2026, 11, 27)),
        ({}, at(27, 12), date(2026, 11, 28)),
        ({"closed_weekdays": frozenset({5, 6})}, at(27, 12), date(2026, 11, 30)),
        ({"handling_days": 1, "closed_weekdays": frozenset({5, 6})}, at(27, 9), date(2026, 11, 30)),
        # Monday 23 November 2026 is Labour Thanksgiving Day.
        ({}, at(23, 9), date(2026, 11, 23)),
        ({"closed_on_holidays": True}, at(23, 9), date(2026, 11, 24)),
        ({"closed_dates": frozenset({date(2026, 12, 31)})}, at(31, 9, month=12), date(2027, 1, 1)),
        ({"closed_weekdays": frozenset(range(7))}, at(27, 9), None),
    ],
)
def test_what_is_ordered_leaves_on_the_next_day_on_which_anything_does(
    fields: dict[str, object], ordered: datetime, expected: date | None
) -> None:
    assert dispatch_date(method(**fields), ordered, TOKYO) == expected


def test_it_is_there_once_the_zone_is_crossed() -> None:
    ordered = at(27, 9)

    assert arrival_date(method(), "東京都", ordered, TOKYO) == date(2026, 11, 28)
    assert arrival_date(method(), "沖縄県", ordered, TOKYO) == date(2026, 11, 30)
    assert arrival_date(method(), None, ordered, TOKYO) is None


def test_so_many_days_can_be_chosen_and_parcels_share_those_that_suit_all() -> None:
    ambient = delivery_dates(method(), "東京都", at(27, 9), TOKYO)
    cool = delivery_dates(method(handling_days=1), "東京都", at(27, 9), TOKYO)

    assert ambient == (date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30))
    assert common_dates([ambient, cool]) == (date(2026, 11, 29), date(2026, 11, 30))
    assert delivery_dates(method(days_offered=0), "東京都", at(27, 9), TOKYO) == ()
    assert common_dates([]) == ()
