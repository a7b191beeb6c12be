from django.urls import path

from catalog import views

urlpatterns = [
    path("brands/", views.BrandListView.as_view(), name="brands"),
    path("categories/", views.CategoryListView.as_view(), name="categories"),
    path("variants/<str:code>/", views.VariantView.as_view(), name="variant"),
]
