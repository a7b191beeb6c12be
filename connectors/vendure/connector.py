"""The `vendure` connector: a Vendure 3 server, by its Admin API under an API key (docs/peers.md)."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from connectors.ports import (
    Connector,
    ListingItem,
    OrdersPage,
    RemoteListing,
    RemoteStock,
    Shipment,
    StockItem,
)
from connectors.shop_orders import Unbooked
from connectors.vendure import listings, orders, shipments, stock
from connectors.vendure.money import precision_of
from connectors.vendure.settings import To, VendureSettings


class VendureConnector(Connector[VendureSettings]):
    label = _("Vendure")
    settings = VendureSettings

    def __init__(self) -> None:
        self._unbooked = Unbooked()

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        stock.push_stock(to, items, self._unbooked)

    def read_stock(self, to: To) -> Iterator[RemoteStock]:
        return stock.read_stock(to, self._unbooked)

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        listings.push_listings(to, items)

    def read_listings(self, to: To) -> Iterator[RemoteListing]:
        return listings.read_listings(to)

    def read_orders(self, to: To, cursor: str) -> OrdersPage:
        return orders.read_orders(to, cursor)

    def acknowledge_shipment(self, to: To, shipment: Shipment) -> None:
        shipments.acknowledge_shipment(to, shipment)

    def check_health(self, to: To) -> None:
        precision_of(to)
