"""Shapes of the shopper's own things."""

from typing import Any

from rest_framework import serializers

from customers.models import Address


class IdentitySerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    value = serializers.CharField()
    verified = serializers.BooleanField()


class MeSerializer(serializers.Serializer[Any]):
    """The person whom the account belongs to, over every record merged into it."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    member_numbers = serializers.ListField(child=serializers.CharField())
    identities = IdentitySerializer(many=True)
    family_name = serializers.CharField()
    given_name = serializers.CharField()
    family_name_kana = serializers.CharField()
    given_name_kana = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    language = serializers.CharField()


class ProfileSerializer(serializers.Serializer[Any]):
    family_name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    given_name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    family_name_kana = serializers.CharField(max_length=100, allow_blank=True, required=False)
    given_name_kana = serializers.CharField(max_length=100, allow_blank=True, required=False)
    birth_date = serializers.DateField(allow_null=True, required=False)
    language = serializers.CharField(max_length=8, required=False)


class AddressSerializer(serializers.ModelSerializer[Address]):
    class Meta:
        model = Address
        fields = [
            "id",
            "recipient",
            "recipient_kana",
            "country",
            "postal_code",
            "prefecture",
            "city",
            "line1",
            "line2",
            "phone",
            "default",
        ]


class AddressFormSerializer(serializers.Serializer[Any]):
    """Prefecture and city may be left out where a Japanese postal code tells them."""

    recipient = serializers.CharField(max_length=200)
    recipient_kana = serializers.CharField(max_length=200, allow_blank=True, default="")
    country = serializers.RegexField(r"^[A-Z]{2}$", default="JP")
    postal_code = serializers.CharField(max_length=16)
    prefecture = serializers.CharField(max_length=100, allow_blank=True, default="")
    city = serializers.CharField(max_length=200, allow_blank=True, default="")
    line1 = serializers.CharField(max_length=200)
    line2 = serializers.CharField(max_length=200, allow_blank=True, default="")
    phone = serializers.CharField(max_length=32, allow_blank=True, default="")
    default = serializers.BooleanField(default=False)


class LinkRequestSerializer(serializers.Serializer[Any]):
    member_number = serializers.CharField(max_length=64)


class LinkRequestedSerializer(serializers.Serializer[Any]):
    """The answer is the same whether the number exists or not."""

    challenge = serializers.UUIDField()
    sent_to = serializers.CharField(help_text="The kind of identity that the code is sent to.")
    expires_at = serializers.DateTimeField()


class LinkConfirmSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=16)


class LinkedSerializer(serializers.Serializer[Any]):
    person = serializers.UUIDField()
