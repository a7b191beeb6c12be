"""A receipt's cost put right afterwards: the difference goes to what is in stock still, else to cost of sales."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from inventory import errors
from inventory.models import CostCorrection, CostPool, StockEntry, Valuation, ValuationCursor, ValuationKind
from inventory.services.costing import COST, ZERO, Pool
from inventory.services.costs import own
from inventory.services.incoming import require_reason
from inventory.services.valuation import hold_cursor, next_month, open_months
from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.limits import require_amount

# What a company had of its own of an article at the end of a month.
POOL_THEN = """
SELECT pool.quantity - coalesce(sum(row.quantity), 0)::bigint, pool.value - coalesce(sum(row.amount), 0)
FROM inventory_costpool AS pool
LEFT JOIN inventory_valuation AS row
  ON row.company_id = pool.company_id AND row.variant_id = pool.variant_id
 AND row.owner_id = pool.owner_id AND row.posting_month > %(month)s::date
WHERE pool.id = %(pool)s::bigint
GROUP BY pool.id
"""


@dataclass(frozen=True, slots=True)
class CostCorrected:
    """
    Units of an article that a document brought, and what one was taken for and costs.

    Of `amount`, the difference of all of them, `kept` is in the value of stock; the rest is cost of
    goods sold.
    """

    document: str
    sku: str
    quantity: int
    before: Decimal
    after: Decimal
    amount: Decimal
    kept: Decimal
    month: date


@dataclass(frozen=True, slots=True)
class Received:
    """The rows by which a document brought units of our own, and the corrections posted to them so far."""

    rows: Sequence[Valuation]
    corrections: Sequence[Valuation]

    @property
    def first(self) -> Valuation:
        return self.rows[0]

    @property
    def quantity(self) -> int:
        return sum(row.quantity for row in self.rows)

    @property
    def unit_cost(self) -> Decimal:
        """What a unit is taken for by now."""
        return (self.corrections or self.rows)[-1].unit_cost

    def difference(self, unit_cost: Decimal, pool: Pool) -> Decimal:
        """What they would have come to at that cost, less what they came to."""
        at_cost = sum((pool.cost_of(row.quantity, unit_cost) for row in self.rows), ZERO)
        return at_cost - sum((row.amount for row in (*self.rows, *self.corrections)), ZERO)


def correct_receipt_cost(
    *,
    document_id: int,
    variant_id: int,
    unit_cost: Decimal,
    reason: str,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> CostCorrected:
    """
    Say what units of our own that a document brought do cost, without tax.

    The difference is posted as a purchase to the receipt's month, or to the open one where that is
    closed. As many of the units are taken to be in stock as the company has of the article; the part of
    those that have left is cost of goods sold, in the month in which they had left.

    Raises:
        ClaimInFlight, ClaimMismatch
        InvalidField: there is no reason, or it is no other cost that an amount can be; or the document
            brought no units of our own of it (a supplier's cost nothing until they are sold).
        ValuationBehind: they are not valued yet, or the valuation goes on just now.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=CostCorrected):
            return replayed
        require_reason(reason)
        received = _hold(document_id, variant_id)
        _refuse_cost(received, unit_cost)
        done = _correct(received, unit_cost, reason=reason, actor=actor, now=now)
        return idempotency.settle(claim, done, now=now)


def find_unit_cost(*, document_id: int, variant_id: int) -> Decimal | None:
    """What a unit of our own that a document brought is taken for by now; None where it brought none."""
    received = _received(document_id, variant_id)
    return received.unit_cost if received.rows else None


def _hold(document_id: int, variant_id: int) -> Received:
    """Keep the valuation from going on meanwhile, and see that all of the receipt is valued."""
    cursor = hold_cursor()
    entries = StockEntry.objects.filter(document=document_id, variant=variant_id, bucket="ON_HAND")
    waiting = None if cursor is None else _count_waiting(entries, cursor)
    if waiting is None or waiting:
        company = entries.values_list("location__company__code", flat=True).first()
        raise errors.ValuationBehind(company=company, waiting=waiting)
    received = _received(document_id, variant_id)
    if not received.rows:
        raise InvalidField(field="document", rule="brought-our-own")
    return received


def _count_waiting(entries: QuerySet[StockEntry], cursor: ValuationCursor) -> int:
    return entries.filter(pk__gt=cursor.entry_id).count()


def _received(document_id: int, variant_id: int) -> Received:
    rows = Valuation.objects.filter(document=document_id, variant=variant_id, owner=own()).order_by("pk")
    rows = rows.select_related("variant", "document")
    return Received(
        list(rows.filter(kind=ValuationKind.RECEIPT)), list(rows.filter(kind=ValuationKind.RECEIPT_COST))
    )


def _refuse_cost(received: Received, unit_cost: Decimal) -> None:
    if unit_cost < 0:
        raise InvalidField(field="unit_cost", rule="not-negative")
    require_amount(unit_cost * received.quantity, field="unit_cost")
    if unit_cost == received.unit_cost:
        raise InvalidField(field="unit_cost", rule="another")


def _correct(
    received: Received, unit_cost: Decimal, *, reason: str, actor: Actor, now: datetime
) -> CostCorrected:
    first = received.first
    assert first.document is not None
    kept = CostPool.objects.get(company=first.company_id, variant=first.variant_id, owner=first.owner_id)
    pool = Pool(kept.quantity, kept.value, kept.unit_cost, kept.currency)
    month = max(first.posting_month, open_months().get(first.company_id, first.posting_month))
    amount = received.difference(unit_cost, pool)
    then, left = _shares(amount, received.quantity, pool, month, kept.pk)
    posts = [
        (ValuationKind.RECEIPT_COST, month, unit_cost, amount),
        (ValuationKind.CORRECTION, month, ZERO, then - amount),
        (ValuationKind.CORRECTION, next_month(month), ZERO, left - then),
    ]
    _post(first, pool, [post for post in posts if post[0] != ValuationKind.CORRECTION or post[3]], now)
    CostPool.objects.filter(pk=kept.pk).update(value=pool.value, unit_cost=_average(pool))
    corrected = CostCorrection.objects.create(
        document=first.document,
        variant=first.variant,
        company_id=first.company_id,
        quantity=received.quantity,
        before=received.unit_cost,
        after=unit_cost,
        amount=amount,
        kept=left,
        currency=pool.currency,
        posting_month=month,
        reason=reason,
        actor=str(actor),
        corrected_at=now,
    )
    return _told(corrected)


def _shares(amount: Decimal, units: int, pool: Pool, month: date, pool_id: int) -> tuple[Decimal, Decimal]:
    """What of the difference was in stock at the month's end, and what of that still is."""
    [[quantity, value]] = sql.fetch_all(POOL_THEN, {"pool": pool_id, "month": month})
    then = _share(amount, units, quantity, value, pool)
    return then, _share(amount, units, min(quantity, pool.quantity), pool.value, pool)


def _share(amount: Decimal, units: int, held: int, value: Decimal, pool: Pool) -> Decimal:
    """Of units that have left nothing is kept, and no value goes below zero."""
    there = min(units, max(0, held))
    share = amount if there == units else pool.rounded(amount * there / units)
    return max(share, -value) if value >= 0 else share


def _post(
    first: Valuation, pool: Pool, posts: Sequence[tuple[str, date, Decimal, Decimal]], now: datetime
) -> None:
    """Write the rows; the pool's value goes with them."""
    made = []
    for kind, month, unit_cost, amount in posts:
        pool.value += amount
        made.append(
            Valuation(
                recorded_at=now,
                posting_month=month,
                business_date=first.business_date,
                company_id=first.company_id,
                variant_id=first.variant_id,
                location_id=first.location_id,
                owner_id=first.owner_id,
                document_id=first.document_id,
                part=0,
                kind=kind,
                quantity=0,
                unit_cost=unit_cost,
                amount=amount,
                currency=pool.currency,
                running_quantity=pool.quantity,
                running_value=pool.value,
                assumed=False,
            )
        )
    Valuation.objects.bulk_create(made)


def _average(pool: Pool) -> Decimal:
    return (pool.value / pool.quantity).quantize(COST) if pool.quantity > 0 else pool.unit_cost


def _told(corrected: CostCorrection) -> CostCorrected:
    return CostCorrected(
        document=corrected.document.number,
        sku=corrected.variant.sku,
        quantity=corrected.quantity,
        before=corrected.before,
        after=corrected.after,
        amount=corrected.amount,
        kept=corrected.kept,
        month=corrected.posting_month,
    )
