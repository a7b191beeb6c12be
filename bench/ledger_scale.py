"""
Do posting, reserving and availability stay as quick while the stock ledger grows from 100 thousand rows to ten million?

Two databases, alike but for the ledger, whose further rows come and go by one unit, so that balances stay as
they are. They are asked in turn; a ratio is of one round.
"""

import json
from collections.abc import Mapping

import psycopg

from bench.harness.context import Context
from bench.harness.figures import paired_ratio
from bench.harness.report import Row, at_most, seen
from bench.ours.peer import command, database

FEW, MANY = 100_000, 10_000_000
AT_ONCE = 50  # rows of each level in one statement; even, so that a statement's rows come to zero
ROUNDS = 5
MOST = 1.15

HISTORY = """
INSERT INTO inventory_stockentry (occurred_at, business_date, variant_id, location_id, document_id,
                                  bucket, kind, reason, delta, balance_after, actor)
SELECT now(), current_date, level.variant_id, level.location_id, (SELECT min(id) FROM inventory_stockdocument),
       'ON_HAND', 'ADJUSTMENT', 'correction', CASE WHEN n %% 2 = 1 THEN 1 ELSE -1 END, level.on_hand + n %% 2,
       'system:bench'
FROM generate_series(1, %(at_once)s::int) AS n
CROSS JOIN (SELECT * FROM inventory_stocklevel ORDER BY id LIMIT %(levels)s::bigint) AS level
"""


def run(context: Context) -> list[Row]:
    small, large = database(context, "bench_small"), database(context, "bench_large")
    few, many = write_history(context, small, FEW), write_history(context, large, MANY)
    rounds = [(measure(small), measure(large)) for _ in range(ROUNDS)]
    sizes = [seen("ledger.small", few, "rows"), seen("ledger.large", many, "rows")]
    return [*sizes, *(ratio_row(name, rounds) for name in rounds[0][0])]


def write_history(context: Context, variables: Mapping[str, str], rows: int) -> int:
    """Write rows as sets until the ledger has so many; answer how many it then has."""
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as connection:
        found: int = connection.execute("SELECT count(*) FROM inventory_stockentry").fetchone()[0]  # type: ignore[index]
        while found < rows:
            params = {"at_once": AT_ONCE, "levels": (rows - found) // AT_ONCE + 1}
            found += connection.execute(HISTORY, params).rowcount
            context.note(f"{found:,} rows of the ledger")
        connection.execute("VACUUM ANALYZE inventory_stockentry")
    return found


def measure(variables: Mapping[str, str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(command(variables, "latencies"))
    return found


def ratio_row(name: str, rounds: list[tuple[dict[str, float], dict[str, float]]]) -> Row:
    ratio = paired_ratio((large[name] for _, large in rounds), (small[name] for small, _ in rounds))
    return at_most(f"ledger.{name}.large/small", ratio, "times", target=MOST)
