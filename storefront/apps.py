from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StorefrontConfig(AppConfig):
    name = "storefront"
    verbose_name = _("Storefront")

    def ready(self) -> None:
        from omni.outbox import consumers
        from storefront import handlers

        consumers.register("browsers", payloads=handlers.PAYLOADS, handle=handlers.announce_changed)
