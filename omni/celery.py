"""The Celery application: broker and schedule come from settings, tasks from the apps."""

import os

from celery import Celery
from celery.signals import task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
# Django's checks load every page and URL; `migrate` has made them before anything starts.
os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")

app = Celery("omni")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def renew_connection(**_: object) -> None:
    """Let go of a database connection that failed, and have one that was idle tested before its use."""
    from django.db import close_old_connections  # needs the settings, which an import of this must not

    close_old_connections()
