"""What tests of counts share: claims, people, and the shop that goes on selling."""

from datetime import datetime
from typing import Any

from inventory import services as inventory
from inventory.models import CountLimit, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from organisation.models import Location, StaffAssignment
from tests import factories

CLERK = Actor("api-key", "handheld")


def by(actor: Actor = CLERK, now: datetime | None = None, key: str = "") -> dict[str, Any]:
    """The claim, actor and clock of a call; a key that is given repeats it."""
    claim = Claim.of(actor=actor, operation="count", key=key or f"k-{factories.number()}", request={})
    return {"claim": claim, "actor": actor, "now": now}


def staff(role: str = "MANAGER", location: Location | None = None) -> Actor:
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role, location=location)
    return Actor.user(user.pk)


def generous() -> None:
    CountLimit.objects.create(quantity=1_000_000)


def move(level: StockLevel, delta: int, at: datetime, kind: str = "SALE") -> None:
    """Something that happened at a moment, whenever it is written down."""
    with db.transaction():
        inventory.post_movements(
            document=inventory.DocumentRef("SALE", f"S-{factories.number()}"),
            movements=[inventory.Movement(level.variant_id, level.location_id, delta, kind)],
            actor=SYSTEM,
            occurred_at=at,
            now=at,
        )


def on_hand(level: StockLevel) -> int:
    return StockLevel.objects.get(pk=level.pk).on_hand
