"""The full comparison: what a connection shows against what we have, and drift pushed again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from catalog.models import Variant
from connectors.errors import PushFailed
from connectors.models import Comparison, Connection, PushState
from connectors.ports import RemoteStock
from connectors.registry import reached
from connectors.services.pushing import push
from inventory import selectors as inventory
from omni.core import db, idempotency, sql
from omni.core.idempotency import Claim

PAGE = 1000
SHOWN = 200
SETTLING = timedelta(seconds=2)

# Rows are locked in the order of their keys, as everywhere that marks them. One statement for a page:
# one for each pair kept a worker from delivering for as long as a shop's first comparison took.
HEAL = """
INSERT INTO connectors_pushstate AS state
    (connection_id, variant_id, version, acknowledged_version, dirty_at, tries, error)
SELECT %(connection)s::bigint, drift.variant_id, drift.version, 0, %(at)s::timestamptz, 0, ''
FROM unnest((SELECT %(variants)s::bigint[]), %(versions)s::bigint[]) AS drift (variant_id, version)
ORDER BY drift.variant_id
ON CONFLICT (connection_id, variant_id) DO UPDATE SET
    dirty_at = excluded.dirty_at, available = NULL, next_try_at = NULL,
    version = greatest(state.version, excluded.version)
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a claim keeps of a comparison that somebody asked for: its row, which tells how it ended."""

    comparison_id: int


def compare(*, connection_id: int, now: datetime) -> Comparison:
    """
    Compare every listed variant with what the other side shows, and push what drifted.

    A pair that is dirty, in flight, or has units sold there and not yet booked here is still
    settling, and counts as compared. An unreachable counterpart is noted on the comparison.
    """
    return _carry_out(Comparison.objects.create(connection_id=connection_id, started_at=now))


def compare_once(*, connection_id: int, claim: Claim, now: datetime) -> Comparison:
    """
    The same for somebody's click. Replaying the claim asks nobody: it answers the first comparison,
    which has no `finished_at` while it runs.

    Raises:
        ClaimInFlight, ClaimMismatch: the claim is in use, or came with another request.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Begun):
            return Comparison.objects.get(pk=replayed.comparison_id)
        comparison = Comparison.objects.create(connection_id=connection_id, started_at=now)
        idempotency.settle(claim, Begun(comparison.pk), now=now)
    return _carry_out(comparison)


def _carry_out(comparison: Comparison) -> Comparison:
    """Read the other side, outside any transaction, and write down what came of it."""
    connection = comparison.connection
    try:
        with reached(connection) as (connector, to):
            shown = {stock.sku: stock for stock in connector.read_stock(to)}
    except PushFailed as error:
        comparison.error = f"{type(error).__name__}: {error}"[:2000]
    else:
        _compare_all(connection, comparison, shown)
    comparison.finished_at = timezone.now()
    comparison.save()
    Connection.objects.filter(pk=connection.pk).update(compared_at=comparison.finished_at)
    if comparison.drifted:
        push(connection_id=connection.pk)
    return comparison


def _compare_all(connection: Connection, comparison: Comparison, shown: dict[str, RemoteStock]) -> None:
    listed = (
        Variant.objects.filter(listings__channel=connection.channel_id, keeps_stock=True)
        .order_by("pk")
        .distinct()
        .values_list("pk", "sku")
    )
    for page in _pages(list(listed)):
        drifts = _drifts(connection, page, shown)
        _heal(connection, drifts, comparison.started_at)
        comparison.compared += len(page)
        comparison.drifted += len(drifts)
        comparison.detail = (comparison.detail + drifts)[:SHOWN]


def _pages(items: list[tuple[int, str]]) -> Iterable[list[tuple[int, str]]]:
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]


def _drifts(
    connection: Connection, page: list[tuple[int, str]], shown: dict[str, RemoteStock]
) -> list[dict[str, Any]]:
    ids = [variant_id for variant_id, _ in page]
    ours = inventory.channel_availability(channel_id=connection.channel_id, variant_ids=ids)
    settling = _settling(connection, ids)
    drifts = []
    for variant_id, sku in page:
        theirs = shown.get(sku)
        if variant_id in settling or (theirs is not None and theirs.unsettled):
            continue
        expected = ours.get(variant_id, 0)
        if theirs is None or theirs.available != expected:
            drifts.append(
                {
                    "variant_id": variant_id,
                    "sku": sku,
                    "ours": expected,
                    "theirs": theirs.available if theirs else None,
                    "their_version": theirs.version if theirs else 0,
                }
            )
    return drifts


def _settling(connection: Connection, variant_ids: list[int]) -> set[int]:
    recent = Q(acknowledged_at__gt=timezone.now() - SETTLING)
    moving = Q(dirty_at__isnull=False) | Q(lease_until__isnull=False) | recent
    states = PushState.objects.filter(moving, connection=connection, variant__in=variant_ids, dead_at=None)
    return set(states.values_list("variant_id", flat=True))


def _heal(connection: Connection, drifts: list[dict[str, Any]], at: datetime) -> None:
    """Make the pairs dirty, forget what was acknowledged, and get ahead of the version shown there."""
    with db.transaction():
        sql.fetch_all(
            HEAL,
            {
                "connection": connection.pk,
                "variants": sql.integers(drift["variant_id"] for drift in drifts),
                "versions": sql.integers(drift["their_version"] for drift in drifts),
                "at": at,
            },
        )
