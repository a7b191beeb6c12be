"""The least that django-oscar needs to place orders; its defaults otherwise, connections kept open."""

import os

from oscar import INSTALLED_APPS as OSCAR_APPS
from oscar.defaults import *  # noqa: F403  (Oscar's documented way to take its defaults)

from bench.harness.databases import django_database

SECRET_KEY = "benchmarks-only"
INSTALLED_APPS = OSCAR_APPS
SITE_ID = 1
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": django_database(os.environ["BENCH_DATABASE_URL"])}
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
LOGGING_CONFIG = None
