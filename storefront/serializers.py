"""
Shapes of what the storefront's API answers.

They document the JSON that `product_sql` builds (a test renders it against the schema), and
check what list queries ask for.
"""

from typing import Any

from rest_framework import serializers

from inventory.serializers import AheadSerializer


class NamedSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In the language of Accept-Language, where there is one.")


class CodeSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="JAN, GTIN, ITF14, IN_STORE or SUPPLIER.")
    value = serializers.CharField()
    quantity = serializers.IntegerField(min_value=1, help_text="Stock units that the code stands for.")


class ProductVariantSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    options = serializers.DictField(help_text="For example size and colour.")
    price = serializers.DecimalField(
        max_digits=19, decimal_places=4, help_text="As it is kept: with tax inside where `tax_inclusive`."
    )
    former_price = serializers.DecimalField(
        max_digits=19,
        decimal_places=4,
        allow_null=True,
        help_text="Beside a sale price, the former price that may lawfully be shown struck through.",
    )
    price_with_tax = serializers.DecimalField(
        max_digits=19, decimal_places=4, help_text="What one unit costs: what consumers have to be shown."
    )
    former_price_with_tax = serializers.DecimalField(
        max_digits=19, decimal_places=4, allow_null=True, help_text="`former_price` with the tax."
    )
    tax_inclusive = serializers.BooleanField()
    tax_rate = serializers.DecimalField(
        max_digits=7, decimal_places=4, allow_null=True, help_text="Taken out; 0.1000 is ten per cent."
    )
    points = serializers.IntegerField(min_value=0, help_text="To be earned with one unit.")
    keeps_stock = serializers.BooleanField()
    available = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Units that the channel may sell; null: it never runs out."
    )
    ahead = AheadSerializer(allow_null=True, help_text="Null: it is sold from stock alone.")


class ProductVariantDetailSerializer(ProductVariantSerializer):
    stock_unit = serializers.CharField()
    codes = CodeSerializer(many=True)


class ProductSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    brand = NamedSerializer()
    category = NamedSerializer(allow_null=True)
    currency = serializers.CharField(min_length=3, max_length=3)
    price_from = serializers.DecimalField(
        max_digits=19, decimal_places=4, help_text="The least `price_with_tax` of its variants."
    )
    price_to = serializers.DecimalField(
        max_digits=19, decimal_places=4, help_text="The greatest `price_with_tax`."
    )
    price_from_without_tax = serializers.DecimalField(
        max_digits=19,
        decimal_places=4,
        allow_null=True,
        help_text="`price_from` without the tax, where that price is kept without it.",
    )
    former_price = serializers.DecimalField(
        max_digits=19,
        decimal_places=4,
        allow_null=True,
        help_text="With tax: where all variants have one price, and one former price that may be shown.",
    )
    points_from = serializers.IntegerField(min_value=0)
    available = serializers.IntegerField(
        min_value=0, help_text="To be delivered, of all variants that keep stock."
    )
    in_stock = serializers.BooleanField(help_text="Whether any variant can be delivered.")
    variants = ProductVariantSerializer(many=True)


class ProductDetailSerializer(ProductSerializer):
    description = serializers.CharField(allow_blank=True)
    categories = NamedSerializer(many=True, help_text="From the root of the tree to the product's own.")
    variants = ProductVariantDetailSerializer(many=True)


class ProductPageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ProductSerializer(many=True)


class ChannelQuerySerializer(serializers.Serializer[Any]):
    channel = serializers.SlugField(
        required=False, max_length=32, help_text="A channel's code; the storefront's own by default."
    )


class ProductQuerySerializer(ChannelQuerySerializer):
    q = serializers.CharField(
        required=False,
        max_length=100,
        allow_blank=True,
        help_text="Words in kanji or kana of either script, fragments of them, a sku or a JAN.",
    )
    brand = serializers.SlugField(required=False, max_length=32)
    category = serializers.SlugField(required=False, max_length=64, help_text="With all below it.")
    price_min = serializers.DecimalField(
        required=False, max_digits=15, decimal_places=4, min_value=0, help_text="Of `price_with_tax`."
    )
    price_max = serializers.DecimalField(required=False, max_digits=15, decimal_places=4, min_value=0)
    in_stock = serializers.BooleanField(required=False)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=100, default=24)
    cursor = serializers.CharField(required=False, max_length=64, help_text="From `next` or `previous`.")
