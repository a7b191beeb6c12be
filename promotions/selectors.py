"""Reads of promotions: what may apply, as rules for the engine; and coupons by their codes."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from omni.core import sql
from promotions.errors import CouponUnknown
from promotions.models import Coupon, Target
from promotions.rules import CouponUsed, Goods, Rule, Traits

# `{channel}` is SQL for a row of sales channels; `%(at)s` the time. Who places an order asks this on
# the way, so that a channel without promotions costs no statement of its own. Plan: the partial index
# `promotion_automatic`, which holds the promotions that run or will.
AUTOMATIC = """
    promotion.active AND NOT promotion.needs_coupon AND promotion.starts_at <= %(at)s
    AND (promotion.ends_at IS NULL OR promotion.ends_at > %(at)s)
    AND promotion.currency = {channel}.currency
    AND (promotion.channels = '{{}}' OR {channel}.code = ANY(promotion.channels))
"""

# Whether who buys must not change meanwhile: these are counted by person.
BY_PERSON = "(promotion.most_per_person IS NOT NULL OR promotion.first_order)"

# What may apply in a channel: what does by itself, and what the coupons ask for. What a person has used
# is counted over every record that was merged into the person, by the index on redemptions.
RULES = """
SELECT promotion.id, promotion.code, promotion.name, promotion.active, promotion.starts_at, promotion.ends_at,
       promotion.currency, promotion.channels, promotion.weekdays, promotion.month_days, promotion.from_time,
       promotion.until_time, promotion.members_only, promotion.first_order, promotion.min_amount,
       promotion.min_quantity, promotion.effect, promotion.percent, promotion.amount, promotion.buy_quantity,
       promotion.get_quantity, promotion.most_times, promotion.most_discount, promotion.priority,
       promotion.exclusivity, coalesce(promotion.uses >= promotion.most_uses, false) AS used_up,
       promotion.most_per_person,
       CASE WHEN promotion.most_per_person IS NULL THEN 0 ELSE (
           SELECT count(*)::int FROM promotions_redemption AS redemption
           JOIN customers_customer AS record ON record.id = redemption.customer_id
           WHERE record.person_id = (SELECT person_id FROM customers_customer WHERE id = %(person_id)s::bigint)
             AND redemption.promotion_id = promotion.id
             AND redemption.given_back_at IS NULL
       ) END AS used_by_person,
       promotion.funded_by,
       (SELECT json_agg(json_build_array(
                   target.role, category.path, target.brand_id, target.product_id, target.variant_id))
        FROM promotions_target AS target
        LEFT JOIN catalog_category AS category ON category.id = target.category_id
        WHERE target.promotion_id = promotion.id)::text AS targets,
       coupon.id, coupon.code, owner.person_id, coalesce(coupon.uses >= coupon.most_uses, false),
       coupon.withdrawn_at IS NOT NULL, channel.code
FROM (
    SELECT promotion.id AS promotion_id, NULL::bigint AS coupon_id
    FROM organisation_saleschannel AS channel
    JOIN promotions_promotion AS promotion ON {automatic}
    WHERE channel.id = %(channel_id)s
    UNION ALL
    SELECT coupon.promotion_id, coupon.id
    FROM promotions_coupon AS coupon WHERE coupon.id = ANY((SELECT %(coupon_ids)s::bigint[])::bigint[])
) AS may
JOIN organisation_saleschannel AS channel ON channel.id = %(channel_id)s
JOIN promotions_promotion AS promotion ON promotion.id = may.promotion_id
LEFT JOIN promotions_coupon AS coupon ON coupon.id = may.coupon_id
LEFT JOIN customers_customer AS owner ON owner.id = coupon.customer_id
ORDER BY promotion.id, coupon.id
""".format(automatic=AUTOMATIC.format(channel="channel"))
COLUMNS = (
    "id code name active starts_at ends_at currency channels weekdays month_days from_time until_time "
    "members_only first_order min_amount min_quantity effect percent amount buy_quantity get_quantity "
    "most_times most_discount priority exclusivity used_up most_per_person used_by_person funded_by"
).split()

TRAITS = """
SELECT variant.id, product.id, product.brand_id, coalesce(category.path, '')
FROM catalog_variant AS variant
JOIN catalog_product AS product ON product.id = variant.product_id
LEFT JOIN catalog_category AS category ON category.id = product.category_id
WHERE variant.id = ANY((SELECT %(variant_ids)s::bigint[])::bigint[])
"""


@dataclass(frozen=True, slots=True)
class MayApply:
    """The promotions that may apply, and what the goods in question belong to."""

    channel: str = ""
    rules: tuple[Rule, ...] = ()
    traits: Mapping[int, Traits] | None = None

    def traits_of(self, variant_id: int) -> Traits:
        return (self.traits or {}).get(variant_id, Traits())


def find_rules(
    *,
    channel_id: int,
    at: datetime,
    variant_ids: Iterable[int],
    person_id: int | None = None,
    coupon_ids: Sequence[int] = (),
) -> MayApply:
    """
    What may apply at that moment; one statement, and one more where a promotion names goods.

    A coupon twice asks once, and of two coupons for the same promotion the first one does.
    """
    rows = sql.fetch_all(
        RULES,
        {
            "channel_id": channel_id,
            "at": at,
            "person_id": person_id,
            "coupon_ids": sql.integers(coupon_ids),
        },
    )
    rules = {rule.id: rule for rule in map(_rule, reversed(rows))}
    named = any(rule.goods or rule.reward or rule.excluded for rule in rules.values())
    channel = rows[0][-1] if rows else ""
    return MayApply(channel, tuple(rules.values()), _traits(variant_ids) if named else None)


def _traits(variant_ids: Iterable[int]) -> dict[int, Traits]:
    rows = sql.fetch_all(TRAITS, {"variant_ids": sql.integers(variant_ids)})
    return {variant_id: Traits(*traits) for variant_id, *traits in rows}


def _rule(row: sql.Row) -> Rule:
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=False))
    targets, coupon_id, *coupon, _channel = row[len(COLUMNS) :]
    for name in ("channels", "weekdays", "month_days"):
        values[name] = tuple(values[name])
    values["name"] = json.loads(values["name"])
    goods = _goods(json.loads(targets) if targets else [])
    return Rule(
        **values,
        goods=goods[Target.Role.GOODS],
        reward=goods[Target.Role.REWARD],
        excluded=goods[Target.Role.EXCLUDED],
        coupon=None if coupon_id is None else CouponUsed(coupon_id, *coupon),
    )


def _goods(targets: Sequence[Sequence[Any]]) -> dict[str, Goods]:
    named: dict[str, list[set[Any]]] = {role: [set(), set(), set(), set()] for role in Target.Role.values}
    for role, *values in targets:
        for kind, value in zip(named[role], values, strict=True):
            if value is not None:
                kind.add(value)
    return {role: Goods(*map(frozenset, kinds)) for role, kinds in named.items()}


def normalise_code(code: str) -> str:
    """A coupon's code as it is stored: however it was typed, in capitals and without spaces."""
    return "".join(unicodedata.normalize("NFKC", code).upper().split())


def get_coupon_ids(codes: Iterable[str]) -> list[int]:
    """
    The coupons of these codes, in their order.

    Raises:
        CouponUnknown: there is none of that code; whether it may be used is for the engine to say.
    """
    wanted = list(dict.fromkeys(normalise_code(code) for code in codes))
    found = dict(
        Coupon.objects.filter(code__in=[code for code in wanted if "\x00" not in code]).values_list(
            "code", "pk"
        )
    )
    if unknown := [code for code in wanted if code not in found]:
        raise CouponUnknown(coupon=unknown[0])
    return [found[code] for code in wanted]
