"""
Writes of promotions: uses are counted, given back, and recounted; coupons are made.

What has a limit is counted on its own row, under that row's lock, by an update that holds the limit: of
however many that come at once none goes over. What has none is only written down, and nobody waits.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError
from django.db.models import F, Q

from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from promotions.errors import CodeTaken, CouponUsedUp, LimitBelowUses, PromotionUsedUp
from promotions.models import Coupon, CouponBatch, Promotion, Redemption
from promotions.rules import Applied
from promotions.selectors import normalise_code

# Without letters and digits that are mistaken for one another: 10 of them are 49 bits.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
MOST_COUPONS = 100_000


@dataclass(frozen=True, slots=True)
class Use:
    """One use by `source` (an order); what it took off goods and delivery."""

    source: str
    promotion_id: int
    coupon_id: int | None
    customer_id: int | None
    currency: str
    amount: Decimal
    shipping_amount: Decimal


# Rows are locked promotions first, then coupons, each by key; `uses` and the limit are what stands
# under the lock. An update that finds no room answers nothing, and then nothing of this stays.
REDEEM = """
WITH used AS MATERIALIZED (
    SELECT * FROM unnest(
        %(sources)s::text[], %(promotions)s::bigint[], %(coupons)s::bigint[], %(customers)s::bigint[],
        %(currencies)s::text[], %(amounts)s::numeric[], %(shippings)s::numeric[]
    ) AS used (source, promotion_id, coupon_id, customer_id, currency, amount, shipping_amount)
), promotion AS MATERIALIZED (
    SELECT id, uses, most_uses FROM promotions_promotion
    WHERE id IN (SELECT promotion_id FROM used) AND most_uses IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE
), counted_promotion AS (
    UPDATE promotions_promotion AS target SET uses = target.uses + wanted.times
    FROM promotion
    JOIN (SELECT promotion_id, count(*)::int AS times FROM used GROUP BY promotion_id) AS wanted
      ON wanted.promotion_id = promotion.id
    WHERE target.id = promotion.id AND promotion.uses + wanted.times <= promotion.most_uses
    RETURNING target.id
), coupon AS MATERIALIZED (
    SELECT id, uses, most_uses FROM promotions_coupon
    WHERE id IN (SELECT coupon_id FROM used) AND most_uses IS NOT NULL
      AND (SELECT count(*) FROM counted_promotion) >= 0
    ORDER BY id FOR NO KEY UPDATE
), counted_coupon AS (
    UPDATE promotions_coupon AS target SET uses = target.uses + wanted.times
    FROM coupon
    JOIN (SELECT coupon_id, count(*)::int AS times FROM used GROUP BY coupon_id) AS wanted
      ON wanted.coupon_id = coupon.id
    WHERE target.id = coupon.id AND coupon.uses + wanted.times <= coupon.most_uses
    RETURNING target.id
), written AS (
    INSERT INTO promotions_redemption (source, promotion_id, coupon_id, customer_id, currency, amount,
                                       shipping_amount, redeemed_at)
    SELECT source, promotion_id, coupon_id, customer_id, currency, amount, shipping_amount, %(at)s FROM used
)
SELECT ARRAY(SELECT id FROM promotion EXCEPT SELECT id FROM counted_promotion),
       ARRAY(SELECT id FROM coupon EXCEPT SELECT id FROM counted_coupon)
"""

GIVE_BACK = """
WITH given AS (
    UPDATE promotions_redemption SET given_back_at = %(at)s
    WHERE source = %(source)s AND given_back_at IS NULL
    RETURNING promotion_id, coupon_id
), promotion AS MATERIALIZED (
    SELECT id FROM promotions_promotion
    WHERE id IN (SELECT promotion_id FROM given) AND most_uses IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE
), counted_promotion AS (
    UPDATE promotions_promotion AS target SET uses = greatest(target.uses - 1, 0)
    FROM promotion WHERE target.id = promotion.id
    RETURNING target.id
), coupon AS MATERIALIZED (
    SELECT id FROM promotions_coupon
    WHERE id IN (SELECT coupon_id FROM given) AND most_uses IS NOT NULL
      AND (SELECT count(*) FROM counted_promotion) >= 0
    ORDER BY id FOR NO KEY UPDATE
), counted_coupon AS (
    UPDATE promotions_coupon AS target SET uses = greatest(target.uses - 1, 0)
    FROM coupon WHERE target.id = coupon.id
    RETURNING target.id
)
SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM counted_coupon)
"""


def uses_of(
    applied: Sequence[Applied],
    *,
    source: str,
    customer_id: int | None,
    currency: str,
    shipping_amount: Decimal,
) -> list[Use]:
    """The uses that an order makes; what delivery would have cost is put down to what made it free."""
    free = next((one for one in applied if one.free_shipping), None)
    return [
        Use(
            source,
            one.rule.id,
            one.rule.coupon.id if one.rule.coupon else None,
            customer_id,
            currency,
            one.amount,
            shipping_amount if one is free else Decimal(0),
        )
        for one in applied
    ]


def redeem(uses: Sequence[Use], *, now: datetime) -> None:
    """
    Count and write down these uses, all or none; a building block, one statement.

    What a person may have is limited by the caller, who holds the person's lock since it read the rules.

    Raises:
        CouponUsedUp, PromotionUsedUp: somebody else had the last one.
    """
    if not uses:
        return
    db.require_transaction()
    params = {
        "sources": sql.array(use.source for use in uses),
        "promotions": sql.integers(use.promotion_id for use in uses),
        "coupons": sql.integers(use.coupon_id for use in uses),
        "customers": sql.integers(use.customer_id for use in uses),
        "currencies": sql.array(use.currency for use in uses),
        "amounts": sql.array(use.amount for use in uses),
        "shippings": sql.array(use.shipping_amount for use in uses),
        "at": now,
    }
    row = sql.fetch_one(REDEEM, params)
    assert row is not None
    promotions, coupons = row
    if coupons:
        raise CouponUsedUp(coupon=Coupon.objects.get(pk=min(coupons)).code, by_you=False)
    if promotions:
        _refuse_promotions(promotions, uses)


def _refuse_promotions(promotion_ids: Sequence[int], uses: Sequence[Use]) -> None:
    coupon_ids = [use.coupon_id for use in uses if use.promotion_id in promotion_ids and use.coupon_id]
    if coupon_ids:
        raise CouponUsedUp(coupon=Coupon.objects.get(pk=min(coupon_ids)).code, by_you=False)
    codes = Promotion.objects.filter(pk__in=promotion_ids).order_by("pk").values_list("code", flat=True)
    raise PromotionUsedUp(promotions=list(codes))


def give_back(*, source: str, now: datetime) -> int:
    """
    Give the uses of an order that has ended back to its promotions and coupons; answer how many.

    A building block: the caller holds the order's lock and its reservations', and no points yet.
    Again it gives nothing back.
    """
    db.require_transaction()
    row = sql.fetch_one(GIVE_BACK, {"source": source, "at": now})
    assert row is not None
    return int(row[0])


def recount(*, promotion_id: int) -> None:
    """
    Set what a limit counts to what was used; for a promotion whose limit was just set.

    Raises:
        LimitBelowUses: it was used more often than the new limit allows.
    """
    db.require_transaction()
    promotion = Promotion.objects.select_for_update(no_key=True).get(pk=promotion_id)
    used = Redemption.objects.filter(promotion=promotion, given_back_at=None).count()
    if promotion.most_uses is not None and used > promotion.most_uses:
        raise LimitBelowUses(field="most_uses", rule="min", uses=used)
    Promotion.objects.filter(pk=promotion_id).update(uses=used)


def create_coupon(
    *,
    promotion_id: int,
    code: str,
    most_uses: int | None,
    customer_id: int | None,
    now: datetime,
) -> Coupon:
    """
    Make one code, which many may share or which is a person's; a building block.

    Raises:
        CodeTaken: there is such a code, of this promotion or another.
    """
    db.require_transaction()
    normal = normalise_code(code)
    if Coupon.objects.filter(code=normal).exists():
        raise CodeTaken(field="code", rule="unique", coupon=normal)
    try:
        return Coupon.objects.create(
            promotion_id=promotion_id,
            code=normal,
            most_uses=most_uses,
            customer_id=customer_id,
            created_at=now,
        )
    except IntegrityError as error:
        raise CodeTaken(field="code", rule="unique", coupon=normal) from error


# Codes that are there already, and two alike among the new ones, are left out, and drawn again.
CREATE = """
INSERT INTO promotions_coupon (promotion_id, batch_id, code, most_uses, created_at)
SELECT %(promotion_id)s, %(batch_id)s, code, 1, %(at)s FROM unnest(%(codes)s::text[]) AS code
ON CONFLICT (code) DO NOTHING
RETURNING id
"""


def create_coupons(
    *, promotion_id: int, quantity: int, prefix: str, actor: Actor, now: datetime
) -> CouponBatch:
    """
    Make a batch of codes for a single use each, as a set; a building block.

    Raises:
        InvalidField: more than can be made at once.
    """
    db.require_transaction()
    if not 1 <= quantity <= MOST_COUPONS:
        raise InvalidField(field="quantity", rule="range", most=MOST_COUPONS)
    batch = CouponBatch.objects.create(
        promotion_id=promotion_id,
        prefix=normalise_code(prefix),
        quantity=quantity,
        created_at=now,
        actor=str(actor),
    )
    made = 0
    while made < quantity:
        codes = [batch.prefix + _drawn() for _ in range(quantity - made)]
        params = {"promotion_id": promotion_id, "batch_id": batch.pk, "codes": sql.array(codes), "at": now}
        made += len(sql.fetch_all(CREATE, params))
    return batch


def _drawn() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def withdraw_coupons(*, coupon_ids: Sequence[int], now: datetime) -> int:
    """Let coupons no longer be used; what was ordered with them stays. Answer how many it were."""
    open_ = Coupon.objects.filter(pk__in=coupon_ids, withdrawn_at=None)
    return open_.update(withdrawn_at=now)


def withdraw_batch(*, batch_id: int, now: datetime) -> int:
    """Withdraw what of a batch has not been used; answer how many."""
    unused = Coupon.objects.filter(Q(uses__lt=F("most_uses")), batch=batch_id, withdrawn_at=None)
    return unused.update(withdrawn_at=now)
