"""What the order book says of an imported period, beside what the source says."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import NamedTuple

from backoffice.importing.journey import Period
from backoffice.importing.masters import CODE, department_code
from backoffice.importing.survey import NOT_GOODS, Survey, Totals
from omni.core import sql

# Goods: quantity above zero, department neither fuel nor miscellaneous.
TOTALS = """
WITH book AS MATERIALIZED (
    SELECT orders.id, location.code AS store
    FROM orders_order AS orders
    JOIN organisation_saleschannel AS channel ON channel.id = orders.channel_id
    JOIN organisation_location AS location ON location.id = orders.location_id
    WHERE channel.code = %(channel)s AND orders.business_date >= %(start)s AND orders.business_date < %(until)s
), line AS MATERIALIZED (
    SELECT book.id AS order_id, book.store, line.id, line.quantity, line.amount,
           line.quantity > 0
           AND split_part(coalesce(category.path, ''), '/', 1) <> ALL(%(not_goods)s::text[]) AS goods
    FROM book
    JOIN orders_orderline AS line ON line.order_id = book.id
    JOIN catalog_variant AS variant ON variant.id = line.variant_id
    JOIN catalog_product AS product ON product.id = variant.product_id
    LEFT JOIN catalog_category AS category ON category.id = product.category_id
), discount AS (
    SELECT coalesce(sum(discount.amount) FILTER (WHERE discount.code = 'retail'), 0) AS retail,
           coalesce(sum(discount.amount) FILTER (WHERE discount.code = 'coupon-match'), 0) AS coupon_match
    FROM line JOIN orders_linediscount AS discount ON discount.line_id = line.id
), coupon AS (
    SELECT coalesce(sum(payment.captured_amount), 0) AS amount
    FROM book
    JOIN orders_payment AS payment ON payment.order_id = book.id
    JOIN orders_tendertype AS tender ON tender.id = payment.tender_type_id AND tender.kind = 'COUPON'
), top AS (
    SELECT store, sum(amount) AS amount FROM line GROUP BY store ORDER BY amount DESC, store LIMIT 1
)
SELECT (SELECT count(*) FROM book), count(*), coalesce(sum(quantity), 0)::bigint, coalesce(sum(amount), 0),
       (SELECT retail FROM discount), (SELECT amount FROM coupon), (SELECT coupon_match FROM discount),
       count(DISTINCT order_id) FILTER (WHERE goods), count(*) FILTER (WHERE goods),
       coalesce(sum(quantity) FILTER (WHERE goods), 0)::bigint, coalesce(sum(amount) FILTER (WHERE goods), 0),
       coalesce((SELECT store FROM top), ''), coalesce((SELECT amount FROM top), 0)
FROM line
"""

LEVELS = """
SELECT count(*), count(*) FILTER (WHERE level.on_hand <> 0)
FROM inventory_stocklevel AS level
JOIN organisation_location AS location ON location.id = level.location_id
JOIN organisation_company AS company ON company.id = location.company_id
WHERE company.code = %(company)s
"""


class Figure(NamedTuple):
    """One figure: what the database holds, and what it must hold."""

    name: str
    booked: int | str | Decimal
    expected: int | str | Decimal

    @property
    def holds(self) -> bool:
        return self.booked == self.expected


def totals_of(period: Period) -> Totals:
    """The period's totals, from the order book."""
    row = sql.fetch_one(
        TOTALS,
        {
            "channel": f"{CODE}-stores",
            "start": period.start,
            "until": period.until,
            "not_goods": [department_code(name) for name in NOT_GOODS],
        },
    )
    assert row is not None
    totals = Totals(*row)
    totals.top_store = totals.top_store.removeprefix("cj-")
    return totals


def levels() -> tuple[int, int]:
    """How many levels the history's stores have, and how many of them are not at zero."""
    row = sql.fetch_one(LEVELS, {"company": CODE})
    assert row is not None
    return row[0], row[1]


def compare(booked: Totals, expected: Totals) -> list[Figure]:
    return [Figure(f.name, getattr(booked, f.name), getattr(expected, f.name)) for f in fields(Totals)]


def together(surveys: Sequence[Survey]) -> Totals:
    """The totals of several stretches of one source."""
    summed = Totals()
    by_store: dict[int, Decimal] = {}
    for found in surveys:
        for field in fields(Totals):
            if field.name not in {"top_store", "top_store_sales"}:
                setattr(summed, field.name, getattr(summed, field.name) + getattr(found.totals, field.name))
        for store, amount in found.by_store.items():
            by_store[store] = by_store.get(store, Decimal(0)) + amount
    if by_store:
        # The order book breaks a tie by the store's code.
        store = min(by_store, key=lambda key: (-by_store[key], str(key)))
        summed.top_store, summed.top_store_sales = str(store), by_store[store]
    return summed
