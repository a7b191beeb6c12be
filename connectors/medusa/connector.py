"""The `medusa` connector: a Medusa 2 server, by its Admin API under a secret API key (docs/peers.md)."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from connectors.medusa import listings, orders, shipments, stock
from connectors.medusa.admin_api import ask
from connectors.medusa.settings import MedusaSettings, To
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


class MedusaConnector(Connector[MedusaSettings]):
    label = _("Medusa")
    settings = MedusaSettings

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
        ask(to, "GET", f"stock-locations/{to.settings.stock_location}", [("fields", "id")])
