from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectorsConfig(AppConfig):
    name = "connectors"
    verbose_name = _("Connectors")

    def ready(self) -> None:
        from connectors import handlers
        from omni.outbox import consumers
        from omni.outbox.events import StockChanged

        consumers.register(
            "connectors",
            payloads=[StockChanged, *handlers.SOURCING],
            handle=handlers.mark_changed,
            prompt=True,
        )
