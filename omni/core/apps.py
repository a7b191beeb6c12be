import gc

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "omni.core"
    label = "core"
    verbose_name = _("Kernel")

    def ready(self) -> None:
        from omni.core import checks, clock, log_paths, logs

        logs.configure()
        log_paths.hide()
        connection_created.connect(clock.set_by)
        register(checks.check_chains_are_whole, Tags.database)
        # All models and what they import are here to stay. Going through them for cycles would hold up
        # what is under way by a fifth of a second, some time or other.
        gc.freeze()
