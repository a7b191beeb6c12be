from typing import Any

import pytest
from django.contrib import admin

# The screens are loaded with the URLs, which not every test here asks for.
admin.autodiscover()


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Pages name static files without a manifest: that is made when they are collected."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
