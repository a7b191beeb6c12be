"""Master data that a file changes thousands of: suppliers, their terms, and rules of replenishment."""

from collections.abc import Collection, Sequence
from typing import TypeVar

import pghistory
from django.db.models import Model

from inventory.models import ReplenishmentPolicy, Supplier, SupplyTerm
from omni.core import db
from omni.core.actor import Actor

Row = TypeVar("Row", bound=Model)


def set_suppliers(*, suppliers: Sequence[Supplier], fields: Collection[str], actor: Actor) -> None:
    """Make suppliers, or set these fields of those that have the code. A building block."""
    _set(suppliers, ["code"], fields, actor)


def set_supply_terms(*, terms: Sequence[SupplyTerm], fields: Collection[str], actor: Actor) -> None:
    """Make terms, or set these fields of those of the company, variant and first day. A building block."""
    _set(terms, ["company", "variant", "valid_from"], fields, actor)


def set_replenishment_policies(
    *, policies: Sequence[ReplenishmentPolicy], fields: Collection[str], actor: Actor
) -> None:
    """Make rules, or set these fields of those of the location and goods. A building block."""
    _set(policies, ["location", "variant", "category"], fields, actor)


def _set(rows: Sequence[Row], unique: Sequence[str], fields: Collection[str], actor: Actor) -> None:
    """
    One statement for all. A row that came to be meanwhile is changed like one that was there, and of
    one that was there only these fields: what somebody else changed beside them stays.
    """
    db.require_transaction()
    for row in rows:
        # The fields of `unique` say which row it is.
        row.pk = None
    how: dict[str, object] = {"ignore_conflicts": True}
    if fields:
        how = {"update_conflicts": True, "unique_fields": unique, "update_fields": list(fields)}
    if rows:
        with pghistory.context(actor=str(actor)):
            type(rows[0])._default_manager.bulk_create(rows, **how)  # type: ignore[arg-type]
