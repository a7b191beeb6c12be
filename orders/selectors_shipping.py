"""How channels deliver: their methods with rates, zones and slots, as values."""

import json
import time as ticking
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.errors import TaxRateMissing
from omni.core import sql
from orders.shipping import Method, Rate, Slot, Zone

# A channel has a few methods, a carrier a few zones and slots. Of rates for the same thing the last that
# has begun counts. Plan: `method_once_a_channel`, then one probe of each table's index a method.
METHODS = """
SELECT method.code, method.name::text, carrier.code, method.temperature, tax.rate,
       method.cut_off, method.handling_days, method.closed_weekdays, method.closed_on_holidays,
       method.closed_dates, method.days_offered,
       (SELECT json_agg(json_build_array(zone_id, up_to_size, up_to_weight, from_amount::text, amount::text)
                        ORDER BY rate.id)
        FROM (SELECT DISTINCT ON (zone_id, up_to_size, up_to_weight, from_amount) *
              FROM orders_methodrate
              WHERE method_id = method.id AND valid_from <= %(on)s::date
              ORDER BY zone_id, up_to_size, up_to_weight, from_amount, valid_from DESC) AS rate)::text,
       (SELECT json_agg(json_build_array(id, lead_days, prefectures) ORDER BY id)
        FROM orders_shippingzone WHERE carrier_id = carrier.id)::text,
       (SELECT json_agg(json_build_array(code, name, label_code) ORDER BY position, id)
        FROM orders_carrierslot WHERE carrier_id = carrier.id)::text
FROM orders_shippingmethod AS method
JOIN organisation_saleschannel AS channel ON channel.id = method.channel_id
JOIN orders_carrier AS carrier ON carrier.id = method.carrier_id
LEFT JOIN catalog_taxrate AS tax
       ON tax.tax_class_id = method.tax_class_id AND tax.country = channel.country
      AND tax.service_mode = 'TAKE_OUT' AND tax.valid_from <= %(on)s::date
      AND (tax.valid_until IS NULL OR tax.valid_until > %(on)s::date)
WHERE method.channel_id = %(channel)s::bigint AND method.active
ORDER BY method.position, method.id
"""


def find_methods(*, channel_id: int, on: date) -> tuple[Method, ...]:
    """
    A channel's shipping methods on a day, the usual one of each temperature first; one statement.

    Raises:
        TaxRateMissing: the methods' tax class has no rate that day.
    """
    rows = sql.fetch_all(METHODS, {"channel": channel_id, "on": on})
    if any(row[4] is None for row in rows):
        raise TaxRateMissing(skus=["shipping"])
    return tuple(_method(row) for row in rows)


@dataclass(frozen=True, slots=True)
class ShippingTerms:
    """What a parcel costs at least and at most, and from which amount of goods it is free (None: from none)."""

    least: Decimal
    most: Decimal
    free_from: Decimal | None


def shipping_terms(*, channel_id: int, on: date) -> ShippingTerms | None:
    """What a channel asks for delivery, in short; None where it delivers for nothing."""
    rates = [rate for method in find_methods(channel_id=channel_id, on=on) for rate in method.rates]
    asked = [rate.amount for rate in rates if rate.amount]
    if not asked:
        return None
    free = [rate.from_amount for rate in rates if not rate.amount]
    return ShippingTerms(min(asked), max(asked), min(free, default=None))


METHODS_KEPT_SECONDS = 1.0
_methods: dict[int, tuple[float, date, tuple[Method, ...]]] = {}


def recent_methods(*, channel_id: int, on: date) -> tuple[Method, ...]:
    """
    `find_methods`, up to a second old: for checkouts, which would else ask before each order.

    Rates carry their dates, so a planned change takes effect on time; only an edit that changes the
    present is seen a second late.
    """
    kept = _methods.get(channel_id)
    if kept and kept[1] == on and ticking.monotonic() - kept[0] <= METHODS_KEPT_SECONDS:
        return kept[2]
    methods = find_methods(channel_id=channel_id, on=on)
    _methods[channel_id] = (ticking.monotonic(), on, methods)
    return methods


def _method(row: tuple[Any, ...]) -> Method:
    code, name, carrier, temperature, tax_rate, cut_off, handling, weekdays, holidays, dates, days, *lists = (
        row
    )
    rates, zones, slots = (json.loads(each) if each else [] for each in lists)
    return Method(
        code=code,
        name=json.loads(name),
        carrier=carrier,
        temperature=temperature,
        tax_rate=tax_rate,
        rates=tuple(_rate(*rate) for rate in rates),
        zones=_zones(zones),
        slots=tuple(Slot(*slot) for slot in slots),
        cut_off=cut_off,
        handling_days=handling,
        closed_weekdays=frozenset(weekdays),
        closed_on_holidays=holidays,
        closed_dates=frozenset(dates),
        days_offered=days,
    )


def _rate(
    zone_id: int | None, up_to_size: int | None, up_to_weight: int | None, from_amount: str, amount: str
) -> Rate:
    return Rate(zone_id, up_to_size, up_to_weight, Decimal(from_amount), Decimal(amount))


def _zones(rows: list[tuple[int, int, list[str]]]) -> dict[str, Zone]:
    return {
        name: Zone(zone_id, lead_days) for zone_id, lead_days, prefectures in rows for name in prefectures
    }
