"""Nothing but the list: no middleware, no authentication, connections kept open."""

import os

from bench.harness.databases import django_database

SECRET_KEY = "benchmarks-only"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["rest_framework", "bench.peers.drf.apps.ShelfConfig"]
ROOT_URLCONF = "bench.peers.drf.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": django_database(os.environ["BENCH_DATABASE_URL"])}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING_CONFIG = None
