"""Shares of what arrived, put into fulfilments of the orders that waited for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.models import Fulfilment, FulfilmentLine
from orders.services.backlog import Part


@dataclass(frozen=True, slots=True)
class Share:
    """`quantity` of a part, from a location; the `last` one is all that the part still lacked."""

    part: Part
    location_id: int
    quantity: int
    last: bool


def move_shares(
    shares: Sequence[Share], reservation_ids: Sequence[int | None], now: datetime
) -> list[FulfilmentLine]:
    """
    Put each share in a fulfilment of its order and location; a proposal left empty goes.

    Answers the line of each. A bundle's has no reservation of its own: its components have.
    """
    parts = _create_fulfilments(shares, now)
    lines: list[FulfilmentLine] = []
    moved: list[FulfilmentLine] = []
    split: list[FulfilmentLine] = []
    for share, reservation_id in zip(shares, reservation_ids, strict=True):
        line = FulfilmentLine(
            fulfilment=parts[_fulfilment_of(share)],
            order_line_id=share.part.order_line_id,
            quantity=share.quantity,
            reservation_id=reservation_id,
        )
        if share.last:
            line.pk = share.part.id
        (moved if share.last else split).append(line)
        lines.append(line)
    FulfilmentLine.objects.bulk_update(moved, ["fulfilment", "quantity", "reservation"])
    FulfilmentLine.objects.bulk_create(split)
    _take_off(shares)
    proposals = {share.part.fulfilment_id for share in shares}
    Fulfilment.objects.filter(pk__in=proposals, lines=None).delete()
    return lines


def _create_fulfilments(shares: Sequence[Share], now: datetime) -> dict[tuple[int, str, int], Fulfilment]:
    keys = list(dict.fromkeys(_fulfilment_of(share) for share in shares))
    rows = Fulfilment.objects.bulk_create(
        Fulfilment(
            order_id=order_id,
            kind=kind,
            status=Fulfilment.Status.RESERVED,
            location_id=location_id,
            created_at=now,
        )
        for order_id, kind, location_id in keys
    )
    return dict(zip(keys, rows, strict=True))


def _fulfilment_of(share: Share) -> tuple[int, str, int]:
    return share.part.order_id, share.part.kind, share.location_id


def _take_off(shares: Sequence[Share]) -> None:
    """Leave in each part what still waits."""
    served = {share.part.id for share in shares if share.last}
    lacking: dict[int, int] = {}
    for share in shares:
        if share.part.id not in served:
            lacking[share.part.id] = lacking.get(share.part.id, share.part.quantity) - share.quantity
    rest = [FulfilmentLine(pk=part_id, quantity=quantity) for part_id, quantity in lacking.items()]
    FulfilmentLine.objects.bulk_update(rest, ["quantity"])
