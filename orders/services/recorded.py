"""Which receipts of tills stand in the order book already."""

from collections.abc import Sequence

from omni.core import sql
from orders.numbers import FORMER_SEPARATOR, SEPARATOR

# By both forms of its number. The former one could be another shop's too, which its location tells.
RECORDED = """
SELECT sale.place::int, booked.number
FROM unnest((SELECT %(locations)s::bigint[]), %(receipts)s::text[])
     WITH ORDINALITY AS sale (location_id, receipt, place)
JOIN organisation_location AS location ON location.id = sale.location_id
CROSS JOIN LATERAL (
    SELECT number FROM orders_order WHERE number = location.code || %(separator)s || sale.receipt
    UNION ALL
    SELECT number FROM orders_order
    WHERE number = location.code || %(former)s || sale.receipt AND location_id = sale.location_id
) AS booked
ORDER BY sale.place
"""


def recorded_numbers(receipts: Sequence[tuple[int, str]]) -> dict[int, str]:
    """Which of the (location, receipt number) pairs are in the order book, by place: their orders' numbers."""
    rows = sql.fetch_all(
        RECORDED,
        {
            "locations": sql.integers(location_id for location_id, _ in receipts),
            "receipts": [receipt for _, receipt in receipts],
            "separator": SEPARATOR,
            "former": FORMER_SEPARATOR,
        },
    )
    return {place - 1: number for place, number in rows}
