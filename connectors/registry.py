"""
The kinds of connection that are installed, each with its connector.

A kind is an entry point of the group `omni.connectors`. Those that come with the platform stand in
a table of the same form: a checkout runs without being installed as a package, and then has no
entry points of its own.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import structlog

from connectors import kind_settings
from connectors.errors import KindUnavailable, PushFailed, SettingInvalid
from connectors.ports import Capability, Connector, Counterpart, capabilities_of
from omni.core.errors import DomainError
from orders.models import Order

if TYPE_CHECKING:
    from connectors.models import Connection

logger = structlog.get_logger(__name__)

GROUP = "omni.connectors"
BUILT_IN = (
    EntryPoint("webhook", "connectors.webhook:WebhookConnector", GROUP),
    EntryPoint("till-feed", "connectors.till_feed:TillFeedConnector", GROUP),
    EntryPoint("csv", "connectors.filedrop.connector:CsvConnector", GROUP),
    EntryPoint("rakuten", "connectors.malls.rakuten:RakutenConnector", GROUP),
    EntryPoint("yahoo", "connectors.malls.yahoo:YahooConnector", GROUP),
    EntryPoint("amazon", "connectors.malls.amazon:AmazonConnector", GROUP),
    EntryPoint("medusa", "connectors.medusa.connector:MedusaConnector", GROUP),
    EntryPoint("vendure", "connectors.vendure.connector:VendureConnector", GROUP),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind by its name; `error` says why it can't be used, and then it can do nothing."""

    name: str
    connector: Connector[Any] | None
    capabilities: frozenset[Capability]
    error: str = ""

    @property
    def label(self) -> str:
        return str(self.connector.label) if self.connector else self.name


@cache
def installed() -> dict[str, Kind]:
    """Every kind by its name, read once a process; what comes with the platform goes first."""
    points = {point.name: point for point in (*entry_points(group=GROUP), *BUILT_IN)}
    return {name: _load(points[name]) for name in sorted(points)}


def _load(point: EntryPoint) -> Kind:
    """A package that can't be loaded makes its own kind unusable, and nothing else."""
    try:
        kind = point.load()
        if not (isinstance(kind, type) and issubclass(kind, Connector)):
            raise TypeError(f"{point.value} is no subclass of connectors.ports.Connector")
        return Kind(point.name, kind(), capabilities_of(kind))
    except Exception as error:
        logger.error("connector.not-loaded", kind=point.name, error=f"{type(error).__name__}: {error}")
        return Kind(point.name, None, frozenset(), f"{type(error).__name__}: {error}")


def find_kind(name: str) -> Kind:
    """The kind of that name; one that is not installed says so by its `error`."""
    return installed().get(name) or Kind(name, None, frozenset(), f"No package installs the kind {name!r}.")


def usable() -> list[Kind]:
    return [kind for kind in installed().values() if kind.connector]


def lacks(connection: "Connection", capability: Capability) -> bool:
    """
    Whether a connection certainly can't do it, by its kind or by its settings.

    Of a kind that is missing, or settings that don't fit, trying says what is wrong.
    """
    return capability not in capabilities(connection)


def capabilities(connection: "Connection") -> frozenset[Capability]:
    """What a connection may be able to do: all, as long as its kind or settings can't say."""
    try:
        connector, to = counterpart_of(connection)
    except KindUnavailable:
        kind = find_kind(connection.kind)
        return kind.capabilities if kind.connector else frozenset(Capability)
    return connector.capabilities(to.settings)


def most_in_a_push(connection: "Connection", capability: Capability) -> int:
    """The connection's batch size, or less where what its kind speaks takes less."""
    connector = find_kind(connection.kind).connector
    most = connector.batches.get(capability) if connector else None
    return max(1, connection.batch_size if most is None else min(most, connection.batch_size))


@contextmanager
def reached(connection: "Connection") -> Iterator[tuple[Connector[Any], Counterpart[Any]]]:
    """
    A connection's connector and its counterpart, for one call.

    Whatever a kind raises but a typed failure is a failure of that call.

    Raises:
        KindUnavailable: the kind is not installed, or its settings don't fit. It is a PushFailed.
        PushFailed, and typed failures of the domain: the kind's own.
    """
    connector, to = counterpart_of(connection)
    try:
        yield connector, to
    except (PushFailed, DomainError):
        raise
    except Exception as error:
        logger.exception("connector.failed", connection=connection.code, kind=connection.kind)
        raise PushFailed(f"{type(error).__name__}: {error}") from error


def counterpart_of(connection: "Connection") -> tuple[Connector[Any], Counterpart[Any]]:
    """Raises KindUnavailable."""
    kind = find_kind(connection.kind)
    if kind.connector is None:
        raise KindUnavailable(kind.error)
    try:
        settings = kind_settings.read(kind.connector.settings, connection.settings)
        if kind.connector.credentials:
            kind_settings.read_secret(kind.connector.credentials, connection.secret)
    except SettingInvalid as error:
        raise KindUnavailable(f"{error.field} {error.rule}") from error
    booked = partial(_booked, connection.channel_id)
    return kind.connector, Counterpart(
        connection.code, connection.url, connection.secret, settings, booked=booked
    )


def _booked(channel_id: int, numbers: Collection[str]) -> frozenset[str]:
    if not numbers:
        return frozenset()
    found = Order.objects.filter(channel=channel_id, external_number__in=numbers)
    return frozenset(number for number in found.values_list("external_number", flat=True) if number)
