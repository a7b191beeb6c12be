"""
Closing stock by last purchase and by the retail method: rows that bring the pools to its value.

Within the month every movement is at moving average; at its end the difference to what the method
says is posted, to the places that hold the goods, as cost of goods sold. Where units have left
since the month's end, their part of the difference goes on to the next month at once.
"""

from inventory.selectors_value import HELD, POOL

# `aimed` has `aim` for each pool that the method values. `kept` is how much of the difference is
# still on the shelf: of units that have left since nothing is, and no value goes below zero.
REVALUE = f"""
WITH held AS MATERIALIZED ({HELD}), pool AS MATERIALIZED ({POOL}), aimed AS MATERIALIZED (
    {{aimed}}
), difference AS MATERIALIZED (
    SELECT pool.*, aimed.aim - pool.value AS by,
           CASE WHEN pool.now_quantity >= pool.quantity THEN aimed.aim - pool.value
                ELSE round((aimed.aim - pool.value) * greatest(0, pool.now_quantity) / pool.quantity,
                           %(exponent)s::integer) END AS kept_at_most
    FROM aimed
    JOIN pool ON pool.variant_id = aimed.variant_id AND pool.owner_id = aimed.owner_id
    WHERE aimed.aim <> pool.value
), kept AS MATERIALIZED (
    SELECT *, CASE WHEN now_value >= 0 THEN greatest(kept_at_most, -now_value) ELSE kept_at_most END AS keeps
    FROM difference
), share AS (
    SELECT held.variant_id, held.location_id, held.owner_id, kept.by, kept.keeps, kept.now_quantity,
           kept.now_value,
           round(kept.by * held.quantity / kept.quantity, %(exponent)s::integer) AS base,
           row_number() OVER (
               PARTITION BY held.variant_id, held.owner_id ORDER BY abs(held.quantity) DESC, held.location_id
           ) AS rank
    FROM held
    JOIN kept ON kept.variant_id = held.variant_id AND kept.owner_id = held.owner_id
), placed AS (
    SELECT *, base + CASE rank WHEN 1 THEN by - sum(base) OVER (PARTITION BY variant_id, owner_id)
                               ELSE 0 END AS amount
    FROM share
), posted AS (
    SELECT variant_id, location_id, owner_id, rank AS step, 'CLOSING' AS kind, amount,
           %(month)s::date AS posting_month, now_quantity, now_value
    FROM placed
    WHERE amount <> 0
    UNION ALL
    SELECT variant_id, location_id, owner_id, 1000000000, 'CORRECTION', keeps - by,
           %(next_month)s::date, now_quantity, now_value
    FROM placed
    WHERE rank = 1 AND keeps <> by
), written AS (
    INSERT INTO inventory_valuation
        (recorded_at, posting_month, business_date, company_id, variant_id, location_id, owner_id, entry_id,
         part, kind, quantity, unit_cost, amount, currency, running_quantity, running_value, assumed)
    SELECT %(now)s::timestamptz, posting_month, %(next_month)s::date - 1, %(company)s::bigint, variant_id,
           location_id, owner_id, NULL, 0, kind, 0, 0, amount, %(currency)s::text, now_quantity,
           now_value + sum(amount) OVER (PARTITION BY variant_id, owner_id ORDER BY step), false
    FROM posted
    ORDER BY variant_id, owner_id, step
)
UPDATE inventory_costpool AS pool
SET value = pool.value + kept.keeps,
    unit_cost = CASE WHEN pool.quantity > 0 THEN round((pool.value + kept.keeps) / pool.quantity, 4)
                     ELSE pool.unit_cost END
FROM kept
WHERE pool.company_id = %(company)s::bigint AND pool.variant_id = kept.variant_id
  AND pool.owner_id = kept.owner_id
"""

LAST_PURCHASE = REVALUE.format(
    aimed="""SELECT pool.variant_id, pool.owner_id,
           round(pool.quantity * purchase.unit_cost, %(exponent)s::integer) AS aim
    FROM pool
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT mended.unit_cost FROM inventory_valuation AS mended
            WHERE mended.document_id = row.document_id AND mended.variant_id = row.variant_id
              AND mended.kind = 'RECEIPT_COST' AND mended.posting_month <= %(month)s::date
            ORDER BY mended.id DESC
            LIMIT 1
        ), row.unit_cost) AS unit_cost
        FROM inventory_valuation AS row
        WHERE row.company_id = %(company)s::bigint AND row.variant_id = pool.variant_id
          AND row.owner_id = pool.owner_id AND row.kind IN ('RECEIPT', 'OWNER_CHANGE') AND row.quantity > 0
          AND row.posting_month <= %(month)s::date
        ORDER BY row.id DESC
        LIMIT 1
    ) AS purchase
    WHERE pool.owner_id = %(own)s::bigint AND pool.quantity > 0"""
)

# An article's department is the root of its category; its price that of the company's channel.
ARTICLE = """
SELECT variant.id AS variant_id, department.id AS department_id, listing.price
FROM catalog_variant AS variant
JOIN catalog_product AS product ON product.id = variant.product_id
JOIN catalog_listing AS listing
  ON listing.variant_id = variant.id AND listing.channel_id = %(channel)s::bigint
 AND listing.valid_from < %(closing_at)s::timestamptz
 AND (listing.valid_until IS NULL OR listing.valid_until >= %(closing_at)s::timestamptz)
LEFT JOIN catalog_category AS category ON category.id = product.category_id
LEFT JOIN catalog_category AS department ON department.code = split_part(category.path, '/', 1)
"""

RETAIL = REVALUE.format(
    aimed=f"""SELECT pool.variant_id, pool.owner_id,
           round(pool.quantity * article.price * department.ratio, %(exponent)s::integer) AS aim
    FROM pool
    JOIN ({ARTICLE}) AS article ON article.variant_id = pool.variant_id
    JOIN unnest((SELECT %(departments)s::bigint[]), %(ratios)s::numeric[]) AS department (id, ratio)
      ON department.id IS NOT DISTINCT FROM article.department_id
    WHERE pool.owner_id = %(own)s::bigint AND pool.quantity > 0"""
)

# What came in counts at the price of its day; the opening at the price of the month's first moment.
# Markdowns are in none of the two, so the ratio is the cautious one (売価還元低価法).
RATIOS = f"""
WITH pool AS MATERIALIZED ({POOL}), article AS MATERIALIZED ({ARTICLE}), month AS (
    SELECT row.variant_id, sum(row.quantity)::bigint AS quantity, sum(row.amount) AS amount,
           coalesce(sum(row.amount) FILTER (WHERE row.kind IN {{bought}}), 0) AS bought,
           coalesce(sum(row.quantity * then_priced.price) FILTER (WHERE row.kind IN {{bought}}), 0) AS bought_retail
    FROM inventory_valuation AS row
    JOIN article ON article.variant_id = row.variant_id
    LEFT JOIN LATERAL (
        SELECT price FROM catalog_listing AS listing
        WHERE row.kind IN {{bought}} AND listing.variant_id = row.variant_id
          AND listing.channel_id = %(channel)s::bigint
          AND listing.valid_from < (row.business_date + 1)::timestamp AT TIME ZONE %(zone)s::text
        ORDER BY listing.valid_from DESC
        LIMIT 1
    ) AS then_priced ON true
    WHERE row.company_id = %(company)s::bigint AND row.posting_month = %(month)s::date
      AND row.owner_id = %(own)s::bigint
    GROUP BY row.variant_id
), counted AS (
    SELECT article.department_id, article.price, pool.quantity,
           pool.value - coalesce(month.amount, 0) AS opening_cost,
           (pool.quantity - coalesce(month.quantity, 0)) * coalesce(opening.price, article.price)
               AS opening_retail,
           coalesce(month.bought, 0) AS bought, coalesce(month.bought_retail, 0) AS bought_retail
    FROM article
    JOIN pool ON pool.variant_id = article.variant_id AND pool.owner_id = %(own)s::bigint
    LEFT JOIN month ON month.variant_id = article.variant_id
    LEFT JOIN LATERAL (
        SELECT price FROM catalog_listing AS listing
        WHERE listing.variant_id = article.variant_id AND listing.channel_id = %(channel)s::bigint
          AND listing.valid_from <= %(opening_at)s::timestamptz
        ORDER BY listing.valid_from DESC
        LIMIT 1
    ) AS opening ON true
), summed AS (
    SELECT department_id, sum(opening_cost) AS opening_cost, sum(opening_retail) AS opening_retail,
           sum(bought) AS bought, sum(bought_retail) AS bought_retail
    FROM counted
    GROUP BY department_id
), rated AS (
    SELECT *, round((opening_cost + bought) / (opening_retail + bought_retail), 8) AS ratio
    FROM summed
    WHERE opening_retail + bought_retail > 0 AND opening_cost + bought >= 0
)
SELECT rated.department_id, rated.opening_cost, rated.opening_retail, rated.bought, rated.bought_retail,
       sum(greatest(0, counted.quantity) * counted.price), rated.ratio,
       sum(round(greatest(0, counted.quantity) * counted.price * rated.ratio, %(exponent)s::integer))
FROM rated
JOIN counted ON counted.department_id IS NOT DISTINCT FROM rated.department_id
GROUP BY rated.department_id, rated.opening_cost, rated.opening_retail, rated.bought, rated.bought_retail,
         rated.ratio
ORDER BY rated.department_id
""".replace("{bought}", "('RECEIPT', 'RECEIPT_COST', 'OWNER_CHANGE', 'TRANSFER_IN', 'TRANSFER_OUT')")
