"""Reads of connections."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.models import Connection
from omni.core import sql
from omni.core.errors import NotFound

HEALTH = """
SELECT connection.code, connection.retry_at, connection.last_error, connection.compared_at,
       count(state.id) FILTER (WHERE state.dirty_at IS NOT NULL OR state.lease_until IS NOT NULL),
       count(state.id) FILTER (WHERE state.dead_at IS NOT NULL),
       statement_timestamp() - min(least(state.dirty_at, state.sending_dirty_at)),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY state.lag)
           FILTER (WHERE state.acknowledged_at > statement_timestamp() - interval '10 minutes'),
       percentile_disc(0.99) WITHIN GROUP (ORDER BY state.lag)
           FILTER (WHERE state.acknowledged_at > statement_timestamp() - interval '10 minutes')
FROM connectors_connection AS connection
LEFT JOIN connectors_pushstate AS state ON state.connection_id = connection.id
WHERE connection.active
GROUP BY connection.id ORDER BY connection.code
"""


@dataclass(frozen=True, slots=True)
class Health:
    """
    A connection at a glance: what waits, and how long a change took to be acknowledged.

    `oldest` is the age of the oldest change not yet acknowledged; lags are of the last ten minutes.
    """

    code: str
    open_until: datetime | None
    last_error: str
    compared_at: datetime | None
    waiting: int
    dead: int
    oldest: timedelta | None
    median_lag: timedelta | None
    p99_lag: timedelta | None


def get_connection(code: str) -> Connection:
    """
    Raises:
        NotFound: no active connection has this code.
    """
    connection = Connection.objects.select_related("channel").filter(code=code, active=True).first()
    if connection is None:
        raise NotFound(connection=code)
    return connection


def list_health() -> list[Health]:
    """The health of every active connection, for the staff dashboard and the metrics."""
    return [Health(*row) for row in sql.fetch_all(HEALTH)]
