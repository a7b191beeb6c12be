import gc

from omni.celery import app as celery_app

__all__ = ["celery_app"]

# Python looks for cycles after each 700 new objects: a tenth of the time that a process takes to start,
# and of no use to requests and tasks, which leave few behind.
gc.set_threshold(50_000, 10, 10)
