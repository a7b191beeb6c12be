"""Reads of value: what stock is worth and what goods sold had cost, by shop, brand and owner."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from inventory.models import Closing, CostPolicy
from omni.core import money, sql
from omni.core.errors import NotFound
from organisation.models import Company

# What a row is in a month's figures: bought, or sold at cost; anything else is another change.
BOUGHT = "('RECEIPT', 'PURCHASE', 'RECEIPT_COST')"
SOLD = "('SALE', 'RETURN', 'CORRECTION', 'CLOSING')"

# As of the end of a month: what there is by now, less what was posted to later months.
HELD = """
SELECT variant_id, location_id, owner_id, sum(quantity)::bigint AS quantity
FROM (
    SELECT owned.variant_id, owned.location_id, owned.owner_id, owned.quantity
    FROM inventory_ownedstock AS owned
    JOIN organisation_location AS location ON location.id = owned.location_id
    WHERE location.company_id = %(company)s::bigint
    UNION ALL
    SELECT variant_id, location_id, owner_id, -quantity
    FROM inventory_valuation
    WHERE company_id = %(company)s::bigint AND posting_month > %(month)s::date
) AS moved
GROUP BY variant_id, location_id, owner_id
"""

POOL = """
SELECT variant_id, owner_id, sum(quantity)::bigint AS quantity, sum(value) AS value,
       max(unit_cost) AS unit_cost, coalesce(max(now_quantity), 0)::bigint AS now_quantity,
       coalesce(max(now_value), 0) AS now_value
FROM (
    SELECT variant_id, owner_id, quantity, value, unit_cost, quantity AS now_quantity, value AS now_value
    FROM inventory_costpool
    WHERE company_id = %(company)s::bigint
    UNION ALL
    SELECT variant_id, owner_id, -quantity, -amount, NULL, NULL, NULL
    FROM inventory_valuation
    WHERE company_id = %(company)s::bigint AND posting_month > %(month)s::date
) AS moved
GROUP BY variant_id, owner_id
"""

# A pool's value goes to its places by their units, each share rounded; what rounding leaves over
# goes to the place that has most, so that the shares add up to the pool.
LINES = f"""
WITH held AS MATERIALIZED ({HELD}), pool AS MATERIALIZED ({POOL}), share AS (
    SELECT held.*, pool.value,
           round(held.quantity * CASE WHEN pool.quantity <> 0 THEN pool.value / pool.quantity
                                      ELSE pool.unit_cost END, %(exponent)s::integer) AS base,
           row_number() OVER (
               PARTITION BY held.variant_id, held.owner_id ORDER BY abs(held.quantity) DESC, held.location_id
           ) AS rank
    FROM held
    JOIN pool ON pool.variant_id = held.variant_id AND pool.owner_id = held.owner_id
), placed AS (
    SELECT variant_id, location_id, owner_id, quantity,
           base + CASE rank WHEN 1 THEN value - sum(base) OVER (PARTITION BY variant_id, owner_id) ELSE 0 END
               AS value
    FROM share
), figure AS (
    SELECT variant_id, location_id, owner_id, quantity, value, 0 AS purchases, 0 AS cost, 0 AS other
    FROM placed
    UNION ALL
    SELECT variant_id, location_id, owner_id, 0, 0,
           CASE WHEN kind IN {BOUGHT} THEN amount ELSE 0 END,
           CASE WHEN kind IN {SOLD} THEN -amount ELSE 0 END,
           CASE WHEN kind IN {BOUGHT} OR kind IN {SOLD} THEN 0 ELSE amount END
    FROM inventory_valuation
    WHERE company_id = %(company)s::bigint AND posting_month = %(month)s::date
)
SELECT figure.location_id, product.brand_id, figure.owner_id, sum(figure.quantity)::bigint AS quantity,
       sum(figure.value) AS value, sum(figure.purchases) AS purchases, sum(figure.cost) AS cost_of_sales,
       sum(figure.other) AS other
FROM figure
JOIN catalog_variant AS variant ON variant.id = figure.variant_id
JOIN catalog_product AS product ON product.id = variant.product_id
GROUP BY figure.location_id, product.brand_id, figure.owner_id
"""

NAMED = """
SELECT location.code, brand.code, owner.ownership, owner.supplier,
       line.quantity, line.value, line.purchases, line.cost_of_sales, line.other
FROM ({lines}) AS line
JOIN organisation_location AS location ON location.id = line.location_id
JOIN catalog_brand AS brand ON brand.id = line.brand_id
JOIN inventory_owner AS owner ON owner.id = line.owner_id
WHERE (line.quantity, line.value, line.purchases, line.cost_of_sales, line.other) <> (0, 0, 0, 0, 0)
ORDER BY location.code, brand.code, owner.ownership, owner.supplier
"""
OPEN = NAMED.format(lines=LINES)
CLOSED = NAMED.format(
    lines="""SELECT line.* FROM inventory_closingline AS line
    JOIN inventory_closing AS closing ON closing.id = line.closing_id
    WHERE closing.company_id = %(company)s::bigint AND closing.month = %(month)s::date"""
)

# What the ledger itself says: all that was posted until the month's end, and in the month.
LEDGER = f"""
SELECT coalesce(sum(quantity), 0)::bigint, coalesce(sum(amount), 0),
       coalesce(sum(amount) FILTER (WHERE posting_month = %(month)s::date
                                      AND kind IN {BOUGHT}), 0),
       coalesce(-sum(amount) FILTER (WHERE posting_month = %(month)s::date
                                       AND kind IN {SOLD}), 0),
       coalesce(sum(amount) FILTER (WHERE posting_month = %(month)s::date
           AND kind NOT IN {BOUGHT} AND kind NOT IN {SOLD}), 0)
FROM inventory_valuation
WHERE company_id = %(company)s::bigint AND posting_month <= %(month)s::date
"""


# What has left a place for another and is on no place's books yet, by whose books it left: each
# transfer's rows add up to nothing once all of it has arrived or is settled. So only those can have
# been under way at the month's end that are so now, of which rows were posted later, or are still to be
# valued; each is found through an index, and those that ended before are not read.
UNDER_WAY = """
WITH candidate AS MATERIALIZED (
    SELECT id FROM inventory_transfer WHERE status IN ('SHIPPED', 'PARTIALLY_RECEIVED')
    UNION
    SELECT line.transfer_id
    FROM inventory_discrepancy AS discrepancy
    JOIN inventory_transferdifference AS difference ON difference.discrepancy_id = discrepancy.id
    JOIN inventory_transferline AS line ON line.id = difference.line_id
    WHERE discrepancy.status = 'OPEN' AND discrepancy.kind = 'TRANSFER'
    UNION
    SELECT posting.transfer_id
    FROM organisation_company AS company
    JOIN inventory_valuation AS row ON row.company_id = company.id AND row.posting_month > %(month)s::date
    JOIN inventory_transferposting AS posting ON posting.document_id = row.document_id
    WHERE row.kind IN ('TRANSFER_OUT', 'TRANSFER_IN')
    UNION
    SELECT posting.transfer_id
    FROM inventory_stockentry AS entry
    JOIN inventory_transferposting AS posting ON posting.document_id = entry.document_id
    WHERE entry.id > coalesce((SELECT entry_id FROM inventory_valuationcursor), 0)
      AND entry.bucket = 'ON_HAND' AND entry.kind IN ('TRANSFER_OUT', 'TRANSFER_IN')
)
SELECT sum(moved.quantity)::bigint, coalesce(sum(moved.amount), 0)
FROM (
    SELECT -sum(row.quantity) AS quantity, -sum(row.amount) AS amount
    FROM candidate
    JOIN inventory_transfer AS transfer ON transfer.id = candidate.id
    JOIN organisation_location AS origin ON origin.id = transfer.origin_id
    JOIN inventory_transferposting AS posting ON posting.transfer_id = transfer.id
    JOIN inventory_valuation AS row ON row.document_id = posting.document_id
    WHERE origin.company_id = %(company)s::bigint AND row.posting_month <= %(month)s::date
      AND row.kind IN ('TRANSFER_OUT', 'TRANSFER_IN')
    GROUP BY transfer.id, row.variant_id, row.owner_id
    HAVING sum(row.quantity) <> 0
) AS moved
"""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Units that are between two places, and what they left at; suppliers' goods are worth nothing."""

    quantity: int = 0
    value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figures:
    """Units, and amounts: opening value + purchases + other − cost of sales = value, of a company."""

    quantity: int = 0
    value: Decimal = Decimal(0)
    purchases: Decimal = Decimal(0)
    cost_of_sales: Decimal = Decimal(0)
    other: Decimal = Decimal(0)

    def __add__(self, more: "Figures") -> "Figures":
        return Figures(*(getattr(self, field.name) + getattr(more, field.name) for field in fields(Figures)))


@dataclass(frozen=True, slots=True)
class ValueLine:
    """The figures of a shop, brand and owner; `key` of what they were added up by."""

    key: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class StockValue:
    """
    A month of a company. `ledger` is what the ledger says by itself: the total is the same.

    `lines` are the finest, by shop, brand and owner; `added_up` gives coarser ones of the same reading.
    What is `under_way` is the company's too and in no line: its stock is worth both together.
    """

    company: str
    month: date
    currency: str
    closed: bool
    lines: tuple[ValueLine, ...]
    total: Figures
    ledger: Figures
    under_way: UnderWay

    def added_up(self, by: str) -> tuple[ValueLine, ...]:
        """The lines by `shop`, `brand`, `owner`, or all three."""
        sums: dict[tuple[str, ...], Figures] = {}
        for line in self.lines:
            key = tuple(line.key[place] for place in KEYS[by])
            sums[key] = sums.get(key, Figures()) + line.figures
        return tuple(ValueLine(key, figures) for key, figures in sorted(sums.items()))


KEYS = {"shop": (0,), "brand": (1,), "owner": (2, 3), "all": (0, 1, 2, 3)}


def get_stock_value(*, company: Company, month: date) -> StockValue:
    """
    Stock value and cost of goods sold in a month (its first day); four statements at most.

    Of a closed month as it was closed; of an open one as far as the ledger has been valued.
    """
    closing = Closing.objects.filter(company=company, month=month).first()
    currency = closing.currency if closing else currency_of(company, month)
    params = {"company": company.pk, "month": month, "exponent": money.exponent(currency)}
    rows = sql.fetch_all(CLOSED if closing else OPEN, params)
    lines = tuple(ValueLine(row[:4], _figures(row[4:], currency)) for row in rows)
    [ledger] = sql.fetch_all(LEDGER, params)
    [(units, value)] = sql.fetch_all(UNDER_WAY, params)
    return StockValue(
        company.code,
        month,
        currency,
        closing is not None,
        lines,
        sum((line.figures for line in lines), Figures()),
        _figures(ledger, currency),
        UnderWay(units or 0, money.quantize(value, currency)),
    )


def _figures(columns: Sequence[Any], currency: str) -> Figures:
    quantity, *amounts = columns
    return Figures(quantity, *(money.quantize(amount, currency) for amount in amounts))


def find_policy(company: Company, month: date) -> CostPolicy | None:
    """The rules of valuation that hold in a month."""
    return CostPolicy.objects.filter(company=company, valid_from__lte=month).order_by("-valid_from").first()


def currency_of(company: Company, month: date) -> str:
    policy = find_policy(company, month)
    return policy.currency if policy else "JPY"


def get_company(code: str) -> Company:
    """
    Raises:
        NotFound
    """
    company = Company.objects.filter(code=code).first()
    if company is None:
        raise NotFound(company=code)
    return company


# What a supplier is owed for, and what came back: each sale of its goods, at the agreed cost.
STATEMENT = """
SELECT row.business_date, document.kind, document.number, location.code, variant.sku, row.kind,
       -row.quantity, row.unit_cost, -row.amount
FROM inventory_valuation AS row
JOIN organisation_location AS location ON location.id = row.location_id
JOIN catalog_variant AS variant ON variant.id = row.variant_id
LEFT JOIN inventory_stockdocument AS document ON document.id = row.document_id
WHERE row.company_id = %(company)s::bigint AND row.owner_id = %(owner)s::bigint
  AND row.posting_month = %(month)s::date AND row.kind IN ('SALE', 'RETURN', 'OWNER_CHANGE')
ORDER BY row.id
"""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Units of a supplier that were sold, and bought of it with that; below zero, that came back."""

    business_date: date
    document_kind: str | None
    document: str | None
    location: str
    sku: str
    kind: str
    quantity: int
    unit_cost: Decimal
    amount: Decimal


def list_statement(*, company_id: int, owner_id: int, month: date) -> list[StatementLine]:
    """A supplier's statement of a month: its sum is what the ledger has as purchases at the sale."""
    rows = sql.fetch_all(STATEMENT, {"company": company_id, "owner": owner_id, "month": month})
    return [StatementLine(*row) for row in rows]
