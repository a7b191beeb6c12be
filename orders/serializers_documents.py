"""The shape of invoices and receipts on the wire."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from orders.amounts import AmountField
from orders.documents.rendering import FORMATS, PDF
from orders.models import Document, DocumentKind

BUYERS_KINDS = [(kind.value, kind.label) for kind in (DocumentKind.INVOICE, DocumentKind.RECEIPT)]


class IssuedDocumentSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    status = serializers.ChoiceField(choices=Document.Status.choices)
    company = serializers.CharField(help_text="The code of the selling company.")
    order = serializers.CharField()
    returned = serializers.CharField(
        allow_blank=True, help_text="The number of the return, where it is of one."
    )
    addressee = serializers.CharField(allow_blank=True)
    currency = serializers.CharField()
    total = AmountField(help_text="With tax; a return invoice's is what is taken back.")
    tax = AmountField()
    issued_at = serializers.DateTimeField()


class IssuedDocumentsSerializer(serializers.Serializer[Any]):
    documents = IssuedDocumentSerializer(many=True)


class DocumentFormSerializer(serializers.Serializer[Any]):
    """What a shopper may ask for."""

    kind = serializers.ChoiceField(choices=BUYERS_KINDS)
    addressee = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    proviso = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        default="",
        help_text="A receipt's: what was paid for.",
    )
    amount = serializers.DecimalField(
        max_digits=19,
        decimal_places=4,
        required=False,
        allow_null=True,
        default=None,
        help_text="A receipt's: of a part of what was paid. Without it: of all that has none yet.",
    )
    company = serializers.SlugField(
        max_length=32, required=False, allow_null=True, default=None, help_text="One seller of several."
    )


class TillDocumentFormSerializer(DocumentFormSerializer):
    """A till issues all kinds; RETURN_INVOICE covers every return of the order that has none."""

    kind = serializers.ChoiceField(choices=DocumentKind.choices)


class PrintFormSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=FORMATS, default=PDF)
    language = serializers.ChoiceField(choices=[code for code, _ in settings.LANGUAGES], default="ja")
    paper = serializers.BooleanField(
        default=False, help_text="To be printed: a receipt for much cash then has room for a revenue stamp."
    )
