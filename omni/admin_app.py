"""Django's admin as an application of the platform: its site is ours, its pages come with the URLs."""

from typing import Any

from django.contrib.admin.apps import SimpleAdminConfig
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class AdminConfig(SimpleAdminConfig):
    default_site = "omni.admin_app.Site"


class Site(UnfoldAdminSite):
    """Unfold's, without the work that its pages don't show."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """
        All lists by app, made when somebody reads it. Every page is given it, and only search and an app's
        own page do: the sidebar has groups of its own. For each list it asks four rights and makes two URLs.
        """
        return SimpleLazyObject(lambda: super(Site, self).get_app_list(request, app_label))
