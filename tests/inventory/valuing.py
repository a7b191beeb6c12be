"""What the tests of value share: movements of one article, and what became of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from catalog.models import Variant
from inventory import services as inventory
from inventory.models import Valuation
from omni.core import db
from omni.core.actor import SYSTEM
from organisation.models import Location
from tests import factories

NOVEMBER = date(2026, 11, 1)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def post(
    kind: str,
    *movements: tuple[Variant, Location, int],
    cost: int | str | None = None,
    owner: Any = None,
    document: str = "",
    of: Sequence[int] = (),
    at: datetime = NOW,
) -> int:
    """Post a document; `cost` and `owner` of its units, and `of` which documents it takes back."""
    named = {"RECEIPT": "RECEIPT", "SALE": "SALE", "RETURN": "RETURN", "TRANSFER": "TRANSFER"}
    with db.transaction():
        posted = inventory.post_movements(
            document=inventory.DocumentRef(
                document or named.get(kind, "ADJUSTMENT"), f"D-{factories.number()}"
            ),
            movements=[
                inventory.Movement(variant.pk, place.pk, units, _kind(kind, units))
                for variant, place, units in movements
            ],
            actor=SYSTEM,
            occurred_at=at,
            now=at,
        )
        variants = dict.fromkeys(variant.pk for variant, _place, _units in movements)
        if cost is not None:
            told = inventory.Cost(Decimal(cost), owner.pk if owner else None)
            inventory.record_costs(document_id=posted.id, costs=dict.fromkeys(variants, told))
        inventory.name_origins(
            document_id=posted.id, origins=[(variant, origin) for variant in variants for origin in of]
        )
    return posted.id


def _kind(kind: str, units: int) -> str:
    if kind == "TRANSFER":
        return "TRANSFER_IN" if units > 0 else "TRANSFER_OUT"
    return kind


def value_all() -> int:
    """Value whatever there is."""
    done = 0
    while count := inventory.value_entries():
        done += count
    return done


def rows(*names: str) -> list[tuple[Any, ...]]:
    """The valuation ledger: kind, quantity and amount, or what is named."""
    return list(Valuation.objects.order_by("id").values_list(*(names or ("kind", "quantity", "amount"))))
