from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectorsConfig(AppConfig):
    name = "connectors"
    verbose_name = _("Connectors")

    def ready(self) -> None:
        from connectors import handlers
        from omni.outbox import consumers
        from omni.outbox.events import (
            ChannelChanged,
            ConnectionOpened,
            ListingChanged,
            OrderFulfilled,
            StockChanged,
        )

        consumers.register(
            "connectors",
            payloads=[StockChanged, *handlers.SOURCING],
            handle=handlers.mark_changed,
            prompt=True,
        )
        # Their connections look each second: they take the ordinary way.
        consumers.register(
            "connectors.listings",
            payloads=[ListingChanged, ChannelChanged, ConnectionOpened],
            handle=handlers.mark_listings,
        )
        consumers.register("connectors.shipments", payloads=[OrderFulfilled], handle=handlers.note_shipments)
