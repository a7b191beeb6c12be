"""
Every event of the platform: its name with its version, and the type of its payload.

A change to a payload is additive; anything else is a new version published beside the old one.
Payloads carry ids and figures, never personal data.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

BY_TYPE: dict[str, type["Payload"]] = {}


class Payload:
    """The base of payload types; a subclass names its event's `type`."""

    type: ClassVar[str]

    def __init_subclass__(cls) -> None:
        BY_TYPE[cls.type] = cls


@dataclass(frozen=True, slots=True)
class StockChanged(Payload):
    """Levels moved at `location_ids[i]` for `variant_ids[i]`; read the current state."""

    type: ClassVar[str] = "inventory.stock-changed.v1"
    variant_ids: tuple[int, ...]
    location_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LotBlocked(Payload):
    """A lot is not to be sold: what was left of it was set aside at `location_ids`."""

    type: ClassVar[str] = "inventory.lot-blocked.v1"
    lot_id: int
    variant_id: int
    lot: str
    location_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LocationChanged(Payload):
    """
    What a location may serve changed: it was opened, closed, paused or resumed, or does, or belongs
    to, something else.
    """

    type: ClassVar[str] = "organisation.location-changed.v1"
    location_id: int


@dataclass(frozen=True, slots=True)
class ChannelChanged(Payload):
    """A sales channel was switched on or off, or belongs to another company."""

    type: ClassVar[str] = "organisation.channel-changed.v1"
    channel_id: int


@dataclass(frozen=True, slots=True)
class SourcingChanged(Payload):
    """
    What a channel may sell changed without a movement: its sources, or its buffers.

    It concerns `variant_ids` where they are named, else what `location_id` holds, else everything.
    """

    type: ClassVar[str] = "inventory.sourcing-changed.v1"
    channel_id: int
    variant_ids: tuple[int, ...] | None = None
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReservationChanged(Payload):
    """
    Units promised became held by hand (HELD), longer (EXTENDED), in two (SPLIT), elsewhere (MOVED), for
    another (CONVERTED), sold at a till (SOLD), or free before their time (RELEASED). Levels are told of by
    `stock-changed`.
    """

    type: ClassVar[str] = "inventory.reservation-changed.v1"
    reservation_id: int
    change: str
    variant_id: int
    location_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class BacklogChanged(Payload):
    """Who waits for units of these variants, or how many they wait for, has changed: read the current state."""

    type: ClassVar[str] = "orders.backlog-changed.v1"
    variant_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DiscrepancyOpened(Payload):
    """`location_id` is null where no location is meant: what was sold outside has none yet."""

    type: ClassVar[str] = "inventory.discrepancy-opened.v1"
    discrepancy_id: int
    variant_id: int
    location_id: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class IncomingChanged(Payload):
    """What is under way to `location_ids[i]` of `variant_ids[i]` changed; read the current state."""

    type: ClassVar[str] = "inventory.incoming-changed.v1"
    variant_ids: tuple[int, ...]
    location_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LowStock(Payload):
    """
    What is available at `location_ids[i]` of `variant_ids[i]` has fallen to its reorder point or under
    it: told once a fall, and again only after it had recovered.
    """

    type: ClassVar[str] = "inventory.low-stock.v1"
    variant_ids: tuple[int, ...]
    location_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TransferChanged(Payload):
    """A transfer was taken a step on, or one of its differences was settled."""

    type: ClassVar[str] = "inventory.transfer-changed.v1"
    transfer_id: int
    number: str
    status: str


@dataclass(frozen=True, slots=True)
class PurchaseOrderChanged(Payload):
    type: ClassVar[str] = "inventory.purchase-order-changed.v1"
    order_id: int
    number: str
    status: str


@dataclass(frozen=True, slots=True)
class DiscrepancyChanged(Payload):
    """It was given to somebody, or settled by `remedy` (empty while it is open)."""

    type: ClassVar[str] = "inventory.discrepancy-changed.v1"
    discrepancy_id: int
    status: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CountChanged(Payload):
    """A count sheet or a stock-take (`kind`) reached a state; what posting moved is told beside it."""

    type: ClassVar[str] = "inventory.count-changed.v1"
    kind: str
    number: str
    location_id: int
    status: str


@dataclass(frozen=True, slots=True)
class ListingChanged(Payload):
    """What the channel asks for these variants, or whether it sells them, changed; read the current state."""

    type: ClassVar[str] = "catalog.listing-changed.v1"
    channel_id: int
    variant_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConnectionOpened(Payload):
    """An outside connection was made, switched on or pointed at another channel: it is to be told all."""

    type: ClassVar[str] = "connectors.connection-opened.v1"
    connection_id: int


@dataclass(frozen=True, slots=True)
class SourcingToCompare(Payload):
    """
    Of a change of sourcing, the variants above `after` are still to be compared with what was told.

    `connection_id` narrows it to one connection, the rest as in `SourcingChanged`.
    """

    type: ClassVar[str] = "connectors.sourcing-to-compare.v1"
    channel_id: int
    changed_at: datetime
    after: int
    variant_ids: tuple[int, ...] | None = None
    location_id: int | None = None
    connection_id: int | None = None


@dataclass(frozen=True, slots=True)
class CustomersLinked(Payload):
    """`customer_id` now points at `into_id`: one person."""

    type: ClassVar[str] = "customers.linked.v1"
    customer_id: int
    into_id: int


@dataclass(frozen=True, slots=True)
class CustomersUnlinked(Payload):
    """`customer_id` was detached from the person `from_id` and is a person of its own again."""

    type: ClassVar[str] = "customers.unlinked.v1"
    customer_id: int
    from_id: int


@dataclass(frozen=True, slots=True)
class PointsPosted(Payload):
    type: ClassVar[str] = "loyalty.points-posted.v1"
    account_ids: tuple[int, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class OrderPlaced(Payload):
    type: ClassVar[str] = "orders.order-placed.v1"
    order_id: int
    number: str
    channel_id: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class OrderPaid(Payload):
    type: ClassVar[str] = "orders.order-paid.v1"
    order_id: int
    number: str


@dataclass(frozen=True, slots=True)
class OrderCancelled(Payload):
    """`reason` is a code; what somebody wrote stands on the order."""

    type: ClassVar[str] = "orders.order-cancelled.v1"
    order_id: int
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderChanged(Payload):
    """`kind` of an order after it was placed: CANCEL (some of its lines), SWAP or CONTACT. What, says the order."""

    type: ClassVar[str] = "orders.order-changed.v1"
    order_id: int
    number: str
    change_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class OrderFulfilled(Payload):
    type: ClassVar[str] = "orders.order-fulfilled.v1"
    order_id: int
    number: str
    fulfilment_id: int


@dataclass(frozen=True, slots=True)
class FulfilmentRejected(Payload):
    """A location can't hand over what it was asked for, for a `reason`; its goods wait to come from elsewhere."""

    type: ClassVar[str] = "orders.fulfilment-rejected.v1"
    order_id: int
    number: str
    fulfilment_id: int
    location_id: int
    reason: str
    variant_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FulfilmentReady(Payload):
    """What is collected may be collected now, and what is delivered may go; `kind` says which it is."""

    type: ClassVar[str] = "orders.fulfilment-ready.v1"
    order_id: int
    number: str
    fulfilment_id: int
    location_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class FulfilmentOverdue(Payload):
    """It was not accepted or not ready in time; without a location (null): none has been found that has it."""

    type: ClassVar[str] = "orders.fulfilment-overdue.v1"
    order_id: int
    number: str
    fulfilment_id: int
    location_id: int | None


@dataclass(frozen=True, slots=True)
class PromiseChanged(Payload):
    """
    The day promised for what waits of an order's line at `position` slipped, improved, or (null) can no
    longer be said. Days are ISO dates.
    """

    type: ClassVar[str] = "orders.promise-changed.v1"
    order_id: int
    number: str
    position: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class OrderReturned(Payload):
    type: ClassVar[str] = "orders.order-returned.v1"
    order_id: int
    number: str
    return_id: int


@dataclass(frozen=True, slots=True)
class PaymentGivenBack(Payload):
    """A card was charged for an order that had ended, or could not be fulfilled: it is refunded."""

    type: ClassVar[str] = "orders.payment-given-back.v1"
    order_id: int
    number: str
    payment_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SalesRecorded(Payload):
    """Till sales of one batch."""

    type: ClassVar[str] = "orders.sales-recorded.v1"
    order_ids: tuple[int, ...]
