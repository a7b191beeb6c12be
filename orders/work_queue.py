"""The queue of a location's work, as its devices and screens show it. It reads only."""

from dataclasses import dataclass
from datetime import datetime

from orders.models import MOST_URGENT, Fulfilment, FulfilmentStep, WorkItem
from orders.services.collecting import fulfilment_of
from orders.services.working import MOMENTS
from orders.shipping import SHIPPED
from organisation.models import Location

MOST_SHOWN = 200
HANDED_OVER = FulfilmentStep.Step.HAND_OVER


@dataclass(frozen=True, slots=True)
class GoodsShown:
    position: int
    sku: str
    name: dict[str, str]
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkShown:
    """
    A fulfilment to deal with. `next_step` is what comes next; `due_at` by when, as far as anybody said, and
    `overdue_at` since when people have been told that it is late.
    """

    number: str
    fulfilment_id: int
    kind: str
    status: str
    location: str
    next_step: str
    created_at: datetime
    due_at: datetime | None
    overdue_at: datetime | None
    rerouted: bool
    lines: tuple[GoodsShown, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """The most urgent first; `more` where there is more than is shown."""

    results: tuple[WorkShown, ...]
    more: bool


def next_step(part: Fulfilment) -> str:
    """The step after the last that was taken; what is ready is handed over, or to the carrier."""
    taken = [step for step, moment in MOMENTS.items() if getattr(part, moment) is not None]
    steps: list[str] = list(MOMENTS)
    return (
        steps[steps.index(taken[-1]) + 1]
        if taken and taken[-1] != steps[-1]
        else HANDED_OVER
        if taken
        else steps[0]
    )


def due_at(part: Fulfilment) -> datetime | None:
    """Until it is accepted, when it should be; then when it should be ready; nothing once it is."""
    if part.status == Fulfilment.Status.READY:
        return None
    return part.ready_by if part.accepted_at else part.accept_by


def list_work(
    *,
    location: Location,
    status: str | None = None,
    overdue: bool = False,
    code: str | None = None,
    limit: int = MOST_SHOWN,
) -> Queue:
    """
    What is to be done at a location, of one state or overdue alone, or what a buyer's `code` is of; two
    statements.

    Raises:
        WrongCode: the code is none that we gave.
    """
    rows = WorkItem.objects.filter(location=location).order_by(*MOST_URGENT)
    if status is not None:
        rows = rows.filter(status=status)
    if overdue:
        rows = rows.filter(escalated_at__isnull=False)
    if code is not None:
        rows = rows.filter(pk=fulfilment_of(code)).exclude(kind__in=SHIPPED)
    parts = rows.select_related("order").prefetch_related("lines__order_line__variant__product")
    found = list(parts[: limit + 1])
    return Queue(tuple(_shown(part, location) for part in found[:limit]), len(found) > limit)


def _shown(part: Fulfilment, location: Location) -> WorkShown:
    lines = sorted(part.lines.all(), key=lambda line: line.order_line.position)
    return WorkShown(
        number=part.order.number,
        fulfilment_id=part.pk,
        kind=part.kind,
        status=part.status,
        location=location.code,
        next_step=next_step(part),
        created_at=part.created_at,
        due_at=due_at(part),
        overdue_at=part.escalated_at,
        rerouted=part.rerouted,
        lines=tuple(
            GoodsShown(
                line.order_line.position,
                line.order_line.variant.sku,
                dict(line.order_line.variant.name or line.order_line.variant.product.name),
                line.quantity,
            )
            for line in lines
            if line.quantity
        ),
    )
