"""The daily pass of replenishment: what is sold a day, what is short by the rules, and suggestions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from inventory.models import Suggestion
from inventory.planning import Rule, Standing, Wish, plan
from inventory.sourcing import EXPIRED_ANYWHERE, UNPROMISED
from omni.core import db, sql

WINDOW_DAYS = 28
# Goods that somebody did not want are not suggested again for so long.
QUIET_DAYS = 7
# What was replaced is kept for so long.
STALE_DAYS = 30
# Of a transfer, where the rule names no lead time.
TRANSFER_DAYS = 1

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('inventory.replenish', 0))"

# One pass over the ledger's last weeks. The balances of a day come from what is on hand now, less what
# has moved since; days on which nothing moved are counted as the gap between those on which something
# did. A day counts as in stock where it began with stock, or goods came or were sold on it. Only whole
# days count, by the location's calendar. What is recorded is never older than what it is about, but
# for a clock that goes wrong by hours.
RATES = """
WITH place AS MATERIALIZED (
    SELECT id, (%(now)s::timestamptz AT TIME ZONE time_zone)::date AS today FROM organisation_location
), moved AS MATERIALIZED (
    SELECT entry.variant_id, entry.location_id, entry.business_date AS day, sum(entry.delta)::bigint AS delta,
           coalesce(sum(-entry.delta) FILTER (WHERE entry.kind IN ('SALE', 'RETURN')), 0)::bigint AS sold,
           bool_or(entry.delta > 0 OR entry.kind = 'SALE') AS handled
    FROM inventory_stockentry AS entry
    JOIN place ON place.id = entry.location_id
    WHERE entry.bucket = 'ON_HAND' AND entry.business_date >= place.today - %(window)s::integer
      AND entry.recorded_at >= %(now)s::timestamptz - make_interval(days => %(window)s::integer + 2)
    GROUP BY entry.variant_id, entry.location_id, entry.business_date
), day AS (
    SELECT moved.*, place.today, place.today - %(window)s::integer AS since,
           level.on_hand - sum(moved.delta) OVER since_then AS opening,
           lead(moved.day) OVER from_then AS next_day, lag(moved.day) OVER from_then AS former_day
    FROM moved
    JOIN place ON place.id = moved.location_id
    JOIN inventory_stocklevel AS level
      ON level.variant_id = moved.variant_id AND level.location_id = moved.location_id
    WINDOW from_then AS (PARTITION BY moved.variant_id, moved.location_id ORDER BY moved.day),
           since_then AS (PARTITION BY moved.variant_id, moved.location_id ORDER BY moved.day DESC)
), counted AS (
    SELECT variant_id, location_id, greatest(0, sum(sold) FILTER (WHERE day < today))::bigint AS sold,
           sum((day < today AND (opening > 0 OR handled))::integer
               + CASE WHEN opening + delta > 0
                      THEN greatest(0, least(coalesce(next_day, today), today) - day - 1) ELSE 0 END
               + CASE WHEN former_day IS NULL AND opening > 0 THEN least(day, today) - since ELSE 0 END
           ) AS days
    FROM day
    GROUP BY variant_id, location_id
)
INSERT INTO inventory_stockplan
    (variant_id, location_id, sold, days_in_stock, window_days, until_date, made_at)
SELECT level.variant_id, level.location_id, coalesce(counted.sold, 0),
       coalesce(counted.days, CASE WHEN level.on_hand > 0 THEN %(window)s::integer ELSE 0 END),
       %(window)s::integer, place.today - 1, %(now)s::timestamptz
FROM inventory_stocklevel AS level
JOIN place ON place.id = level.location_id
LEFT JOIN counted ON counted.variant_id = level.variant_id AND counted.location_id = level.location_id
ON CONFLICT (location_id, variant_id) DO UPDATE
SET sold = excluded.sold, days_in_stock = excluded.days_in_stock, window_days = excluded.window_days,
    until_date = excluded.until_date, made_at = excluded.made_at
"""

# The levels of all places that have a rule or that others come from, each with the narrowest rule.
# What a rule names one by one is there too, though no level of it is.
STANDINGS = f"""
WITH policy AS MATERIALIZED (
    SELECT policy.*, coalesce(policy.lead_time_days, supplier.lead_time_days, {TRANSFER_DAYS}) AS lead_days
    FROM inventory_replenishmentpolicy AS policy
    JOIN organisation_location AS location ON location.id = policy.location_id AND location.active
    LEFT JOIN inventory_supplier AS supplier ON supplier.id = policy.supplier_id
    WHERE policy.supplier_id IS NULL OR supplier.active
), of_category AS MATERIALIZED (
    SELECT DISTINCT ON (policy.location_id, category.id) policy.id, policy.location_id,
           category.id AS category_id
    FROM policy
    JOIN catalog_category AS named ON named.id = policy.category_id
    JOIN catalog_category AS category
      ON category.path = named.path OR starts_with(category.path, named.path || '/')
    ORDER BY policy.location_id, category.id, length(named.path) DESC
), place AS MATERIALIZED (
    SELECT location_id FROM policy UNION SELECT origin_id FROM policy WHERE origin_id IS NOT NULL
), pair AS (
    SELECT level.variant_id, level.location_id
    FROM inventory_stocklevel AS level JOIN place ON place.location_id = level.location_id
    UNION
    SELECT variant_id, location_id FROM policy WHERE variant_id IS NOT NULL
), asked AS MATERIALIZED (
    SELECT variant_id, location_id, sum(quantity)::bigint AS quantity FROM (
        SELECT line.variant_id, purchase.destination_id AS location_id, line.quantity
        FROM inventory_purchaseorderline AS line
        JOIN inventory_purchaseorder AS purchase ON purchase.id = line.order_id
        WHERE purchase.status = 'DRAFT'
        UNION ALL
        SELECT line.variant_id, transfer.destination_id, line.quantity
        FROM inventory_transferline AS line
        JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id
        WHERE transfer.status IN ('REQUESTED', 'APPROVED')
    ) AS line
    GROUP BY variant_id, location_id
), expired AS MATERIALIZED ({EXPIRED_ANYWHERE})
SELECT pair.variant_id, pair.location_id,
       policy.origin_id, policy.supplier_id, policy.lead_days, policy.cover_days, policy.safety,
       policy.minimum, policy.pack, policy.maximum,
       coalesce(plan.sold, 0), coalesce(plan.days_in_stock, 0), coalesce(level.on_hand, 0),
       coalesce({UNPROMISED} + coalesce(expired.quantity, 0), 0), coalesce(level.incoming, 0), coalesce(asked.quantity, 0)
FROM pair
JOIN catalog_variant AS variant ON variant.id = pair.variant_id
JOIN catalog_product AS product ON product.id = variant.product_id
LEFT JOIN policy AS own ON own.location_id = pair.location_id AND own.variant_id = pair.variant_id
LEFT JOIN of_category
       ON of_category.location_id = pair.location_id AND of_category.category_id = product.category_id
LEFT JOIN policy AS every
       ON every.location_id = pair.location_id AND every.variant_id IS NULL AND every.category_id IS NULL
LEFT JOIN policy ON policy.id = coalesce(own.id, of_category.id, every.id)
LEFT JOIN inventory_stocklevel AS level
       ON level.variant_id = pair.variant_id AND level.location_id = pair.location_id
LEFT JOIN inventory_stockplan AS plan
       ON plan.variant_id = pair.variant_id AND plan.location_id = pair.location_id
LEFT JOIN expired ON expired.variant_id = pair.variant_id AND expired.location_id = pair.location_id
LEFT JOIN asked ON asked.variant_id = pair.variant_id AND asked.location_id = pair.location_id
WHERE variant.keeps_stock AND variant.archived_at IS NULL AND product.archived_at IS NULL
  AND NOT EXISTS (SELECT FROM catalog_component AS component WHERE component.bundle_id = variant.id)
ORDER BY pair.variant_id, pair.location_id
"""

# Levels that no rule names any longer lose what followed from it.
POINTS = """
WITH wish AS MATERIALIZED (
    SELECT * FROM unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[], %(points)s::bigint[],
                         %(targets)s::bigint[])
        AS wish (variant_id, location_id, reorder_point, target)
)
UPDATE inventory_stockplan AS plan
SET reorder_point = wish.reorder_point, target = wish.target
FROM inventory_stockplan AS former
LEFT JOIN wish ON wish.variant_id = former.variant_id AND wish.location_id = former.location_id
WHERE plan.id = former.id
  AND (former.reorder_point, former.target) IS DISTINCT FROM (wish.reorder_point, wish.target)
"""

REPLACE = """
WITH old AS MATERIALIZED (
    SELECT id FROM inventory_suggestion
    WHERE status = 'OPEN' AND (%(location)s::bigint IS NULL OR location_id = %(location)s::bigint)
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE inventory_suggestion AS suggestion
SET status = 'STALE', decided_at = %(now)s::timestamptz, actor = 'system:omni'
FROM old
WHERE suggestion.id = old.id
RETURNING suggestion.id
"""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A line of what a run suggests: units of a variant for a location, and from whom."""

    sku: str
    location: str
    source: str
    quantity: int
    wanted: int
    rate: str
    available: int
    incoming: int
    reorder_point: int
    target: int


@dataclass(frozen=True, slots=True)
class Replenished:
    """What a run did: levels with a rule, suggestions that it replaced and made."""

    planned: int
    replaced: int
    suggestions: tuple[Suggested, ...]


def replenish(
    *, now: datetime, window_days: int = WINDOW_DAYS, location_id: int | None = None, dry_run: bool = False
) -> Replenished:
    """
    Count what is sold a day, work out what each place lacks, and suggest it; again: the same.

    Everything is worked out each time, since places share what their origin has; with a location only
    that one's suggestions are replaced. A dry run leaves nothing behind. One run at a time.
    """
    with db.transaction():
        sql.fetch_all(ONE_AT_A_TIME)
        sql.fetch_all(RATES, {"now": now, "window": window_days})
        wishes = plan(_standings(now))
        _keep_points(wishes)
        replaced = sql.fetch_all(REPLACE, {"now": now, "location": location_id})
        quiet = _dismissed(now)
        made = _write([wish for wish in wishes if _is_new(wish, location_id, quiet)], now)
        Suggestion.objects.filter(
            status=Suggestion.Status.STALE, decided_at__lt=now - timedelta(days=STALE_DAYS)
        ).delete()
        done = Replenished(len(wishes), len(replaced), tuple(_told(made)))
        if dry_run:
            transaction.set_rollback(True)
        return done


def _standings(now: datetime) -> Iterator[Standing]:
    for row in sql.fetch_all(STANDINGS, {"at": now}):
        variant_id, location_id, origin_id, supplier_id, lead, cover, *rest = row
        rule = None if cover is None else Rule(origin_id, supplier_id, lead, cover, *rest[:4])
        yield Standing(variant_id, location_id, rule, *rest[4:])


def _keep_points(wishes: Sequence[Wish]) -> None:
    sql.fetch_all(
        POINTS,
        {
            "variants": sql.integers(wish.standing.variant_id for wish in wishes),
            "locations": sql.integers(wish.standing.location_id for wish in wishes),
            "points": sql.integers(wish.reorder_point for wish in wishes),
            "targets": sql.integers(wish.target for wish in wishes),
        },
    )


def _dismissed(now: datetime) -> set[tuple[int, int]]:
    """The (variant, location) pairs that somebody has lately said no to."""
    rows = Suggestion.objects.filter(
        status=Suggestion.Status.DISMISSED, decided_at__gt=now - timedelta(days=QUIET_DAYS)
    )
    return set(rows.values_list("variant_id", "location_id"))


def _is_new(wish: Wish, location_id: int | None, quiet: set[tuple[int, int]]) -> bool:
    place = wish.standing.location_id
    return (
        wish.quantity > 0 and location_id in (None, place) and (wish.standing.variant_id, place) not in quiet
    )


def _write(wishes: Sequence[Wish], now: datetime) -> list[Suggestion]:
    return Suggestion.objects.bulk_create((_suggestion(wish, now) for wish in wishes), batch_size=1000)


def _suggestion(wish: Wish, now: datetime) -> Suggestion:
    standing, rule = wish.standing, wish.rule
    return Suggestion(
        location_id=standing.location_id,
        variant_id=standing.variant_id,
        origin_id=rule.origin_id,
        supplier_id=rule.supplier_id,
        quantity=wish.quantity,
        wanted=wish.wanted,
        rate=round(Decimal(wish.rate.numerator) / wish.rate.denominator, 4),
        lead_time_days=rule.lead_time_days,
        cover_days=rule.cover_days,
        on_hand=standing.on_hand,
        available=standing.available,
        incoming=standing.incoming,
        asked_for=standing.asked_for,
        passed_on=wish.passed_on,
        reorder_point=wish.reorder_point,
        target=wish.target,
        made_at=now,
    )


def _told(made: Iterable[Suggestion]) -> Iterator[Suggested]:
    """Those just made, by location and sku; the names come by one query."""
    rows: Any = Suggestion.objects.filter(pk__in=[one.pk for one in made])
    names = ("variant__sku", "location__code", "origin__code", "supplier__code")
    figures = ("quantity", "wanted", "rate", "available", "incoming", "reorder_point", "target")
    for row in rows.order_by("location__code", "variant__sku").values_list(*names, *figures):
        sku, location, origin, supplier, quantity, wanted, rate, *rest = row
        yield Suggested(sku, location, origin or supplier, quantity, wanted, f"{rate:f}", *rest)
