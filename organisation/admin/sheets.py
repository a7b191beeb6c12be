"""Locations as a file."""

from typing import Any

from omni.core.admin.sheets import Column, Reference, SheetResource, cells, in_languages
from organisation import services
from organisation.models import Company, Location


class LocationSheet(SheetResource):
    model = Location
    keys = ("code",)

    code = Column("code", cells.code)
    kind = Column("kind", cells.code)
    locals().update(in_languages("name"))
    company = Reference(Company, "company")
    franchise = Column("franchise", cells.flag)
    active = Column("active", cells.flag)
    country = Column("country", cells.code)
    postal_code = Column("postal_code", cells.code)
    locals().update(in_languages("address"))
    phone = Column("phone")
    latitude = Column("latitude", cells.number)
    longitude = Column("longitude", cells.number)
    capabilities = Column("capabilities", cells.words)
    time_zone = Column("time_zone", cells.code)
    currency = Column("currency", cells.code)

    def write(self, instance: Any, *, is_create: bool) -> None:
        services.save_location(location=instance, actor=self.actor, now=self.now)
