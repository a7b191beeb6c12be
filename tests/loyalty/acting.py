"""What the tests of points do over and over, each in a transaction of its own."""

from datetime import datetime
from typing import Any

from loyalty import services
from loyalty.models import PointAccount, PointEntry, PointLot
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim

COLUMNS = ("active", "pending", "spent", "expired", "clawed_back", "held")


def earn(
    programme_id: int,
    customer_id: int,
    points: int,
    source: str,
    *,
    at: datetime,
    now: datetime,
    **options: Any,
) -> services.Posted:
    accrual = services.Accrual(programme_id, customer_id, points, source, at)
    with db.transaction():
        return services.accrue(accruals=[accrual], actor=SYSTEM, now=now, **options)


def burn(programme_id: int, person_id: int, points: int, source: str, *, now: datetime) -> services.Posted:
    with db.transaction():
        return services.burn_points(
            programme_id=programme_id,
            person_id=person_id,
            points=points,
            source=source,
            actor=SYSTEM,
            now=now,
        )


def hold(programme_id: int, person_id: int, points: int, source: str, *, now: datetime) -> None:
    with db.transaction():
        services.hold_points(
            programme_id=programme_id, person_id=person_id, points=points, source=source, now=now
        )


def claw_back(earned_source: str, points: int, source: str, *, now: datetime) -> services.Posted:
    with db.transaction():
        return services.claw_back(
            source_of_lots=earned_source, points=points, source=source, actor=SYSTEM, now=now
        )


def restore(burnt_source: str, points: int, source: str, *, now: datetime) -> services.Posted:
    with db.transaction():
        return services.restore(
            burnt_source=burnt_source, points=points, source=source, actor=SYSTEM, now=now
        )


def claim(key: str) -> Claim:
    return Claim.of(actor=SYSTEM, operation="adjust-points", key=key, request={"key": key})


def lot(source: str) -> dict[str, int]:
    """Where a lot's points are, without the places that hold none."""
    found = PointLot.objects.get(source=source)
    return {name: getattr(found, name) for name in COLUMNS if getattr(found, name)}


def account(customer_id: int) -> tuple[int, int, int]:
    """Balance, pending and shortfall."""
    found = PointAccount.objects.get(customer_id=customer_id)
    return found.balance, found.pending, found.shortfall


def entries(source: str) -> list[tuple[str, str, int, int | None]]:
    rows = PointEntry.objects.filter(transaction__source=source).order_by("id")
    return list(rows.values_list("account__kind", "bucket", "points", "balance_after"))
