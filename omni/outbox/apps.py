from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "omni.outbox"
    label = "outbox"
    verbose_name = _("Outbox")

    def ready(self) -> None:
        from omni.outbox import subscriptions

        post_migrate.connect(subscriptions.note_after_migrating, sender=self)
