"""The numbers of tills' devices: which came, and which are missing below the highest."""

from collections.abc import Iterable

from connectors.models import Connection
from connectors.registry import counterpart_of
from omni.core import db, sql

# What lies between the highest number so far and the new one is missing, less what came. The row is
# locked until the entries are kept, so that no number is counted as come that is not there.
NOTED = """
INSERT INTO connectors_tilldevice AS known (connection_id, device, last_sequence, missing)
SELECT %(connection)s::bigint, %(device)s::text, given.last,
       int8multirange(int8range(%(first)s::bigint, given.last + 1)) - given.came
FROM (
    SELECT greatest(max(number), %(first)s::bigint - 1) AS last,
           range_agg(int8range(number, number + 1)) AS came
    FROM unnest((SELECT %(numbers)s::bigint[])) AS number
) AS given
ON CONFLICT (connection_id, device) DO UPDATE SET
    last_sequence = greatest(known.last_sequence, excluded.last_sequence),
    missing = known.missing
        + int8multirange(int8range(known.last_sequence + 1,
                                   greatest(known.last_sequence, excluded.last_sequence) + 1))
        - (SELECT range_agg(int8range(number, number + 1))
           FROM unnest((SELECT %(numbers)s::bigint[])) AS number)
"""


def note_numbers(*, connection: Connection, device: str, numbers: Iterable[int]) -> None:
    """Count a device's numbers as come. A building block, for before their entries are kept."""
    db.require_transaction()
    _, to = counterpart_of(connection)
    params = {
        "connection": connection.pk,
        "device": device,
        "first": to.settings.first_sequence,
        "numbers": sql.integers(numbers),
    }
    sql.fetch_all(NOTED, params)
