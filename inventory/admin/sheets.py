"""Stock's masters as files that may be long: each row is checked, then all are set at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Category, Variant
from inventory import services as inventory
from inventory.models import ChannelSource, Owner, ReplenishmentPolicy, StockLevel, Supplier, SupplyTerm
from omni.core.admin.refusals import describe
from omni.core.admin.sheets import Column, Reference, SetSheet, cells, in_languages
from omni.core.errors import DomainError
from omni.core.limits import require_units
from organisation import roles
from organisation.models import Company, Location, SalesChannel


class SafetySheet(SetSheet):
    """A row sets the safety stock of a level, which is made where there is none."""

    model = StockLevel
    keys = ("sku", "location")

    sku = Reference(Variant, "variant", by="sku")
    location = Reference(Location, "location")
    safety_stock = Column("safety_stock", cells.whole)

    def permission(self, verb: str) -> str:
        return "inventory.set_safety_stock"

    def before_import(self, dataset: Any, **options: Any) -> None:
        super().before_import(dataset, **options)
        known = self.fields["sku"].known or {}
        self.stockless = inventory.find_stockless(variant.pk for variant in known.values())

    def rules(self, instance: Any) -> dict[str, str]:
        told = {}
        if instance.variant_id in self.stockless:
            told["sku"] = _("No stock is kept of this product.")
        if instance.safety_stock < 0:
            told["safety_stock"] = _("must not be negative")
        else:
            told |= refusal(
                "safety_stock", lambda: require_units(instance.safety_stock, field="safety_stock")
            )
        return told

    def write_all(self, rows: Sequence[Any]) -> None:
        wanted = {(row.variant_id, row.location_id): row.safety_stock for row in rows}
        inventory.set_safety_stocks(wanted=wanted, actor=self.actor, now=self.now)


class SourceSheet(SetSheet):
    """A row lets a location serve a channel, says how, or switches it off."""

    model = ChannelSource
    keys = ("channel", "location")

    channel = Reference(SalesChannel, "channel")
    location = Reference(Location, "location")
    priority = Column("priority", cells.whole)
    gives = Column("gives", cells.code)
    amount = Column("amount", cells.whole)
    learned = Column("learned", cells.flag)
    active = Column("active", cells.flag)

    def rules(self, instance: Any) -> dict[str, str]:
        return refusal("amount", lambda: inventory.require_amount_of_kind(instance.gives, instance.amount))

    def write_all(self, rows: Sequence[Any]) -> None:
        names = ("channel_id", "location_id", "priority", "gives", "amount", "learned", "active")
        sources = [inventory.Source(**{name: getattr(row, name) for name in names}) for row in rows]
        inventory.set_sources(sources=sources, actor=self.actor, now=self.now)


class SupplierSheet(SetSheet):
    model = Supplier
    keys = ("code",)

    code = Column("code", cells.code)
    locals().update(in_languages("name"))
    company = Reference(Company, "company")
    lead_time_days = Column("lead_time_days", cells.whole)
    over_tolerance = Column("over_tolerance", cells.amount)
    active = Column("active", cells.flag)

    def write_all(self, rows: Sequence[Any]) -> None:
        inventory.set_suppliers(suppliers=rows, fields=self.set_fields(), actor=self.actor)


class OwnerColumn(Reference):
    """`OWN`, or whose goods by which terms: `CONSIGNED:T01`, `PAID_AS_SOLD:T01`."""

    def __init__(self) -> None:
        super().__init__(Owner, "owner", by="pk")

    def get_value(self, instance: Any) -> str:
        return named(instance.owner) if instance.owner_id else ""

    def look_up(self, given: Iterable[str]) -> None:
        self.known = {named(owner): owner for owner in Owner.objects.all()}


def named(owner: Owner) -> str:
    return f"{owner.ownership}:{owner.supplier}" if owner.supplier else owner.ownership


class SupplyTermSheet(SetSheet):
    """A row says what an article costs a company from a day on, and whose it is."""

    model = SupplyTerm
    keys = ("company", "sku", "valid_from")

    company = Reference(Company, "company")
    sku = Reference(Variant, "variant", by="sku")
    valid_from = Column("valid_from", cells.day)
    owner = OwnerColumn()
    unit_cost = Column("unit_cost", cells.amount)

    def rules(self, instance: Any) -> dict[str, str]:
        negative = instance.unit_cost is not None and instance.unit_cost < 0
        return {"unit_cost": _("must not be negative")} if negative else {}

    def write_all(self, rows: Sequence[Any]) -> None:
        inventory.set_supply_terms(terms=rows, fields=self.set_fields(), actor=self.actor)


class PolicySheet(SetSheet):
    """A row is the rule of a location for a variant, a category, or (without either) everything."""

    model = ReplenishmentPolicy
    keys = ("location", "sku", "category")

    location = Reference(Location, "location")
    sku = Reference(Variant, "variant", by="sku")
    category = Reference(Category, "category")
    origin = Reference(Location, "origin")
    supplier = Reference(Supplier, "supplier")
    lead_time_days = Column("lead_time_days", cells.optional(cells.whole))
    cover_days = Column("cover_days", cells.whole)
    safety = Column("safety", cells.whole)
    minimum = Column("minimum", cells.whole)
    pack = Column("pack", cells.whole)
    maximum = Column("maximum", cells.optional(cells.whole))

    def rules(self, instance: Any) -> dict[str, str]:
        told = {}
        if instance.variant_id and instance.category_id:
            told["category"] = _("A rule is of a variant or of a category, not of both.")
        if bool(instance.origin_id) == bool(instance.supplier_id):
            told["origin"] = _("Goods come from a location or from a supplier: name one.")
        elif instance.origin_id and instance.origin_id == instance.location_id:
            told["origin"] = _("A location can't be its own source.")
        elif instance.origin_id and not self._may_draw_on(instance):
            told["origin"] = _("You may not do this.")
        return told

    def _may_draw_on(self, instance: Any) -> bool:
        """As on the form, only from locations within the user's own reach; what stands already may stay."""
        verb = "add" if instance._state.adding else "change"
        reached = roles.reach(self.request.user, self.permission(verb))
        stands = self.drawn_on.get(instance.pk) == instance.origin_id
        return stands or reached is None or instance.origin_id in reached

    def before_import(self, dataset: Any, **options: Any) -> None:
        super().before_import(dataset, **options)
        self.drawn_on = {row.pk: row.origin_id for row in self.rows.values()}

    def write_all(self, rows: Sequence[Any]) -> None:
        inventory.set_replenishment_policies(policies=rows, fields=self.set_fields(), actor=self.actor)


def refusal(column: str, check: Any) -> dict[str, str]:
    """What a service's own rule says, at a column."""
    try:
        check()
    except DomainError as error:
        return {column: describe(error)}
    return {}
