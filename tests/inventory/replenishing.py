"""Sales of the past, written as the till writes them, and rules."""

from datetime import datetime, timedelta
from typing import Any

from catalog.models import Variant
from inventory import services as inventory
from inventory.models import ReplenishmentPolicy
from inventory.services import DocumentRef, Movement
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from organisation.models import Location
from tests import factories

CLERK = Actor.user(7)


def context(now: datetime, key: str = "") -> dict[str, Any]:
    key = key or f"key-{factories.number()}"
    return {"claim": Claim.of(actor=CLERK, operation="test", key=key, request={}), "actor": CLERK, "now": now}


def moved(
    variant: Variant, location: Location, delta: int, *, kind: str = "SALE", days_ago: int, now: datetime
) -> None:
    """Post `delta` units at this hour so many days ago."""
    at = now - timedelta(days=days_ago)
    with db.transaction():
        inventory.post_movements(
            document=DocumentRef("SALE" if kind == "SALE" else "RECEIPT", f"d-{factories.number()}"),
            movements=[Movement(variant.pk, location.pk, delta, kind)],
            actor=SYSTEM,
            occurred_at=at,
            now=at,
        )


def policy(location: Location, **fields: Any) -> ReplenishmentPolicy:
    return ReplenishmentPolicy.objects.create(
        **{"location": location, "lead_time_days": 2, "cover_days": 7, **fields}
    )
