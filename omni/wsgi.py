"""The API and the pages, served by gunicorn with persistent database connections."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")

application = get_wsgi_application()
