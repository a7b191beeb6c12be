"""Shapes of the catalogue's answers."""

from typing import Any

from rest_framework import serializers

from catalog.models import Brand, Category
from catalog.selectors import Offer
from omni.core.text import pick


class BrandSerializer(serializers.ModelSerializer[Brand]):
    name = serializers.SerializerMethodField()

    class Meta:
        model = Brand
        fields = ("code", "name")

    def get_name(self, brand: Brand) -> str:
        return pick(brand.name)


class CategorySerializer(serializers.ModelSerializer[Category]):
    name = serializers.SerializerMethodField()
    parent = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="The code of the category above, null at a root."
    )

    class Meta:
        model = Category
        fields = ("code", "name", "parent", "path")

    def get_name(self, category: Category) -> str:
        return pick(category.name)

    def get_parent(self, category: Category) -> str | None:
        above = category.path.split("/")[:-1]
        return above[-1] if above else None


class VariantQuerySerializer(serializers.Serializer[Any]):
    channel = serializers.SlugField(
        required=False, max_length=32, help_text="A channel's code; the key's own, or the storefront's."
    )


class VariantSerializer(serializers.Serializer[Any]):
    """What a scanned code names, and what the channel asks for it."""

    sku = serializers.CharField()
    quantity = serializers.SerializerMethodField(help_text="Stock units that the code stands for.")
    name = serializers.SerializerMethodField()
    price = serializers.CharField(help_text="Of one stock unit, in `currency`.")
    currency = serializers.CharField()
    tax_inclusive = serializers.BooleanField()
    take_out_rate = serializers.CharField(help_text="0.0800 is eight per cent.")
    eat_in_rate = serializers.CharField()
    keeps_stock = serializers.BooleanField()

    def get_quantity(self, offer: Offer) -> int:
        quantity: int = self.context["quantity"]
        return quantity

    def get_name(self, offer: Offer) -> str:
        return pick(offer.name)
