"""
Metrics of the business's machinery, read from the database when they are asked for.

So they are the same from every web process, and right after a restart. All figures are for the
whole installation: add them up over no instances.
"""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors import selectors as connectors
from omni.core import sql

OUTBOX = """
SELECT count(*) FILTER (WHERE finished_at IS NULL),
       coalesce(extract(epoch FROM statement_timestamp() - min(recorded_at) FILTER (WHERE finished_at IS NULL)), 0)
FROM outbox_event WHERE finished_at IS NULL
"""
DEAD = "SELECT count(*) FROM outbox_failure WHERE dead_at IS NOT NULL"
STUCK = """
SELECT 'payment', count(*) FROM orders_payment
WHERE status IN ('PENDING', 'UNKNOWN') AND attempts >= 5 AND (pay_by IS NULL OR pay_by <= statement_timestamp())
UNION ALL
SELECT 'authorisation', count(*) FROM orders_payment WHERE status = 'AUTHORISED' AND attempts >= 5
UNION ALL
SELECT 'refund', count(*) FROM orders_refund WHERE status IN ('PENDING', 'UNKNOWN') AND attempts >= 5
"""
DISCREPANCIES = "SELECT kind, count(*) FROM inventory_discrepancy WHERE status = 'OPEN' GROUP BY kind"


class BusinessCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from self.outbox()
        yield from self.connections()
        open_ = GaugeMetricFamily("omni_discrepancies_open", "Open stock discrepancies.", labels=["kind"])
        for kind, count in sql.fetch_all(DISCREPANCIES):
            open_.add_metric([kind], count)
        yield open_
        stuck = GaugeMetricFamily(
            "omni_acquirer_stuck", "Asked about for more than a minute, in vain.", labels=["kind"]
        )
        for kind, count in sql.fetch_all(STUCK):
            stuck.add_metric([kind], count)
        yield stuck

    def outbox(self) -> Iterator[Metric]:
        unfinished, oldest = sql.fetch_all(OUTBOX)[0]
        yield GaugeMetricFamily(
            "omni_outbox_unfinished", "Events that some consumer has not taken.", unfinished
        )
        yield GaugeMetricFamily("omni_outbox_oldest_seconds", "Age of the oldest of them.", float(oldest))
        dead = sql.fetch_all(DEAD)[0][0]
        yield GaugeMetricFamily("omni_outbox_dead_letters", "Deliveries that were given up.", dead)

    def connections(self) -> Iterator[Metric]:
        names = {
            "waiting": "SKUs whose newest availability is not acknowledged.",
            "dead": "SKUs given up after refusals.",
            "listings_waiting": "SKUs whose newest listing is not acknowledged.",
            "listings_dead": "Listings given up after refusals.",
            "shipments_waiting": "Shipments that the other side has not acknowledged.",
            "shipments_dead": "Shipments given up after refusals.",
            "paused": "1 while somebody keeps it paused.",
            "unusable": "1 while its kind is not installed.",
            "open": "1 while the circuit is open.",
            "lag_median_seconds": "Commit to acknowledgement, median over ten minutes.",
            "lag_p99_seconds": "Commit to acknowledgement, 99th percentile over ten minutes.",
        }
        families = {
            name: GaugeMetricFamily(f"omni_connection_{name}", text, labels=["connection"])
            for name, text in names.items()
        }
        for health in connectors.list_health():
            values = {
                "waiting": health.waiting,
                "dead": health.dead,
                "listings_waiting": health.listings_waiting,
                "listings_dead": health.listings_dead,
                "shipments_waiting": health.shipments_waiting,
                "shipments_dead": health.shipments_dead,
                "paused": int(health.paused),
                "unusable": int(bool(health.kind_error)),
                "open": int(health.open_until is not None),
                "lag_median_seconds": health.median_lag.total_seconds() if health.median_lag else None,
                "lag_p99_seconds": health.p99_lag.total_seconds() if health.p99_lag else None,
            }
            for name, value in values.items():
                if value is not None:
                    families[name].add_metric([health.code], value)
        yield from families.values()
