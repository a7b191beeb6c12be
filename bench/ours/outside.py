"""Connections to outside shops: many of them, told of everything beforehand; and one that has lost everything."""

from django.db import connection as database

from bench.ours.fill import CHANNEL, PRODUCTS, list_variants, make_goods
from catalog.models import Variant
from connectors import services as connectors
from connectors.models import Connection, PushState
from inventory.models import ChannelSource
from inventory.selectors import channel_availability
from omni.core import clock
from organisation.models import SalesChannel

TOLD_AT_ONCE = 5000


def widen(variants: int) -> None:
    """Have that many variants."""
    make_goods(SalesChannel.objects.get(code=CHANNEL), numbers=range(PRODUCTS, variants // 2))


def connect_all(url: str, secret: str, names: list[str]) -> None:
    """A marketplace of each name, with a channel of its own that sells everything; `url` may say NAME."""
    for name in names:
        channel = _marketplace(name)
        variant_ids = list(Variant.objects.order_by("pk").values_list("pk", flat=True))
        list_variants(channel, variant_ids)
        connection = Connection.objects.create(
            code=name, name=name, channel=channel, url=url.replace("NAME", name), secret=secret
        )
        _tell_all(connection, variant_ids)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _marketplace(name: str) -> SalesChannel:
    main = SalesChannel.objects.get(code=CHANNEL)
    channel = SalesChannel.objects.create(
        code=name, kind=SalesChannel.Kind.MARKETPLACE, name={"ja": name}, company=main.company
    )
    for source in ChannelSource.objects.filter(channel=main):
        ChannelSource.objects.create(channel=channel, location=source.location, priority=source.priority)
    return channel


def _tell_all(connection: Connection, variant_ids: list[int]) -> None:
    """As rows: what the connection was told of before is not measured."""
    available = channel_availability(channel_id=connection.channel_id, variant_ids=variant_ids)
    PushState.objects.bulk_create(
        (
            PushState(
                connection=connection, variant_id=variant_id, version=1, acknowledged_version=1,
                acknowledged_at=clock.now(), available=units,
            )
            for variant_id, units in available.items()
        ),
        batch_size=TOLD_AT_ONCE,
    )  # fmt: skip


def heal(code: str) -> None:
    """The full comparison with a shop, which pushes all that it has lost."""
    connectors.compare(connection_id=Connection.objects.get(code=code).pk, now=clock.now())
