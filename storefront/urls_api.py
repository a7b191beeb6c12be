from django.urls import path

from storefront import views_api, views_lookup

urlpatterns = [
    path("products/", views_api.ProductListView.as_view(), name="products"),
    path("products/<slug:code>/", views_api.ProductDetailView.as_view(), name="product"),
    path("articles/", views_lookup.ArticleListView.as_view(), name="articles"),
    path("postal-codes/<str:code>/", views_lookup.PostalCodeView.as_view(), name="postal-code"),
]
