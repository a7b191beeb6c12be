"""
The protocol of connectors: what a kind of connection can do for its counterpart.

A kind is a subclass of `Connector`, named by an entry point of the group `omni.connectors`
(docs/connectors.md). It overrides what its counterpart can do; each method that it leaves alone is
a capability that it has not, and is never called. Connectors see no database: calls happen outside
transactions, may take seconds, and name their counterpart by a `Counterpart`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from connectors.errors import MessageInvalid, PushFailed
from omni.core.errors import SignatureInvalid

__all__ = [
    "Capability",
    "Connector",
    "Counterpart",
    "ListingItem",
    "MessageInvalid",
    "NoSettings",
    "OrdersPage",
    "Progress",
    "PushFailed",
    "RefusedFile",
    "RefusedLine",
    "RemoteListing",
    "RemoteStock",
    "Shipment",
    "ShipmentLine",
    "SignatureInvalid",
    "StockItem",
]


class Capability(StrEnum):
    """What a kind may be able to do; the value is the name of the method that does it."""

    PUSH_STOCK = "push_stock"
    READ_STOCK = "read_stock"
    PUSH_LISTINGS = "push_listings"
    READ_LISTINGS = "read_listings"
    READ_ORDERS = "read_orders"
    RECEIVE_ORDER = "receive_order"
    RECEIVE_TILL_BATCH = "receive_till_batch"
    ACKNOWLEDGE_SHIPMENT = "acknowledge_shipment"
    FINISH_PUSHES = "finish_pushes"
    CHECK_HEALTH = "check_health"


@dataclass(frozen=True, slots=True)
class NoSettings:
    """What a kind without settings of its own has."""


SettingsT = TypeVar("SettingsT")


def none_of(numbers: Iterable[str]) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Counterpart(Generic[SettingsT]):
    """
    Whom a call is for: the connection's code, root URL, secret, and the kind's own settings.

    `skus` is what a comparison asks about, for a counterpart that must be asked by name. `booked`
    tells which of these orders, by the channel's own numbers, are booked here by now. `taken`, in a
    poll, says which are booked or kept for a person already: a counterpart whose orders change state
    long after they were placed is read over and over, and need not tell all of an order again.
    """

    code: str
    url: str
    secret: str
    settings: SettingsT
    skus: tuple[str, ...] = ()
    taken: Callable[[Iterable[str]], frozenset[str]] = none_of
    booked: Callable[[Collection[str]], frozenset[str]] = none_of


@dataclass(frozen=True, slots=True)
class StockItem:
    """Absolute availability of a SKU; a receiver drops versions older than what it has."""

    sku: str
    available: int
    version: int


@dataclass(frozen=True, slots=True)
class RemoteStock:
    """
    What the other side shows. `unsettled` units were sold there and are not yet booked here.

    `version` is 0 where the other side keeps none.
    """

    sku: str
    available: int
    version: int = 0
    unsettled: int = 0


@dataclass(frozen=True, slots=True)
class ListingItem:
    """
    Whether the channel sells a SKU now, and for how much: all of it, not what changed.

    `price` is in `currency`, with tax inside where `tax_inclusive`; None where it is not listed.
    A receiver drops versions older than what it has; they are counted apart from stock's.
    """

    sku: str
    listed: bool
    price: Decimal | None
    tax_inclusive: bool
    currency: str
    version: int


@dataclass(frozen=True, slots=True)
class RemoteListing:
    """What the other side sells a SKU for. `version` is 0 where it keeps none."""

    sku: str
    listed: bool
    price: Decimal | None
    tax_inclusive: bool
    currency: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """
    A part of an order that has left, or was handed over.

    `id` is the same each time it is told: a receiver takes it once. `order_number` is the channel's
    own, `number` ours. Carrier and tracking number are empty where they are not known.
    """

    id: str
    order_number: str
    number: str
    shipped_at: datetime
    carrier: str
    tracking_number: str
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far the telling of one capability has come; each is asked for where a kind needs it.

    `drained` says that nothing waits to be told. `known` are the SKUs that the channel has, whether they
    were told yet or not, without those that were given up.
    """

    drained: Callable[[], bool]
    known: Callable[[], frozenset[str]]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """Why a line can't be taken; what stands there is not repeated, for it may be a person's."""

    line: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """What can't be taken of a file: all of it (`whole`), or the orders that these lines belong to."""

    name: str
    whole: bool
    lines: tuple[RefusedLine, ...]


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """
    Orders in the form of docs/connectors.md, and the cursor after them.

    `refused` is what came with them and is no order: kept for a person before the cursor moves.
    `file` names the file that they came in, if any.
    """

    orders: Sequence[Mapping[str, Any]]
    cursor: str
    refused: tuple[RefusedFile, ...] = ()
    file: str = ""


class Connector(Generic[SettingsT]):
    """
    The base of all kinds; one instance serves every connection of its kind, from many threads.

    `settings` is a frozen dataclass: its fields' types, defaults and `metadata["help"]` make the
    form in the admin, and its `__post_init__` may refuse with a ValueError. `credentials` is one
    too, of a kind whose secret is several: the connection's secret is JSON of it then.
    What a kind leaves as it is here it can't do; it is never asked for it (`capabilities`).
    `batches` caps what one push holds, whatever the connection's own batch size.
    """

    label: ClassVar[Any]
    settings: ClassVar[type] = NoSettings
    needs_url: ClassVar[bool] = True
    needs_secret: ClassVar[bool] = True
    credentials: ClassVar[type | None] = None
    batches: ClassVar[Mapping[Capability, int]] = {}

    def capabilities(self, settings: SettingsT) -> frozenset[Capability]:
        """
        What a counterpart with these settings can do; everything that the kind can, unless it says less.

        What is left out is never called, and nothing is marked, compared or kept for it.
        """
        return capabilities_of(type(self))

    def push_stock(self, to: Counterpart[SettingsT], items: Sequence[StockItem]) -> None:
        """
        Send availability; return once the receiver has acknowledged it.

        Raises:
            PushFailed: refused, or the outcome is unknown.
        """
        raise NotImplementedError

    def read_stock(self, to: Counterpart[SettingsT]) -> Iterator[RemoteStock]:
        """All that the other side shows. Raises PushFailed where it can't be read."""
        raise NotImplementedError

    def push_listings(self, to: Counterpart[SettingsT], items: Sequence[ListingItem]) -> None:
        """Send what is listed, at what price; the same contract as `push_stock`."""
        raise NotImplementedError

    def read_listings(self, to: Counterpart[SettingsT]) -> Iterator[RemoteListing]:
        """All that the other side lists. Raises PushFailed where it can't be read."""
        raise NotImplementedError

    def read_orders(self, to: Counterpart[SettingsT], cursor: str) -> OrdersPage:
        """The orders after a cursor, which is empty at first. Raises PushFailed."""
        raise NotImplementedError

    def receive_order(
        self, to: Counterpart[SettingsT], body: bytes, headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """
        The order that a request to `/api/v1/webhooks/{connection}/orders` brings, once it is proved.

        Raises:
            SignatureInvalid, MessageInvalid
        """
        raise NotImplementedError

    def receive_till_batch(
        self, to: Counterpart[SettingsT], body: bytes, headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """
        The batch that a request to `/api/v1/till-feed/{connection}/batches` brings, once it is proved.

        Such a kind's settings name the shop by `location`, and a device's first number by `first_sequence`.

        Raises:
            SignatureInvalid, MessageInvalid
        """
        raise NotImplementedError

    def prove(self, to: Counterpart[SettingsT], headers: Mapping[str, str]) -> None:
        """See that a request without a body is the counterpart's. Raises SignatureInvalid."""
        raise SignatureInvalid()

    def acknowledge_shipment(self, to: Counterpart[SettingsT], shipment: Shipment) -> None:
        """Tell that a part of an order has left; the same contract as `push_stock`."""
        raise NotImplementedError

    def finish_pushes(
        self, to: Counterpart[SettingsT], capability: Capability, progress: Progress, now: datetime
    ) -> Collection[str]:
        """
        Make one whole of what several pushes told, where the counterpart takes only wholes.

        It is called about once a second and between two pushes of many, by whoever pushes: whether to
        write, now or later, is the kind's to say, and what it told and has not written must outlive
        its process. Answers the SKUs that it has to be told again.

        Raises:
            PushFailed: it counts as a failed push.
        """
        raise NotImplementedError

    def check_health(self, to: Counterpart[SettingsT]) -> None:
        """Ask whether the other side answers. Raises PushFailed where it doesn't."""
        raise NotImplementedError


def capabilities_of(kind: type[Connector]) -> frozenset[Capability]:
    """What a kind can do: the methods that it has of its own."""
    return frozenset(one for one in Capability if getattr(kind, one) is not getattr(Connector, one))
