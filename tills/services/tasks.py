"""What tills leave for a person: opened once for each cause, settled by saying how."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import Conflict
from tills.models import Till, TillTask


def open_task(
    *,
    till: Till,
    kind: str,
    source: str,
    details: Mapping[str, Any],
    order_id: int | None = None,
    now: datetime,
) -> TillTask:
    """Open a task, or answer the one that is there for this cause. A building block."""
    db.require_transaction()
    task, _ = TillTask.objects.get_or_create(
        till=till,
        kind=kind,
        source=source,
        defaults={
            "location_id": till.location_id,
            "order_id": order_id,
            "details": dict(details),
            "opened_at": now,
        },
    )
    return task


def settle_task(*, task_id: int, resolution: str, actor: Actor, now: datetime) -> None:
    """
    Settle a task. A building block.

    Raises:
        Conflict: it is settled.
    """
    db.require_transaction()
    settled = TillTask.objects.filter(pk=task_id, resolved_at=None).update(
        resolved_at=now, resolution=resolution, actor=str(actor)
    )
    if not settled:
        raise Conflict(task=task_id)
