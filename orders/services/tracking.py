"""Tracking numbers that come back from a carrier: written down together, then each fulfilment is completed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from orders.errors import TrackingRefused
from orders.labels import Tracked
from orders.models import Fulfilment, Order
from orders.services.fulfil import complete_fulfilment
from orders.shipping import SHIPPED

OPEN = (Fulfilment.Status.RESERVED, Fulfilment.Status.PREPARED, Fulfilment.Status.READY)


@dataclass(frozen=True, slots=True)
class TrackingTaken:
    """How many fulfilments left now, how many had left with that number before, and what could not leave."""

    completed: int
    known: int
    failed: tuple[dict[str, str], ...]


def take_tracking(
    *, tracked: Sequence[Tracked], within: Collection[int] | None, actor: Actor, now: datetime
) -> TrackingTaken:
    """
    Take a carrier's tracking numbers: all of them are written down, or none; then what they name leaves,
    each in a transaction of its own, by the service that completes it by hand. The same file again takes
    up what is left, and repeats nothing. `within` limits it to locations (None: everywhere).

    Raises:
        TrackingRefused: `lines` lists each line whose fulfilment is unknown, elsewhere, not to be shipped,
            or gone already with another number. Nothing is written.
    """
    numbers = _numbers(tracked)
    parts = _write_down(tracked, numbers, within)
    completed, failed = 0, []
    for part in parts:
        if part.status == Fulfilment.Status.COMPLETED:
            continue
        try:
            _complete(part, numbers[part.pk], actor, now)
        except DomainError as error:
            failed.append({"order": part.order.number, "reason": error.code})
        else:
            completed += 1
    return TrackingTaken(completed, len(parts) - completed - len(failed), tuple(failed))


def _numbers(tracked: Sequence[Tracked]) -> dict[int, str]:
    """By fulfilment its numbers; several parcels have several."""
    numbers: dict[int, list[str]] = {}
    for each in tracked:
        held = numbers.setdefault(each.fulfilment_id, [])
        if each.number not in held:
            held.append(each.number)
    return {fulfilment_id: ",".join(held) for fulfilment_id, held in numbers.items()}


def _write_down(
    tracked: Sequence[Tracked], numbers: dict[int, str], within: Collection[int] | None
) -> list[Fulfilment]:
    """Orders are locked before their fulfilments, each by primary key."""
    with db.transaction():
        orders = Order.objects.filter(fulfilments__in=list(numbers)).values("pk")
        list(Order.objects.filter(pk__in=orders).order_by("pk").select_for_update(no_key=True))
        rows = Fulfilment.objects.filter(pk__in=list(numbers)).order_by("pk")
        parts = {
            part.pk: part
            for part in rows.select_related("order").select_for_update(no_key=True, of=("self",))
        }
        _require_known(tracked, numbers, parts, within)
        waiting = [part for part in parts.values() if part.status in OPEN]
        for part in waiting:
            part.tracking_number = numbers[part.pk]
        Fulfilment.objects.bulk_update(waiting, ["tracking_number"])
        return list(parts.values())


def _require_known(
    tracked: Sequence[Tracked],
    numbers: dict[int, str],
    parts: dict[int, Fulfilment],
    within: Collection[int] | None,
) -> None:
    refused = []
    for each in tracked:
        reason = _reason(parts.get(each.fulfilment_id), numbers[each.fulfilment_id], within)
        if reason:
            refused.append({"line": each.line, "reason": reason, "value": f"F{each.fulfilment_id}"})
    if refused:
        raise TrackingRefused(lines=refused)


def _reason(part: Fulfilment | None, number: str, within: Collection[int] | None) -> str:
    if part is None or (within is not None and part.location_id not in within):
        return "unknown"
    if part.kind not in SHIPPED:
        return "not-shipped"
    if len(number) > 64:
        return "too-many-parcels"
    if part.status == Fulfilment.Status.COMPLETED:
        return "" if part.tracking_number == number else "gone-with-another-number"
    return "" if part.status in OPEN else "not-open"


def _complete(part: Fulfilment, number: str, actor: Actor, now: datetime) -> None:
    complete_fulfilment(
        number=part.order.number,
        fulfilment_id=part.pk,
        tracking_number=number,
        claim=Claim.of(
            actor=actor,
            operation="complete-fulfilment",
            key=f"tracking:{part.pk}",
            request={"fulfilment": part.pk, "tracking_number": number},
        ),
        actor=actor,
        now=now,
    )
