"""Every URL of the platform: API, accounts, admin, health, and the storefront's pages."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

api = [
    path("", include("catalog.urls")),
    path("", include("inventory.urls")),
    path("", include("customers.urls")),
    path("", include("loyalty.urls")),
    path("", include("orders.urls")),
    path("", include("tills.urls")),
    path("", include("connectors.urls")),
    path("", include("storefront.urls_api")),
]

admin.autodiscover()

urlpatterns = [
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("backoffice.urls")),
    path("", include("storefront.urls")),
]

handler400 = "omni.core.exceptions.bad_request"
handler404 = "storefront.views.missing"
handler500 = "omni.core.exceptions.server_error"
