"""Loading what a batch of valuations reads, and storing what it wrote: sets, in a dozen statements."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import connection

from inventory.services.costing import Pool
from inventory.services.valuing import COMES_BACK, Books, Entry, Part, Row, Rules, Worth
from omni.core import sql

POOLS = """
SELECT pool.company_id, pool.variant_id, pool.owner_id, pool.quantity, pool.value, pool.unit_cost, pool.currency
FROM inventory_costpool AS pool
WHERE pool.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
"""

OWNED = """
SELECT owned.variant_id, owned.location_id, owned.owner_id, owned.quantity
FROM unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[]) AS place (variant_id, location_id)
JOIN inventory_ownedstock AS owned
  ON owned.variant_id = place.variant_id AND owned.location_id = place.location_id
ORDER BY owned.owner_id
"""

COSTS = """
SELECT document_id, variant_id, owner_id, unit_cost FROM inventory_receiptcost
WHERE document_id = ANY((SELECT %(documents)s::bigint[])::bigint[])
"""

TERMS = """
SELECT company_id, variant_id, valid_from, owner_id, unit_cost FROM inventory_supplyterm
WHERE variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
ORDER BY valid_from
"""

POLICIES = """
SELECT company_id, valid_from, method, leaves_first, currency FROM inventory_costpolicy ORDER BY valid_from
"""

ORIGINS = """
SELECT document_id, variant_id, origin_id FROM inventory_movementorigin
WHERE document_id = ANY((SELECT %(documents)s::bigint[])::bigint[])
ORDER BY id
"""

# What left by these documents, less what has come back from them.
LEFT = """
SELECT document_id, variant_id, owner_id, sum(quantity)::bigint, sum(amount), max(unit_cost)
FROM (
    SELECT document_id, variant_id, owner_id, -quantity AS quantity, -amount AS amount, unit_cost
    FROM inventory_valuation
    WHERE document_id = ANY((SELECT %(documents)s::bigint[])::bigint[]) AND kind IN ('SALE', 'TRANSFER_OUT')
    UNION ALL
    SELECT origin_id, variant_id, owner_id, -quantity, -amount, 0
    FROM inventory_valuation
    WHERE origin_id = ANY((SELECT %(documents)s::bigint[])::bigint[])
      AND kind IN ('RETURN', 'TRANSFER_IN', 'TRANSFER_OUT')
) AS moved
GROUP BY document_id, variant_id, owner_id
HAVING sum(quantity) > 0
ORDER BY document_id, variant_id, owner_id
"""

# Rows go by COPY, as text: a batch's twenty columns as arrays took as long as all else together.
WRITE = """
COPY inventory_valuation
    (recorded_at, posting_month, business_date, company_id, variant_id, location_id, owner_id, document_id,
     origin_id, entry_id, part, kind, quantity, unit_cost, amount, currency, running_quantity, running_value,
     assumed)
FROM STDIN
"""

WRITE_POOLS = """
INSERT INTO inventory_costpool (company_id, variant_id, owner_id, quantity, value, unit_cost, currency)
SELECT * FROM unnest(
    (SELECT %(company)s::bigint[]), %(variant)s::bigint[], %(owner)s::bigint[], %(quantity)s::bigint[],
    %(value)s::numeric[], %(unit_cost)s::numeric[], %(currency)s::text[]
)
ON CONFLICT (company_id, variant_id, owner_id) DO UPDATE
SET quantity = excluded.quantity, value = excluded.value, unit_cost = excluded.unit_cost
"""

WRITE_OWNED = """
INSERT INTO inventory_ownedstock (variant_id, location_id, owner_id, quantity)
SELECT * FROM unnest(
    (SELECT %(variant)s::bigint[]), %(location)s::bigint[], %(owner)s::bigint[], %(quantity)s::bigint[]
)
ON CONFLICT (variant_id, location_id, owner_id) DO UPDATE SET quantity = excluded.quantity
"""


def load(books: Books, entries: Sequence[Entry]) -> None:
    variants = {"variants": sql.integers({entry.variant_id for entry in entries})}
    documents = {"documents": sql.integers({entry.document_id for entry in entries})}
    for company, variant, owner, quantity, value, unit_cost, currency in sql.fetch_all(POOLS, variants):
        books.pools[company, variant, owner] = Pool(quantity, value, unit_cost, currency)
    for company, variant, valid_from, owner, unit_cost in sql.fetch_all(TERMS, variants):
        books.terms.setdefault((company, variant), []).append((valid_from, Worth(owner, unit_cost, True)))
    for document, variant, owner, unit_cost in sql.fetch_all(COSTS, documents):
        books.costs[document, variant] = Worth(owner, unit_cost)
    for company, valid_from, method, leaves_first, currency in sql.fetch_all(POLICIES):
        books.policies.setdefault(company, []).append((valid_from, Rules(method, leaves_first, currency)))
    _load_owned(books, entries)
    _load_left(books, [entry for entry in entries if entry.delta > 0 and entry.kind in COMES_BACK])


def _load_owned(books: Books, entries: Sequence[Entry]) -> None:
    places = {(entry.variant_id, entry.location_id) for entry in entries}
    params = {
        "variants": sql.integers(variant for variant, _ in places),
        "locations": sql.integers(location for _, location in places),
    }
    books.owned = {place: {} for place in places}
    for variant, location, owner, quantity in sql.fetch_all(OWNED, params):
        books.owned[variant, location][owner] = quantity


def _load_left(books: Books, coming_back: Sequence[Entry]) -> None:
    """What came back may have left by its own document or by others, in this batch or long ago."""
    if not coming_back:
        return
    documents = {entry.document_id for entry in coming_back}
    for document, variant, origin in sql.fetch_all(ORIGINS, {"documents": sql.integers(documents)}):
        books.origins.setdefault((document, variant), []).append(origin)
    documents |= {origin for origins in books.origins.values() for origin in origins}
    for document, variant, owner, quantity, amount, unit_cost in sql.fetch_all(
        LEFT, {"documents": sql.integers(documents)}
    ):
        books.left.setdefault((document, variant), []).append(Part(owner, quantity, amount, unit_cost))


def store(books: Books, *, open_months: Mapping[int, date]) -> None:
    """Write the rows, and of what they changed the state that they left."""
    _store_rows(books, open_months)
    changed = dict.fromkeys((row.entry.company_id, row.entry.variant_id, row.owner_id) for row in books.rows)
    _store_pools({key: books.pools[key] for key in changed})
    held = dict.fromkeys((row.entry.variant_id, row.entry.location_id, row.owner_id) for row in books.rows)
    owned = [(*key, books.owned[key[:2]][key[2]]) for key in held]
    names = ("variant", "location", "owner", "quantity")
    columns = zip(names, zip(*owned, strict=True), strict=True)
    sql.fetch_all(WRITE_OWNED, {name: sql.integers(column) for name, column in columns})


def _store_rows(books: Books, open_months: Mapping[int, date]) -> None:
    """In the order of the rows: their ids are the order in which running values are explained."""
    lines = "".join(_line(row, _posting_month(row.entry, open_months)) for row in books.rows)
    with connection.cursor() as cursor, cursor.copy(WRITE) as copy:
        copy.write(lines)


def _line(row: Row, month: date) -> str:
    """A row as COPY reads it: no text of people's stands here, so nothing is to be escaped."""
    entry, origin = row.entry, "\\N" if row.origin_id is None else row.origin_id
    return (
        f"{entry.recorded_at}\t{month}\t{entry.business_date}\t{entry.company_id}\t{entry.variant_id}\t"
        f"{entry.location_id}\t{row.owner_id}\t{entry.document_id}\t{origin}\t{entry.id}\t{row.part}\t"
        f"{row.kind}\t{row.quantity}\t{row.unit_cost}\t{row.amount}\t{row.currency}\t"
        f"{row.running_quantity}\t{row.running_value}\t{row.assumed}\n"
    )


def _posting_month(entry: Entry, open_months: Mapping[int, date]) -> date:
    """The month of the business date; the open one, where that is closed."""
    month = entry.business_date.replace(day=1)
    return max(month, open_months.get(entry.company_id, month))


def _store_pools(pools: Mapping[tuple[int, int, int], Pool]) -> None:
    keys = ("company", "variant", "owner")
    params = {name: sql.integers(column) for name, column in zip(keys, zip(*pools, strict=True), strict=True)}
    kept = list(pools.values())
    names = ("quantity", "value", "unit_cost", "currency")
    params |= {name: sql.array([getattr(pool, name) for pool in kept]) for name in names}
    sql.fetch_all(WRITE_POOLS, params)
