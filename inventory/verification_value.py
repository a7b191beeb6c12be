"""Do owners' units, the valuation ledger and closed months add up? Each check is one statement."""

from collections.abc import Callable, Sequence
from typing import Any

from inventory.models import LAST_ARCHIVED_ENTRY
from omni.core import sql
from omni.core.verification import Drift

# Owners' units against the stock ledger as far as it has been valued; the level is checked by itself.
OWNED = """
WITH ledger AS (
    SELECT entry.variant_id, entry.location_id, sum(entry.delta) AS quantity
    FROM inventory_stockentry AS entry
    JOIN inventory_valuationcursor AS cursor ON entry.id <= cursor.entry_id
    WHERE entry.bucket = 'ON_HAND'
    GROUP BY entry.variant_id, entry.location_id
), owned AS (
    SELECT variant_id, location_id, sum(quantity) AS quantity
    FROM inventory_ownedstock
    GROUP BY variant_id, location_id
)
SELECT variant.sku, location.code, coalesce(ledger.quantity, 0)::bigint, coalesce(owned.quantity, 0)::bigint
FROM ledger
FULL JOIN owned ON owned.variant_id = ledger.variant_id AND owned.location_id = ledger.location_id
JOIN catalog_variant AS variant ON variant.id = coalesce(ledger.variant_id, owned.variant_id)
JOIN organisation_location AS location ON location.id = coalesce(ledger.location_id, owned.location_id)
WHERE coalesce(ledger.quantity, 0) <> coalesce(owned.quantity, 0)
ORDER BY variant.sku, location.code
"""

# Owner by owner against the valuation ledger: units may be kept for the wrong owner and still add up.
OWNERS = """
WITH ledger AS (
    SELECT variant_id, location_id, owner_id, sum(quantity) AS quantity
    FROM inventory_valuation
    GROUP BY variant_id, location_id, owner_id
)
SELECT variant.sku, location.code, owner.ownership, owner.supplier,
       coalesce(ledger.quantity, 0)::bigint, coalesce(owned.quantity, 0)
FROM ledger
FULL JOIN inventory_ownedstock AS owned
  ON owned.variant_id = ledger.variant_id AND owned.location_id = ledger.location_id
 AND owned.owner_id = ledger.owner_id
JOIN catalog_variant AS variant ON variant.id = coalesce(ledger.variant_id, owned.variant_id)
JOIN organisation_location AS location ON location.id = coalesce(ledger.location_id, owned.location_id)
JOIN inventory_owner AS owner ON owner.id = coalesce(ledger.owner_id, owned.owner_id)
WHERE coalesce(ledger.quantity, 0) <> coalesce(owned.quantity, 0)
ORDER BY variant.sku, location.code, owner.ownership, owner.supplier
"""

# Each entry behind the cursor once, with all its units; and nothing that is no such entry's. What was
# archived was valued by then; its valuation stays.
COVERED = f"""
WITH valued AS (
    SELECT entry_id, sum(quantity) AS quantity
    FROM inventory_valuation
    WHERE entry_id NOT BETWEEN 1 AND {LAST_ARCHIVED_ENTRY}
    GROUP BY entry_id
), entry AS (
    SELECT entry.id, entry.delta
    FROM inventory_stockentry AS entry
    JOIN inventory_valuationcursor AS cursor ON entry.id <= cursor.entry_id
    WHERE entry.bucket = 'ON_HAND' AND entry.id > {LAST_ARCHIVED_ENTRY}
)
SELECT coalesce(entry.id, valued.entry_id), coalesce(entry.delta, 0), coalesce(valued.quantity, 0)::bigint
FROM entry
FULL JOIN valued ON valued.entry_id = entry.id
WHERE entry.id IS NULL OR valued.entry_id IS NULL OR entry.delta <> valued.quantity
ORDER BY 1
"""

# The first row of each pool that is not the sum of the rows up to it.
RUNNING = """
WITH summed AS (
    SELECT *, sum(quantity) OVER pool AS quantities, sum(amount) OVER pool AS amounts
    FROM inventory_valuation
    WINDOW pool AS (PARTITION BY company_id, variant_id, owner_id ORDER BY id)
)
SELECT DISTINCT ON (row.company_id, row.variant_id, row.owner_id)
       company.code, coalesce(variant.sku, '#' || row.variant_id), owner.ownership, owner.supplier, row.id,
       row.quantities || ' = ' || row.amounts, row.running_quantity || ' = ' || row.running_value
FROM summed AS row
JOIN organisation_company AS company ON company.id = row.company_id
JOIN inventory_owner AS owner ON owner.id = row.owner_id
LEFT JOIN catalog_variant AS variant ON variant.id = row.variant_id
WHERE row.quantities <> row.running_quantity OR row.amounts <> row.running_value
ORDER BY row.company_id, row.variant_id, row.owner_id, row.id
"""

POOLS = """
WITH ledger AS (
    SELECT company_id, variant_id, owner_id, sum(quantity) AS quantity, sum(amount) AS value
    FROM inventory_valuation
    GROUP BY company_id, variant_id, owner_id
)
SELECT company.code, variant.sku, owner.ownership, owner.supplier,
       coalesce(ledger.quantity, 0) || ' = ' || coalesce(ledger.value, 0.0000),
       coalesce(pool.quantity, 0) || ' = ' || coalesce(pool.value, 0.0000)
FROM ledger
FULL JOIN inventory_costpool AS pool
  ON pool.company_id = ledger.company_id AND pool.variant_id = ledger.variant_id
 AND pool.owner_id = ledger.owner_id
JOIN organisation_company AS company ON company.id = coalesce(ledger.company_id, pool.company_id)
JOIN catalog_variant AS variant ON variant.id = coalesce(ledger.variant_id, pool.variant_id)
JOIN inventory_owner AS owner ON owner.id = coalesce(ledger.owner_id, pool.owner_id)
WHERE coalesce(ledger.quantity, 0) <> coalesce(pool.quantity, 0)
   OR coalesce(ledger.value, 0) <> coalesce(pool.value, 0)
ORDER BY company.code, variant.sku, owner.ownership, owner.supplier
"""

# A closed month's totals, the sums of its lines, and what the ledger says of it: all the same.
CLOSED = """
SELECT company.code, closing.month, figure.what, figure.expected, figure.found
FROM inventory_closing AS closing
JOIN organisation_company AS company ON company.id = closing.company_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(amount), 0) AS value,
           coalesce(-sum(amount) FILTER (WHERE posting_month = closing.month
                AND kind IN ('SALE', 'RETURN', 'CORRECTION', 'CLOSING')), 0) AS cost_of_sales
    FROM inventory_valuation
    WHERE company_id = closing.company_id AND posting_month <= closing.month
) AS ledger
CROSS JOIN LATERAL (
    SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(value), 0) AS value,
           coalesce(sum(cost_of_sales), 0) AS cost_of_sales
    FROM inventory_closingline
    WHERE closing_id = closing.id
) AS line
CROSS JOIN LATERAL (VALUES
    ('quantity', ledger.quantity::numeric, closing.quantity::numeric),
    ('value', ledger.value, closing.value),
    ('cost of sales', ledger.cost_of_sales, closing.cost_of_sales),
    ('quantity of its lines', ledger.quantity::numeric, line.quantity),
    ('value of its lines', ledger.value, line.value),
    ('cost of sales of its lines', ledger.cost_of_sales, line.cost_of_sales)
) AS figure (what, expected, found)
WHERE figure.expected <> figure.found
ORDER BY company.code, closing.month, figure.what
"""


def find_owned_drifts() -> list[Drift]:
    """The owners' units of a level are not what its ledger says, as far as it has been valued."""
    return [
        Drift(
            "stock-owned",
            "units of all owners",
            {"sku": sku, "location": location},
            expected,
            found,
            found - expected,
        )
        for sku, location, expected, found in sql.fetch_all(OWNED)
    ]


def find_owner_drifts() -> list[Drift]:
    """An owner's units of a level are not the sum of the valuation ledger."""
    return [
        Drift(
            "stock-owner",
            "units of an owner",
            {"sku": sku, "location": location, "owner": f"{ownership} {supplier}".strip()},
            expected,
            found,
            found - expected,
        )
        for sku, location, ownership, supplier, expected, found in sql.fetch_all(OWNERS)
    ]


def find_uncovered_entries() -> list[Drift]:
    """An entry behind the cursor is not valued with exactly its units; or what is valued is none."""
    return [
        Drift("stock-valued-once", "units valued", {"entry": entry_id}, delta, valued, valued - delta)
        for entry_id, delta, valued in sql.fetch_all(COVERED)
    ]


def find_running_drifts() -> list[Drift]:
    """A valuation row's running figures are not the sums up to it: the first of each pool."""
    return [
        Drift(
            "stock-value-running",
            "quantity and value after",
            {**_pool(company, sku, ownership, supplier), "row": row_id},
            expected,
            found,
        )
        for company, sku, ownership, supplier, row_id, expected, found in sql.fetch_all(RUNNING)
    ]


def find_pool_drifts() -> list[Drift]:
    """What a company has of an article is not the sum of the valuation ledger."""
    return [
        Drift("stock-value", "quantity and value", _pool(*key), expected, found)
        for *key, expected, found in sql.fetch_all(POOLS)
    ]


def _pool(company: str, sku: str, ownership: str, supplier: str) -> dict[str, Any]:
    return {"company": company, "sku": sku, "owner": f"{ownership} {supplier}".strip()}


def find_closing_drifts() -> list[Drift]:
    """A closed month is not what the ledger says of it."""
    return [
        Drift(
            "stock-closing",
            what,
            {"company": company, "month": f"{month:%Y-%m}"},
            str(expected),
            str(found),
            str(found - expected),
        )
        for company, month, what, expected, found in sql.fetch_all(CLOSED)
    ]


CHECKS: Sequence[Callable[[], list[Drift]]] = (
    find_owned_drifts,
    find_owner_drifts,
    find_uncovered_entries,
    find_running_drifts,
    find_pool_drifts,
    find_closing_drifts,
)
