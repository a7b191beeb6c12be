"""Letting a kind make one whole of what several pushes told, where its counterpart takes only wholes."""

from collections.abc import Collection
from functools import partial

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Variant
from connectors.models import Connection, ListingState, PushState
from connectors.ports import Progress
from connectors.registry import lacks, reached
from connectors.services.lanes import ANY_WAITING, LANES, STOCK, Lane, tell_anew
from omni.core import clock, sql

logger = structlog.get_logger(__name__)
PAGE = 1000


def list_stocked(connection: Connection) -> QuerySet[Variant]:
    """What the channel ever listed and keeps stock."""
    return Variant.objects.filter(listings__channel=connection.channel_id, keeps_stock=True).distinct()


def list_listed(connection: Connection) -> QuerySet[Variant]:
    """What the channel ever listed, and what the connection was ever told of."""
    told = ListingState.objects.filter(connection=connection).values("variant")
    known = Q(listings__channel=connection.channel_id) | Q(pk__in=told)
    return Variant.objects.filter(known).distinct()


def finish(connection: Connection) -> None:
    """
    Let a kind that can finish do so, lane by lane, with what it was told; by whoever holds the lock.

    What it has lost is marked, to be told again.

    Raises:
        PushFailed: the kind could not.
    """
    for lane in LANES:
        if lacks(connection, lane.capability):
            continue
        progress = Progress(partial(is_drained, connection, lane), partial(_known, connection, lane))
        with reached(connection) as (connector, to):
            lost = connector.finish_pushes(to, lane.capability, progress, clock.now())
        if lost:
            _tell_again(connection, lane, lost)


def is_drained(connection: Connection, lane: Lane) -> bool:
    row = sql.fetch_one(lane.sql(ANY_WAITING), {"connection": connection.pk})
    return not (row and row[0])


def _known(connection: Connection, lane: Lane) -> frozenset[str]:
    states: QuerySet[PushState] | QuerySet[ListingState]
    if lane is STOCK:
        variants, states = list_stocked(connection), PushState.objects.all()
    else:
        variants, states = list_listed(connection), ListingState.objects.all()
    given_up = states.filter(connection=connection, variant=OuterRef("pk"), dead_at__isnull=False)
    return frozenset(variants.exclude(Exists(given_up)).values_list("sku", flat=True))


def _tell_again(connection: Connection, lane: Lane, skus: Collection[str]) -> None:
    logger.info("push.told-again", connection=connection.code, lane=lane.table, items=len(skus))
    variants = Variant.objects.filter(sku__in=skus).order_by("pk")
    variant_ids = list(variants.values_list("pk", flat=True))
    for start in range(0, len(variant_ids), PAGE):
        page = variant_ids[start : start + PAGE]
        tell_anew(connection, lane, dict.fromkeys(page, 0), clock.now())
