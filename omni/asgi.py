"""Server-sent events of live stock; everything else is served by `omni.wsgi`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
django.setup()

from storefront.live import application  # noqa: E402

__all__ = ["application"]
