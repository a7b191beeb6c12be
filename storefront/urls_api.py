from django.urls import path

from storefront import views_api

urlpatterns = [
    path("products/", views_api.ProductListView.as_view(), name="products"),
    path("products/<slug:code>/", views_api.ProductDetailView.as_view(), name="product"),
]
