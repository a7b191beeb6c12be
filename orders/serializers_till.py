"""The shapes of what tills and packers send and get."""

from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from catalog.models import ServiceMode
from inventory.models import RejectionReason
from inventory.serializers_lots import NamesLots
from omni.core.limits import MOST_UNITS
from orders.deals import MOST_COUPONS
from orders.models import Fulfilment, FulfilmentKind, Order, Payment, TenderType
from orders.numbers import RECEIPT
from promotions.rules import REASONS

Shapes = serializers.ListSerializer[Any]

MAX_LINES = 100
MAX_UNITS = 9_999
MAX_POINTS = 1_000_000_000
MAX_HOLDS = 20
MOST_ID = 2**63 - 1
OVERRIDE_REASONS = ("damaged", "expiring", "price-match", "display-item", "staff-decision")

# In whole units of the currency: as many decimals as it has.
Money = partial(serializers.DecimalField, max_digits=None, decimal_places=None)
AmountIn = partial(serializers.DecimalField, max_digits=12, decimal_places=4, min_value=0)
Rate = partial(serializers.DecimalField, max_digits=7, decimal_places=4)


def translated() -> serializers.DictField:
    """Text by language code."""
    return serializers.DictField(child=serializers.CharField(), help_text="By language.")


class SaleLineInSerializer(NamesLots):
    code = serializers.CharField(max_length=64, help_text="A SKU, or a JAN or another code of the article.")
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_UNITS, default=1)
    service_mode = serializers.ChoiceField(choices=ServiceMode.choices, default=ServiceMode.TAKE_OUT)
    unit_price = AmountIn(required=False, help_text="Instead of the listed price; needs a reason.")
    reason = serializers.ChoiceField(choices=OVERRIDE_REASONS, required=False)


class TenderInSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField(max_length=32)
    amount = AmountIn(required=False, help_text="What was handed over; else exactly what is left to pay.")


class QuoteSaleSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(
        max_length=128, required=False, help_text="Member number, or phone or e-mail."
    )
    points = serializers.IntegerField(min_value=0, max_value=MAX_POINTS, default=0, help_text="To spend.")
    coupons = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=MOST_COUPONS, required=False
    )
    lines: Shapes = serializers.ListSerializer(
        child=SaleLineInSerializer(), min_length=1, max_length=MAX_LINES
    )


class TillSaleSerializer(QuoteSaleSerializer):
    receipt_number = serializers.RegexField(
        rf"^{RECEIPT}\Z",
        max_length=30,
        error_messages={"invalid": _("1 to 30 letters, digits, hyphens and underscores.")},
        help_text="Unique in the shop: the same sale is booked once.",
    )
    occurred_at = serializers.DateTimeField(
        required=False, help_text="When it was rung up, if it was not just now."
    )
    tenders: Shapes = serializers.ListSerializer(child=TenderInSerializer(), max_length=10, required=False)
    holds = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_ID),
        max_length=MAX_HOLDS,
        required=False,
        help_text="Holds of the shop, `hold:7` being 7, whose units are taken before those on the shelf. "
        "One that has run out is no obstacle; another shop's or another article's is refused.",
    )
    release_rest = serializers.BooleanField(
        required=False, help_text="What is left of the holds is let go; else it stays held."
    )
    cart = serializers.UUIDField(
        required=False, help_text="The cart that it was opened from: what is sold leaves it, the rest stays."
    )


class ReceiptLineSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    sku = serializers.CharField()
    name = translated()
    quantity = serializers.IntegerField()
    unit_price = Money()
    discount_amount = Money()
    amount = Money()
    tax_rate = Rate()
    service_mode = serializers.ChoiceField(choices=ServiceMode.choices)


class ReceiptTaxSerializer(serializers.Serializer[Any]):
    rate = Rate()
    tax_inclusive = serializers.BooleanField()
    amount = Money()
    tax = Money()


class ReceiptTenderSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField()
    amount = Money()
    tendered = Money()
    change = Money()


class SellerSerializer(serializers.Serializer[Any]):
    name = translated()
    registration_number = serializers.CharField(
        allow_blank=True, help_text="Of the qualified-invoice issuer: T and 13 digits."
    )


class SalePromotionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = translated()
    coupon = serializers.CharField(help_text="Empty where it applies by itself.")
    amount = Money()


class MissedSalePromotionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = translated()
    coupon = serializers.CharField(help_text="Empty where it applies by itself.")
    reason = serializers.ChoiceField(choices=REASONS)
    missing = Money(allow_null=True, help_text="The amount, or the units, that it falls short of.")
    other = serializers.CharField(help_text="The promotion that is in its way (CONFLICTS).")


class SaleQuoteSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    lines = ReceiptLineSerializer(many=True)
    lines_amount = Money()
    discount_amount = Money()
    points_amount = Money()
    total = Money()
    promotions = SalePromotionSerializer(many=True)
    missed = MissedSalePromotionSerializer(
        many=True, help_text="Promotions that run here and don't apply, and why."
    )


class ReceiptSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    receipt_number = serializers.CharField()
    location = serializers.CharField()
    seller = SellerSerializer()
    occurred_at = serializers.DateTimeField()
    business_date = serializers.DateField()
    currency = serializers.CharField()
    lines = ReceiptLineSerializer(many=True)
    lines_amount = Money()
    discount_amount = Money()
    points_amount = Money()
    total = Money()
    tax_amount = Money()
    taxes = ReceiptTaxSerializer(many=True)
    tenders = ReceiptTenderSerializer(many=True)
    change = Money()
    points_spent = serializers.IntegerField()
    points_earned = serializers.IntegerField()
    points_balance = serializers.IntegerField(
        allow_null=True, help_text="After the sale; null without a member."
    )
    training = serializers.BooleanField(
        default=False, help_text="A receipt of a till in training: nothing was sold."
    )
    promotions = SalePromotionSerializer(many=True)


class ReturnLineInSerializer(NamesLots):
    """A line of the order, by `position` or by `sku` (any code of the article)."""

    position = serializers.IntegerField(min_value=1, max_value=100_000, required=False)
    sku = serializers.CharField(max_length=64, required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_UNITS)
    restock = serializers.BooleanField(default=True, help_text="False: written off as damaged.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("position" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError("Name either a position or a sku.")
        return attrs


class TillReturnSerializer(serializers.Serializer[Any]):
    order = serializers.CharField(max_length=64, help_text="The number of any channel's order.")
    reason = serializers.CharField(max_length=200)
    lines: Shapes = serializers.ListSerializer(
        child=ReturnLineInSerializer(), min_length=1, max_length=MAX_LINES
    )


class RefundPartSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField()
    route = serializers.ChoiceField(choices=TenderType.RefundRoute.choices)
    amount = Money()
    status = serializers.CharField(help_text="When the return was booked: DONE, or PENDING until sent.")


class ReceivedReturnSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    order = serializers.CharField()
    currency = serializers.CharField()
    refund_amount = Money()
    points_restored = serializers.IntegerField()
    points_clawed_back = serializers.IntegerField()
    refunds = RefundPartSerializer(many=True)


class PortionSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(min_value=1, max_value=100_000)
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_UNITS)


def _portions() -> serializers.ListSerializer[Any]:
    return serializers.ListSerializer(
        child=PortionSerializer(),
        min_length=1,
        max_length=MAX_LINES,
        required=False,
        help_text="All of it by default.",
    )


class HandedLotSerializer(serializers.Serializer[Any]):
    """Of a bundle its components are named."""

    sku = serializers.CharField(max_length=64, help_text="A SKU, or any code of the article.")
    number = serializers.CharField(max_length=64, help_text="Of the lot, or a serial number.")
    quantity = serializers.IntegerField(
        min_value=1, max_value=MOST_UNITS, default=1, help_text="In stock units."
    )


def _lots() -> serializers.ListSerializer[Any]:
    return serializers.ListSerializer(
        child=HandedLotSerializer(),
        max_length=500,
        required=False,
        help_text="Which lots or serial numbers go; by default those that expire first.",
    )


class HandOverSerializer(serializers.Serializer[Any]):
    lines = _portions()
    lots = _lots()
    tenders: Shapes = serializers.ListSerializer(
        child=TenderInSerializer(), max_length=10, required=False, help_text="For what is due."
    )
    code = serializers.CharField(
        max_length=64,
        allow_blank=True,
        default="",
        help_text="What the buyer, or who comes for them, shows: only its fulfilment is handed over then.",
    )
    collector = serializers.CharField(
        max_length=100, allow_blank=True, default="", help_text="Who came, if it was not the buyer."
    )


class CompleteSerializer(serializers.Serializer[Any]):
    lines = _portions()
    lots = _lots()
    tracking_number = serializers.CharField(max_length=64, allow_blank=True, default="")


class RejectSerializer(serializers.Serializer[Any]):
    lines = _portions()
    reason = serializers.ChoiceField(choices=RejectionReason.choices)
    note = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="No names and no telephone numbers."
    )
    skus = serializers.ListField(
        child=serializers.CharField(max_length=64),
        min_length=1,
        max_length=MAX_LINES,
        required=False,
        help_text="Of bundles, the components that it is about; by default all of them.",
    )
    correct = serializers.BooleanField(
        default=True, help_text="Put the stock right as the reason says; false: only tell of it."
    )


class RejectedSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    fulfilment_id = serializers.IntegerField(help_text="What has failed.")
    waiting_id = serializers.IntegerField(help_text="Where its goods wait to come from elsewhere.")
    units = serializers.IntegerField()
    discrepancy_ids = serializers.ListField(child=serializers.IntegerField())


class HandedOverSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    currency = serializers.CharField()
    fulfilment_ids = serializers.ListField(child=serializers.IntegerField())
    paid = Money()
    points_earned = serializers.IntegerField()


class PartLineSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class TillFulfilmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FulfilmentKind.choices)
    status = serializers.ChoiceField(choices=Fulfilment.Status.choices)
    location = serializers.CharField(allow_null=True)
    tracking_number = serializers.CharField(allow_blank=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    rejection = serializers.ChoiceField(
        choices=RejectionReason.choices,
        allow_blank=True,
        help_text="Why its location could not hand it over; else empty.",
    )
    lines = PartLineSerializer(many=True)


class TillFulfilmentListSerializer(serializers.Serializer[Any]):
    results = TillFulfilmentSerializer(many=True)


class TillOrderLineSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    sku = serializers.CharField()
    name = translated()
    quantity = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Still to be handed over.")
    returnable = serializers.IntegerField(help_text="Handed over and not yet returned.")
    amount = Money()
    points_amount = Money()
    tax_rate = Rate()


class TillPaymentSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField()
    status = serializers.ChoiceField(choices=Payment.Status.choices)
    amount = Money()
    refunded_amount = Money()


class TillOrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    channel = serializers.CharField()
    placed_at = serializers.DateTimeField()
    currency = serializers.CharField()
    total = Money()
    due = Money(help_text="To be paid when it is handed over.")
    lines = TillOrderLineSerializer(many=True)
    fulfilments = TillFulfilmentSerializer(many=True)
    payments = TillPaymentSerializer(many=True)
