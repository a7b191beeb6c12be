"""
The former price that may be shown, struck through, beside a sale price.

Who compares with a price has to have charged it, lately and for long enough. How long is data
(`FORMER_PRICE_RULES`, by country); a country without a rule shows none. For Japan the numbers are those
of the Consumer Affairs Agency's guideline on price representations under the Act against Unjustifiable
Premiums and Misleading Representations (価格表示ガイドライン 第4の2): the price was charged for more than
half of the time on sale in the eight weeks before the sale began, for two weeks or more in all, and less
than two weeks have passed since it was last charged. A sale whose end is not announced is judged at the
moment it is shown instead, as the Agency reads it, so that it can't go on with its comparison for ever.

Only what was charged counts, by the listings (at a shop, with the shop's own prices over them): time off
sale does not, for or against. What is compared has tax inside it on both sides, or on neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings

from omni.core import sql
from omni.core.money import quantize


class Reason(StrEnum):
    """Why no former price may be shown."""

    NOT_LISTED = "not-listed"
    NOT_REDUCED = "not-reduced"
    NO_RULE = "no-rule"
    NONE_HIGHER = "none-higher"
    TOO_SHORT = "too-short"
    NOT_MOSTLY = "not-mostly"
    TOO_LONG_AGO = "too-long-ago"


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Of the time on sale in `window` before the sale the price took more than `share`, and `least` in all;
    by `lapse` after it was last charged it may no longer be shown.
    """

    window: timedelta
    share: Decimal
    least: timedelta
    lapse: timedelta


@dataclass(frozen=True, slots=True)
class FormerPrice:
    """`amount` may be shown, or None for `reason`."""

    amount: Decimal | None
    reason: Reason | None


def find_rule(country: str) -> Rule | None:
    numbers = settings.FORMER_PRICE_RULES.get(country)
    return Rule(**numbers) if numbers else None


def params_of(country: str) -> dict[str, Any]:
    """What `FORMER` asks for of the rule; all of it NULL where there is none."""
    rule = find_rule(country)
    return {
        "former_window": rule.window if rule else None,
        "former_share": rule.share if rule else None,
        "former_least": rule.least if rule else None,
        "former_lapse": rule.lapse if rule else None,
    }


# One row, (amount, reason): of `{now}`, a reduced row of `{charged}`, what it may be compared with.
# `since`: the last regular price before; the sale began with the first reduced one after that.
# Plan: three walks along `listing_charged`, each of the variant's own few rows.
FORMER = """
SELECT CASE WHEN verdict.reason IS NULL THEN verdict.price END AS amount, verdict.reason
FROM (
    SELECT coalesce(
        (SELECT max(row.valid_from) FROM {charged} AS row
         WHERE row.variant_id = {now}.variant_id AND NOT row.reduced AND row.valid_from <= %(at)s::timestamptz),
        '-infinity') AS at
) AS since
CROSS JOIN LATERAL (
    SELECT CASE WHEN {now}.valid_until IS NULL THEN %(at)s::timestamptz ELSE min(row.valid_from) END AS at
    FROM {charged} AS row
    WHERE row.variant_id = {now}.variant_id AND row.reduced AND row.valid_from >= since.at
      AND row.valid_from <= %(at)s::timestamptz
) AS judged
LEFT JOIN LATERAL (
    SELECT past.price, past.took, sum(past.took) OVER () AS in_all, past.ended, past.tax_inclusive
    FROM (
        SELECT row.price, row.tax_inclusive,
               sum(extract(epoch FROM least(row.valid_until, judged.at)
                                      - greatest(row.valid_from, judged.at - %(former_window)s::interval))) AS took,
               max(least(row.valid_until, judged.at)) AS ended
        FROM {charged} AS row
        WHERE row.variant_id = {now}.variant_id AND row.valid_from < judged.at
          AND (row.valid_until IS NULL OR row.valid_until > judged.at - %(former_window)s::interval)
        GROUP BY row.price, row.tax_inclusive
    ) AS past
    ORDER BY past.price > {now}.price AND past.tax_inclusive = {now}.tax_inclusive DESC, past.took DESC,
             past.price
    LIMIT 1
) AS most ON true
CROSS JOIN LATERAL (
    SELECT most.price, CASE
        WHEN %(former_window)s::interval IS NULL THEN 'no-rule'
        WHEN most.price > {now}.price AND most.tax_inclusive = {now}.tax_inclusive THEN CASE
            WHEN most.took < extract(epoch FROM %(former_least)s::interval) THEN 'too-short'
            WHEN most.took <= %(former_share)s::numeric * most.in_all THEN 'not-mostly'
            WHEN judged.at - most.ended >= %(former_lapse)s::interval THEN 'too-long-ago' END
        ELSE 'none-higher' END AS reason
) AS verdict
"""

IN_CHANNEL = """(
    SELECT variant_id, price, tax_inclusive, reduced, valid_from, valid_until
    FROM catalog_listing WHERE channel_id = %(channel)s::bigint)"""

# What the shop's till charges: the shop's sale over its regular price over the channel's listings.
AT_SHOP = """
SELECT variant_id, price, tax_inclusive, reduced, lower(period) AS valid_from, upper(period) AS valid_until
FROM (
    SELECT variant_id, price, tax_inclusive, reduced, unnest(tstzmultirange(said) - coalesce(
        (SELECT range_agg(tstzrange(over.valid_from, over.valid_until)) FROM said AS over
         WHERE over.variant_id = said.variant_id AND over.rank > said.rank), '{{}}'
    )) AS period
    FROM (SELECT *, tstzrange(valid_from, valid_until) AS said FROM said) AS said
) AS cut
"""

SAID = """
SELECT variant_id, price, tax_inclusive, reduced, valid_from, valid_until, 0 AS rank
FROM catalog_listing
WHERE channel_id = %(channel)s::bigint AND variant_id = ANY(%(variants)s::bigint[])
UNION ALL
SELECT price.variant_id, price.amount, price.tax_inclusive, price.kind = 'SALE', price.valid_from,
       price.valid_until, CASE price.kind WHEN 'SALE' THEN 2 ELSE 1 END
FROM catalog_price AS price
JOIN organisation_saleschannel AS channel
  ON channel.id = %(channel)s::bigint AND channel.currency = price.currency
WHERE price.location_id = %(location)s::bigint AND price.variant_id = ANY(%(variants)s::bigint[])
"""

VERDICTS = """
WITH {with_}
SELECT wanted.variant_id, former.amount,
       CASE WHEN now.variant_id IS NULL THEN 'not-listed' WHEN NOT now.reduced THEN 'not-reduced'
            ELSE former.reason END
FROM unnest((SELECT %(variants)s::bigint[])) AS wanted (variant_id)
LEFT JOIN {charged} AS now
  ON now.variant_id = wanted.variant_id AND now.valid_from <= %(at)s::timestamptz
 AND (now.valid_until IS NULL OR now.valid_until > %(at)s::timestamptz)
LEFT JOIN LATERAL ({former}) AS former ON now.reduced
"""

OF_CHANNEL = VERDICTS.format(
    with_="nothing AS (SELECT)", charged=IN_CHANNEL, former=FORMER.format(charged=IN_CHANNEL, now="now")
)
OF_SHOP = VERDICTS.format(
    with_=f"said AS MATERIALIZED ({SAID}), charged AS MATERIALIZED ({AT_SHOP.format()})",
    charged="charged",
    former=FORMER.format(charged="charged", now="now"),
)


def list_former_prices(
    *,
    channel_id: int,
    country: str,
    currency: str,
    variant_ids: Iterable[int],
    at: datetime,
    location_id: int | None = None,
) -> dict[int, FormerPrice]:
    """
    For each variant the former price that may be shown in a channel at a moment, or why none; one statement.

    With a location it is that of the shop's till, which sells in that channel.
    """
    params = {
        "channel": channel_id,
        "location": location_id,
        "variants": sql.integers(variant_ids),
        "at": at,
        **params_of(country),
    }
    statement = OF_CHANNEL if location_id is None else OF_SHOP
    return {
        variant_id: FormerPrice(
            None if amount is None else quantize(amount, currency), Reason(reason) if reason else None
        )
        for variant_id, amount, reason in sql.fetch_all(statement, params)
    }
