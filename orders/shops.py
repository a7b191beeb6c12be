"""What a sale needs to know of the shop that it happens in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from omni.core import clock, sql
from omni.core.money import Rounding

SHOPS = """
SELECT location.id, location.code, location.company_id, company.tax_rounding,
       location.currency, location.time_zone, location.capabilities, location.active
FROM organisation_location AS location
JOIN organisation_company AS company ON company.id = location.company_id
WHERE location.id = ANY(%(ids)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A location as its books see it: whose it is, in which money and on whose clock."""

    id: int
    code: str
    company_id: int
    rounding: Rounding
    currency: str
    time_zone: str
    capabilities: tuple[str, ...]
    active: bool

    def business_date(self, at: datetime) -> date:
        return clock.business_date(at, self.time_zone)


def get_shops(location_ids: Iterable[int]) -> dict[int, Shop]:
    """The shops of these locations, by id; one statement."""
    rows = sql.fetch_all(SHOPS, {"ids": sorted(set(location_ids))})
    return {
        pk: Shop(pk, code, company_id, Rounding(rounding), currency, zone, tuple(capabilities), active)
        for pk, code, company_id, rounding, currency, zone, capabilities, active in rows
    }
