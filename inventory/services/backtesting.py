"""What learned buffers would have done: a part of history replayed with what was known before it."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from inventory.believing import LONGEST_DAYS, Learned, learn
from inventory.services.learning import CLASS, CLASS_OF, SEEN, observe
from omni.core import sql

# Orders that were promised from a shelf: those it could serve, and those it had to refuse. A till's
# sale is not withheld by any buffer. `books` is what was on hand by the ledger just before.
PROMISED = f"""
WITH promised AS (
    SELECT entry.variant_id, entry.location_id, entry.occurred_at AS at, 'SERVED' AS outcome,
           -entry.delta AS units, entry.balance_after - entry.delta AS books
    FROM inventory_stockentry AS entry
    JOIN inventory_stockdocument AS document ON document.id = entry.document_id
    WHERE entry.bucket = 'ON_HAND' AND entry.kind = 'SALE' AND document.kind = 'FULFILMENT'
      AND entry.occurred_at >= %(since)s::timestamptz AND entry.occurred_at < %(until)s::timestamptz
      AND entry.recorded_at >= %(since)s::timestamptz - interval '2 days'
    UNION ALL
    SELECT found.variant_id, found.location_id, found.opened_at, 'REFUSED', found.quantity, coalesce((
        SELECT entry.balance_after FROM inventory_stockentry AS entry
        WHERE entry.variant_id = found.variant_id AND entry.location_id = found.location_id
          AND entry.bucket = 'ON_HAND' AND entry.occurred_at < found.opened_at
        ORDER BY entry.occurred_at DESC, entry.id DESC LIMIT 1), 0)
    FROM inventory_discrepancy AS found
    WHERE found.kind = 'REJECTED' AND found.reason IN ('NOT_IN_STOCK', 'MISMATCH') AND found.remedy <> 'FOUND'
      AND found.opened_at >= %(since)s::timestamptz AND found.opened_at < %(until)s::timestamptz
)
SELECT promised.variant_id, promised.location_id, {CLASS}, promised.at, promised.outcome,
       promised.units::bigint, promised.books::bigint
FROM promised
{CLASS_OF.format(row="promised")}
ORDER BY promised.at, promised.location_id, promised.variant_id, promised.outcome, promised.books DESC
"""

COUNTED = f"""
SELECT variant_id, location_id, at FROM ({SEEN}) AS seen
WHERE kind = 'COUNT' AND at < %(until)s::timestamptz ORDER BY at
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """
    Units promised online from a location's shelf: refused for want of the goods (oversold), and served.

    `avoided` of the oversold and `withheld` of the served would not have been offered with buffers.
    """

    location: str
    oversold: int
    avoided: int
    served: int
    withheld: int

    @property
    def oversold_with(self) -> int:
        return self.oversold - self.avoided

    @property
    def served_with(self) -> int:
        return self.served - self.withheld


def backtest_buffers(*, since: datetime, until: datetime) -> list[Replayed]:
    """
    Replay the orders of [since, until) in the order of time, each against the buffer of that day.

    What was seen of shelves before `since` is all that is learned from; counts within the time only
    set the days since the last one. Classes by speed are those of today's rates. Writes nothing.
    """
    learned = learn(observe(until=since))
    counted: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    for variant_id, location_id, at in sql.fetch_all(COUNTED, {"until": until}):
        counted[variant_id, location_id].append(at)
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in sql.fetch_all(PROMISED, {"since": since, "until": until}):
        variant_id, location_id, department_id, speed, at, outcome, units, books = row
        one = learned.get((location_id, department_id, speed))
        buffer = _buffer(one, counted[variant_id, location_id], at)
        total = sums[location_id, outcome]
        total[0] += units
        total[1] += units - max(0, min(units, books - buffer)) if buffer else 0
    return _told(sums)


def _buffer(one: Learned | None, counted: list[datetime], at: datetime) -> int:
    if one is None:
        return 0
    before = bisect_left(counted, at)
    days = (at - counted[before - 1]).days if before else LONGEST_DAYS
    return one.buffer(min(days, LONGEST_DAYS))


def _told(sums: dict[tuple[int, str], list[int]]) -> list[Replayed]:
    names: dict[int, str] = dict(sql.fetch_all("SELECT id, code FROM organisation_location"))
    places = sorted({place for place, _ in sums}, key=lambda place: names[place])
    return [
        Replayed(names[place], *sums.get((place, "REFUSED"), (0, 0)), *sums.get((place, "SERVED"), (0, 0)))
        for place in places
    ]
