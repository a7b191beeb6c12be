"""One path."""

from django.urls import path

from bench.peers.drf.views import ProductList

urlpatterns = [path("products/", ProductList.as_view())]
