from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from omni.outbox import consumers
        from orders import handlers

        consumers.register("orders", payloads=handlers.ALLOCATED_BY, handle=handlers.allocate_waiting)
        consumers.register("orders-promises", payloads=handlers.PROMISED_BY, handle=handlers.update_promises)
        consumers.register(
            "orders-invoices", payloads=handlers.INVOICED_BY, handle=handlers.take_back_invoices
        )
