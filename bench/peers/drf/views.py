"""A ModelSerializer behind a ListAPIView, as the framework's tutorial has it."""

from rest_framework import generics, serializers

from bench.peers.drf.models import Product


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = "__all__"


class ProductList(generics.ListAPIView[Product]):
    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer
