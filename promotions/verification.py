"""
Where what limits count is not what was used: one set-wise statement.

The uses are what happened, so a repair sets the count to them.
"""

from collections.abc import Sequence
from datetime import datetime

from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.verification import Drift, Repair
from promotions.models import Coupon, Promotion, Redemption

# Only what has a limit is counted.
COUNTS = """
SELECT 'promotion', promotion.code, count(redemption.id)::int, promotion.uses
FROM promotions_promotion AS promotion
LEFT JOIN promotions_redemption AS redemption
       ON redemption.promotion_id = promotion.id AND redemption.given_back_at IS NULL
WHERE promotion.most_uses IS NOT NULL
GROUP BY promotion.id
HAVING count(redemption.id) <> promotion.uses
UNION ALL
SELECT 'coupon', coupon.code, count(redemption.id)::int, coupon.uses
FROM promotions_coupon AS coupon
LEFT JOIN promotions_redemption AS redemption
       ON redemption.coupon_id = coupon.id AND redemption.given_back_at IS NULL
WHERE coupon.most_uses IS NOT NULL
GROUP BY coupon.id
HAVING count(redemption.id) <> coupon.uses
ORDER BY 1 DESC, 2
"""
KIND = "promotion-uses"


def find_drifts() -> list[Drift]:
    """Every limited promotion and coupon whose count is not the number of its uses."""
    return [
        Drift(KIND, "uses", {what: code}, expected, found, found - expected)
        for what, code, expected, found in sql.fetch_all(COUNTS)
    ]


def repair(drifts: Sequence[Drift], *, actor: Actor, now: datetime) -> list[Repair]:
    """Set counts to the uses, under each row's lock; beyond its limit a row can't be counted, and stays."""
    return [Repair(drift, _recount(drift), now) for drift in drifts]


def _recount(drift: Drift) -> str:
    model: type[Promotion] | type[Coupon] = Promotion if "promotion" in drift.where else Coupon
    (name, code), *_ = drift.where.items()
    with db.transaction():
        row = model._default_manager.select_for_update(no_key=True).get(code=code)
        used = Redemption.objects.filter(**{name: row.pk}, given_back_at=None).count()
        if row.most_uses is not None and used > row.most_uses:
            return f"left: used {used} times, {row.most_uses} at most"
        model._default_manager.filter(pk=row.pk).update(uses=used)
    return f"uses set to {used}"
