"""Which rounds of a stock-take's sections count, and which are counted again."""

from collections.abc import Sequence
from datetime import datetime

from inventory import errors
from inventory.models import SectionCount
from inventory.services.stocktaking import (
    Round,
    SectionNow,
    Status,
    StockTakeNow,
    locked_stock_take,
    section_now,
    stock_take_now,
)
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim


def accept_counts(
    *, number: str, count_ids: Sequence[int] | None = None, claim: Claim, actor: Actor, now: datetime
) -> StockTakeNow:
    """
    Accept finished rounds (all that wait, unless some are named): of a section the latest counts.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
    """
    return _judge(number, count_ids, Round.ACCEPTED, claim, actor, now)


def reject_counts(
    *, number: str, count_ids: Sequence[int], claim: Claim, actor: Actor, now: datetime
) -> StockTakeNow:
    """
    Refuse finished rounds: the sections are to be counted again.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
    """
    return _judge(number, count_ids, Round.REJECTED, claim, actor, now)


def _judge(
    number: str, count_ids: Sequence[int] | None, verdict: str, claim: Claim, actor: Actor, now: datetime
) -> StockTakeNow:
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, Status.OPEN)
        waiting = SectionCount.objects.filter(section__stock_take=stock_take, status=Round.SUBMITTED)
        if count_ids is not None:
            waiting = waiting.filter(pk__in=list(count_ids))
        changed = waiting.update(status=verdict, actor=str(actor))
        if count_ids is not None and changed < len(set(count_ids)):
            raise errors.CountNotOpen(number=number)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def request_section_recount(
    *, number: str, section: str, claim: Claim, actor: Actor, now: datetime
) -> SectionNow:
    """
    Open the next round of a section, for somebody else to count.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound
        CountNotOpen: the stock-take's counting is over, or the section is being counted now.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SectionNow):
            return replayed
        stock_take = locked_stock_take(number, Status.OPEN)
        place = stock_take.sections.filter(number=section).first()
        last = SectionCount.objects.filter(section=place).order_by("-round").first() if place else None
        if place is None or last is None:
            raise errors.CountNotFound(number=number, section=section)
        if last.status == Round.OPEN:
            raise errors.CountNotOpen(number=number, state=last.status)
        made = SectionCount.objects.create(
            section=place, round=last.round + 1, opened_at=now, actor=str(actor)
        )
        return idempotency.settle(claim, section_now(made), now=now)
