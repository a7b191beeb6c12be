from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "omni.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from omni.core import logs

        logs.configure()
