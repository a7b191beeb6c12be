"""The shape of what a buyer asks of the delivery, and its way to the services."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from orders.models import OrderDelivery
from orders.wishes import Gift, ShipWish
from orders.writing import NewContact

MOST_ADDRESSES = 20
MOST_UNITS = 999


class ContactSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    name_kana = serializers.CharField(max_length=200, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, min_length=2, required=False)
    postal_code = serializers.CharField(max_length=16, required=False, allow_blank=True)
    prefecture = serializers.CharField(max_length=100, required=False, allow_blank=True)
    city = serializers.CharField(max_length=200, required=False, allow_blank=True)
    line1 = serializers.CharField(max_length=200, required=False, allow_blank=True)
    line2 = serializers.CharField(max_length=200, required=False, allow_blank=True)


class AddressSerializer(serializers.Serializer[Any]):
    """To whom something is sent that does not go to the order's contact."""

    name = serializers.CharField(max_length=200)
    name_kana = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, min_length=2, required=False)
    postal_code = serializers.CharField(max_length=16)
    prefecture = serializers.CharField(max_length=100, required=False, allow_blank=True)
    city = serializers.CharField(max_length=200)
    line1 = serializers.CharField(max_length=200)
    line2 = serializers.CharField(max_length=200, required=False, allow_blank=True)


class GiftSerializer(serializers.Serializer[Any]):
    wrapping = serializers.CharField(
        max_length=64,
        required=False,
        allow_blank=True,
        help_text="The SKU of the wrapping, which the cart holds.",
    )
    noshi = serializers.ChoiceField(
        choices=OrderDelivery.Noshi.choices, required=False, allow_blank=True, help_text="Its cords."
    )
    noshi_text = serializers.CharField(
        max_length=32, required=False, allow_blank=True, help_text="Above the cords: 御祝, 内祝, 御中元."
    )
    noshi_name = serializers.CharField(max_length=64, required=False, allow_blank=True)
    message = serializers.CharField(max_length=500, required=False, allow_blank=True)
    hides_prices = serializers.BooleanField(required=False, help_text="No prices in the parcel's papers.")


class DeliverySerializer(serializers.Serializer[Any]):
    """How what goes to the contact is delivered; all of it may be left out."""

    method = serializers.SlugField(
        max_length=32,
        required=False,
        allow_blank=True,
        help_text="A code of `fulfilment-options`; without one the usual method.",
    )
    date = serializers.DateField(required=False, allow_null=True)
    slot = serializers.SlugField(max_length=16, required=False, allow_blank=True)
    gift = GiftSerializer(required=False)


class CartPortionSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The cart's line.")
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)


class ElsewhereSerializer(DeliverySerializer):
    """What goes to another address than the contact's."""

    address = AddressSerializer()
    lines = CartPortionSerializer(many=True, allow_empty=False)


class DestinationSerializer(serializers.Serializer[Any]):
    postal_code = serializers.CharField(max_length=16, required=False, allow_blank=True)
    prefecture = serializers.CharField(max_length=100, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, min_length=2, required=False)


class QuoteElsewhereSerializer(DeliverySerializer):
    address = DestinationSerializer()
    lines = CartPortionSerializer(many=True, allow_empty=False)


class QuoteFormSerializer(serializers.Serializer[Any]):
    points = serializers.IntegerField(min_value=0, max_value=10**9, default=0)
    contact = DestinationSerializer(
        required=False,
        help_text="Where it goes, as far as it is known: the prefecture decides what it costs.",
    )
    delivery = DeliverySerializer(required=False)
    deliveries = serializers.ListField(
        child=QuoteElsewhereSerializer(), required=False, max_length=MOST_ADDRESSES
    )


def wishes_of(form: Mapping[str, Any]) -> tuple[ShipWish, ...]:
    """What goes to the contact first, then what goes elsewhere."""
    main = _wish(form.get("delivery") or {})
    return (main, *(_elsewhere(each) for each in form.get("deliveries") or ()))


def _elsewhere(form: Mapping[str, Any]) -> ShipWish:
    portions: dict[int, int] = {}
    for portion in form["lines"]:
        portions[portion["line"]] = portions.get(portion["line"], 0) + portion["quantity"]
    return _wish(form, portions=portions, address=NewContact(**form["address"]))


def _wish(form: Mapping[str, Any], **more: Any) -> ShipWish:
    return ShipWish(
        method=form.get("method", ""),
        day=form.get("date"),
        slot=form.get("slot", ""),
        gift=Gift(**form.get("gift") or {}),
        **more,
    )
