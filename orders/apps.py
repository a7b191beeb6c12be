from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from omni.outbox import consumers
        from omni.outbox.events import BundlesWait
        from orders import handlers

        consumers.register("orders", payloads=handlers.PAYLOADS, handle=handlers.allocate_waiting)
        consumers.register("orders-bundles", payloads=[BundlesWait], handle=handlers.allocate_waiting_bundles)
