"""The shapes of what is sent to and from a till's drawer and its operators."""

from decimal import Decimal
from functools import partial
from typing import Any

from rest_framework import serializers

from catalog.models import ServiceMode
from orders.serializers_till import (
    MAX_LINES,
    MAX_UNITS,
    OVERRIDE_REASONS,
    AmountIn,
    Money,
    Rate,
    ReceiptSerializer,
    ReceivedReturnSerializer,
    ReturnLineInSerializer,
    TillSaleSerializer,
)
from tills.counting import MOST_PIECES
from tills.models import CashCount, CashMovement, CashSession

Shapes = serializers.ListSerializer[Any]


class SignInSerializer(serializers.Serializer[Any]):
    operator = serializers.CharField(max_length=16, help_text="Staff number.")
    pin = serializers.CharField(max_length=12, write_only=True)


class SignedInSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Sent with each call as `Till-Operator`.")
    name = serializers.CharField()
    expires_at = serializers.DateTimeField()
    rights = serializers.ListField(child=serializers.CharField(), help_text="What the operator may do here.")


class PiecesSerializer(serializers.Serializer[Any]):
    value = serializers.DecimalField(
        max_digits=12, decimal_places=4, min_value=Decimal(0), help_text="Of one coin or note."
    )
    pieces = serializers.IntegerField(min_value=0, max_value=MOST_PIECES)


def counted(**options: Any) -> Shapes:
    """Coins and notes, a row for each value."""
    return serializers.ListSerializer(child=PiecesSerializer(), max_length=40, **options)


class OpenSessionSerializer(serializers.Serializer[Any]):
    float: Shapes = counted(help_text="つり銭準備金, by coins and notes.")
    business_date = serializers.DateField(required=False, help_text="By default today, by the shop's clock.")


class SessionSerializer(serializers.Serializer[Any]):
    session_id = serializers.IntegerField()
    business_date = serializers.DateField()
    late = serializers.IntegerField(help_text="What came late for closed days, and belongs to this one now.")


class MovementSerializer(serializers.Serializer[Any]):
    direction = serializers.ChoiceField(choices=CashMovement.Direction.choices)
    amount = AmountIn()
    reason = serializers.ChoiceField(choices=CashMovement.Reason.choices)
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class MovedSerializer(serializers.Serializer[Any]):
    movement_id = serializers.IntegerField()
    expected = Money(help_text="What should be in the drawer now.")


class CheckSerializer(serializers.Serializer[Any]):
    counted: Shapes = counted()


class CountSerializer(serializers.Serializer[Any]):
    session_id = serializers.IntegerField()
    counted = Money()
    expected = Money()
    difference = Money(help_text="Over; below zero, short.")


class CloseSerializer(serializers.Serializer[Any]):
    counted: Shapes = counted()
    deposit = AmountIn(default=Decimal(0), help_text="What goes to the bank.")


class ClosingSerializer(CountSerializer):
    business_date = serializers.DateField()
    deposit = Money()
    kept = Money(help_text="What stays in the drawer.")


class DrawerSerializer(serializers.Serializer[Any]):
    float_amount = Money()
    sales = Money()
    refunds = Money()
    cash_in = Money()
    cash_out = Money()


class TenderSumSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField()
    sales = Money()
    refunds = Money()


class TaxSumSerializer(serializers.Serializer[Any]):
    company = serializers.CharField()
    rate = Rate()
    tax_inclusive = serializers.BooleanField()
    sales = Money()
    sales_tax = Money()
    returns = Money()
    returns_tax = Money()


class CountedSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=CashCount.Kind.choices)
    pieces = serializers.DictField(child=serializers.IntegerField(), help_text="Pieces by value.")
    amount = Money()
    expected = Money()
    counted_at = serializers.DateTimeField()


class ReportSerializer(serializers.Serializer[Any]):
    till = serializers.CharField()
    location = serializers.CharField()
    business_date = serializers.DateField()
    status = serializers.ChoiceField(choices=CashSession.Status.choices)
    currency = serializers.CharField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    drawer = DrawerSerializer()
    expected = Money(help_text="Float + cash sales − cash refunds + in − out.")
    counted = Money(allow_null=True)
    difference = Money(allow_null=True)
    deposit = Money(allow_null=True)
    transactions = serializers.DictField(child=serializers.IntegerField(), help_text="By kind.")
    tenders = TenderSumSerializer(many=True)
    taxes = TaxSumSerializer(many=True)
    counts = CountedSerializer(many=True)


Reason = partial(serializers.CharField, max_length=200)


class VoidSerializer(serializers.Serializer[Any]):
    reason = Reason()


class ExchangeSerializer(serializers.Serializer[Any]):
    order = serializers.CharField(max_length=64, help_text="Of which goods come back; any channel's.")
    lines: Shapes = serializers.ListSerializer(
        child=ReturnLineInSerializer(), min_length=1, max_length=MAX_LINES
    )
    reason = Reason()
    sale = TillSaleSerializer(help_text="What goes for them; its tenders pay what it costs beyond.")


class ExchangedSerializer(serializers.Serializer[Any]):
    returned = ReceivedReturnSerializer()
    receipt = ReceiptSerializer()
    offset = Money(help_text="What of the returned goods' worth paid for the new ones.")


class ParkedLineSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_UNITS, default=1)
    service_mode = serializers.ChoiceField(choices=ServiceMode.choices, default=ServiceMode.TAKE_OUT)
    unit_price = serializers.CharField(max_length=20, required=False, help_text="Kept as it was typed.")
    reason = serializers.ChoiceField(choices=OVERRIDE_REASONS, required=False)


class ParkSerializer(serializers.Serializer[Any]):
    lines: Shapes = serializers.ListSerializer(
        child=ParkedLineSerializer(), min_length=1, max_length=MAX_LINES
    )
    member = serializers.CharField(max_length=128, required=False)
    note = serializers.CharField(max_length=100, allow_blank=True, default="", help_text="No names.")


class ParkedSerializer(serializers.Serializer[Any]):
    parked_id = serializers.IntegerField()
    till = serializers.CharField(help_text="Where it was parked.")
    note = serializers.CharField(allow_blank=True)
    lines = ParkedLineSerializer(many=True)
    member = serializers.CharField(allow_blank=True, help_text="Member number.")
    parked_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class ParkedListSerializer(serializers.Serializer[Any]):
    results = ParkedSerializer(many=True)
