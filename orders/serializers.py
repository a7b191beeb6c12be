"""The shape of carts and orders on the wire. Amounts are strings in the order's currency."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import ServiceMode, Temperature
from inventory.models import BackorderPolicy
from orders.amounts import AmountField
from orders.models import Cart, Fulfilment, FulfilmentKind, LinePromise, Order, Payment, ProviderEvent, Refund
from orders.serializers_delivery import (
    MOST_ADDRESSES,
    ContactSerializer,
    DeliverySerializer,
    ElsewhereSerializer,
)
from orders.serializers_promotions import (
    LineDiscountSerializer,
    MissedPromotionSerializer,
    PromotionSerializer,
    QuotedPromotionSerializer,
)
from orders.services.carts import CHOSEN_KINDS, MOST_UNITS
from orders.services.collecting import code_of
from orders.services.fulfil import COLLECTED
from orders.states import HELD

KINDS = [(kind.value, kind.label) for kind in CHOSEN_KINDS]


class CartQuery(serializers.Serializer[Any]):
    cart = serializers.UUIDField()


class NewCartSerializer(serializers.Serializer[Any]):
    channel = serializers.SlugField(max_length=32, help_text="The code of the sales channel.")


class CreatedCartSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()


class NewCartLineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)
    kind = serializers.ChoiceField(choices=KINDS, default=FulfilmentKind.SHIP)
    location = serializers.SlugField(
        max_length=32, required=False, allow_null=True, help_text="Where it is picked up; not for SHIP."
    )
    service_mode = serializers.ChoiceField(choices=ServiceMode.choices, default=ServiceMode.TAKE_OUT)


class ChangeLineSerializer(serializers.Serializer[Any]):
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, required=False)
    service_mode = serializers.ChoiceField(
        choices=ServiceMode.choices, required=False, help_text="Eaten in or taken out: it may change the tax."
    )


class ChangedLineSerializer(serializers.Serializer[Any]):
    line_id = serializers.IntegerField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class CartLineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    quantity = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FulfilmentKind.choices)
    location = serializers.CharField(allow_null=True)
    service_mode = serializers.ChoiceField(choices=ServiceMode.choices)
    unit_price = AmountField(allow_null=True, help_text="Today's; null: no longer on sale.")
    amount = AmountField(allow_null=True)
    tax_inclusive = serializers.BooleanField(help_text="Whether tax is inside `unit_price` and `amount`.")
    amount_with_tax = AmountField(
        allow_null=True, help_text="What consumers are shown; the order rounds tax once for each rate."
    )
    ahead = serializers.ChoiceField(
        choices=BackorderPolicy.Kind.choices, allow_null=True, help_text="How it is sold ahead, if it is."
    )
    waits = serializers.IntegerField(help_text="Units that are not in stock and would wait.")
    promised_date = serializers.DateField(
        allow_null=True, help_text="From which day these are expected to leave; null: nobody can say."
    )
    short = serializers.IntegerField(help_text="Units to be shipped that nobody has now.")
    price_then = AmountField(allow_null=True, help_text="`unit_price` of when it was put in.")
    changed = serializers.ChoiceField(
        choices=["HIGHER", "LOWER", "GONE"], allow_null=True, help_text="How the price differs since then."
    )


class CartSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    channel = serializers.CharField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=Cart.Status.choices)
    order = serializers.CharField(allow_null=True, help_text="The order's number, once it is ordered.")
    lines = CartLineSerializer(many=True)
    coupons = serializers.ListField(
        child=serializers.CharField(), help_text="Codes; the quote says what they do."
    )
    amount = AmountField()


class TaxSerializer(serializers.Serializer[Any]):
    rate = serializers.DecimalField(max_digits=7, decimal_places=4)
    tax_inclusive = serializers.BooleanField()
    amount = AmountField()
    tax = AmountField()


class QuotedDeliverySerializer(serializers.Serializer[Any]):
    address = serializers.IntegerField(help_text="0 is the contact, 1 the first of `deliveries`.")
    method = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    temperature = serializers.ChoiceField(choices=Temperature.choices)
    parcels = serializers.IntegerField()
    amount = AmountField()


class QuoteSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    lines_amount = AmountField()
    discount_amount = AmountField()
    shipping_amount = AmountField()
    points_amount = AmountField()
    tax_added = AmountField()
    total = AmountField()
    due = AmountField(help_text="What is to be paid in money.")
    taxes = TaxSerializer(many=True)
    points_spent = serializers.IntegerField()
    points_most = serializers.IntegerField(help_text="The most that this cart can be paid with.")
    points_available = serializers.IntegerField()
    points_to_earn = serializers.IntegerField()
    tenders = serializers.ListField(child=serializers.CharField())
    shipping_estimated = serializers.BooleanField(
        help_text="Nobody has said where it goes: `shipping_amount` is that of the cheapest zone."
    )
    deliveries = QuotedDeliverySerializer(many=True)
    promotions = QuotedPromotionSerializer(many=True)
    missed = MissedPromotionSerializer(
        many=True, help_text="Promotions that run here and don't apply, and why."
    )


class CheckoutSerializer(serializers.Serializer[Any]):
    contact = ContactSerializer()
    delivery = DeliverySerializer(required=False)
    deliveries = serializers.ListField(
        child=ElsewhereSerializer(),
        required=False,
        max_length=MOST_ADDRESSES,
        help_text="What goes to other addresses.",
    )
    tender = serializers.SlugField(
        max_length=32, required=False, allow_blank=True, default="", help_text="Not where points pay for all."
    )
    card_token = serializers.CharField(
        max_length=255, required=False, allow_blank=True, default="", help_text="For a card."
    )
    points = serializers.IntegerField(min_value=0, max_value=10**9, default=0)
    expected_total = serializers.DecimalField(
        max_digits=19,
        decimal_places=4,
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="The total that the buyer saw; 409 if it is more by now, with what became dearer. Less applies.",
    )
    holds = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        max_length=20,
        required=False,
        help_text="Holds, `hold:7` being 7, that become what is collected at their shop. Only by a key with "
        "`orders:write`; one of a location names those of its own.",
    )


class PaymentActionSerializer(serializers.Serializer[Any]):
    """What the buyer has to do before the order is placed; then POST to the cart's `payment/`."""

    kind = serializers.CharField(
        help_text="`use-stripe-sdk` and `redirect-to-url`: 3-D Secure, by Stripe's script with `client_secret`; "
        "`konbini-display-details`: the slip to pay in a convenience store; `bank-transfer`."
    )
    details = serializers.DictField(child=serializers.CharField())
    public_key = serializers.CharField(help_text="The account's, for the acquirer's own script.")


class ProviderEventSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=ProviderEvent.Outcome.choices)


class PlacedOrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    total = AmountField()
    currency = serializers.CharField()
    points_spent = serializers.IntegerField()
    points_to_earn = serializers.IntegerField()
    payment_status = serializers.ChoiceField(choices=Payment.Status.choices)
    action = PaymentActionSerializer(
        allow_null=True, help_text="While the order is PENDING, what the buyer has to do; else null."
    )


class CancelFormSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CancelledOrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    currency = serializers.CharField()
    refund_amount = AmountField()
    points_restored = serializers.IntegerField()
    points_clawed_back = serializers.IntegerField()


class OrderLineSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    sku = serializers.CharField(source="variant.sku")
    name = serializers.SerializerMethodField(help_text="By language.")
    quantity = serializers.IntegerField()
    unit_price = AmountField()
    discount_amount = AmountField()
    discounts = LineDiscountSerializer(many=True)
    amount = AmountField()
    points_amount = AmountField()
    tax_inclusive = serializers.BooleanField()
    tax_rate = serializers.DecimalField(max_digits=7, decimal_places=4)
    fulfilled_quantity = serializers.IntegerField()
    cancelled_quantity = serializers.IntegerField()
    returned_quantity = serializers.IntegerField()

    def get_name(self, line: Any) -> dict[str, str]:
        name: dict[str, str] = line.variant.name or line.variant.product.name
        return name


class RefundSerializer(serializers.Serializer[Any]):
    amount = AmountField()
    status = serializers.ChoiceField(choices=Refund.Status.choices)
    created_at = serializers.DateTimeField()


class PaymentSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField(source="tender_type.code")
    status = serializers.ChoiceField(choices=Payment.Status.choices)
    amount = AmountField()
    refunded_amount = AmountField()
    refunds = RefundSerializer(many=True)


class FulfilmentLineSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(source="order_line.position")
    quantity = serializers.IntegerField()
    ahead = serializers.SerializerMethodField(help_text="PREORDER or BACKORDER while it waits; else null.")
    promised_date = serializers.SerializerMethodField(
        help_text="From which day what waits is expected to leave; null: it waits for nothing, or nobody can say."
    )

    @extend_schema_field(serializers.ChoiceField(choices=BackorderPolicy.Kind.choices, allow_null=True))
    def get_ahead(self, line: Any) -> str | None:
        promise = _promise(line)
        return promise.kind if promise else None

    def get_promised_date(self, line: Any) -> date | None:
        promise = _promise(line)
        return promise.promised_date if promise else None


def _promise(line: Any) -> LinePromise | None:
    """What was promised of a part that still waits."""
    waits = line.fulfilment.status == Fulfilment.Status.PROPOSED and line.fulfilment.location_id is None
    return getattr(line.order_line, "promise", None) if waits else None


class FulfilmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FulfilmentKind.choices)
    status = serializers.ChoiceField(choices=Fulfilment.Status.choices)
    location = serializers.CharField(source="location.code", allow_null=True, default=None)
    tracking_number = serializers.CharField()
    ready_at = serializers.DateTimeField(allow_null=True, help_text="Since when it may be collected.")
    hand_over_code = serializers.SerializerMethodField(
        help_text="To be shown, as text or a barcode, where it is collected; null once it is, or where it is delivered."
    )
    lines = FulfilmentLineSerializer(many=True)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_hand_over_code(self, part: Any) -> str | None:
        return code_of(part.pk) if part.kind in COLLECTED and part.status in HELD else None


class OrderAddressSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="Empty: the order's contact.")
    name_kana = serializers.CharField()
    phone = serializers.CharField()
    country = serializers.CharField()
    postal_code = serializers.CharField()
    prefecture = serializers.CharField()
    city = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    noshi_name = serializers.CharField()
    message = serializers.CharField()


class OrderDeliverySerializer(serializers.Serializer[Any]):
    positions = serializers.ListField(child=serializers.IntegerField(), help_text="The order's lines.")
    method = serializers.CharField()
    carrier = serializers.CharField()
    temperature = serializers.ChoiceField(choices=Temperature.choices)
    parcels = serializers.IntegerField()
    date = serializers.DateField(allow_null=True)
    slot = serializers.CharField()
    slot_name = serializers.CharField()
    amount = AmountField()
    wrapping = serializers.CharField()
    noshi = serializers.CharField()
    noshi_text = serializers.CharField()
    hides_prices = serializers.BooleanField()
    address = OrderAddressSerializer(
        allow_null=True, default=None, help_text="Null: the contact, nothing is written for them, or erased."
    )


class OrderSerializer(serializers.Serializer[Any]):
    """Any order of any channel, a till's sale too (`location` is then its shop)."""

    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    channel = serializers.CharField(source="channel.code")
    invoice_issuer = serializers.ChoiceField(
        choices=Order.InvoiceIssuer.choices, help_text="CHANNEL: the channel issues it, we issue none."
    )
    location = serializers.CharField(source="location.code", allow_null=True, default=None)
    currency = serializers.CharField()
    lines_amount = AmountField()
    shipping_amount = AmountField()
    discount_amount = AmountField()
    points_amount = AmountField()
    tax_added = AmountField()
    total = AmountField()
    tax_amount = AmountField()
    points_spent = serializers.IntegerField()
    points_earned = serializers.IntegerField()
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    lines = OrderLineSerializer(many=True)
    promotions = PromotionSerializer(many=True)
    taxes = TaxSerializer(many=True)
    payments = PaymentSerializer(many=True)
    fulfilments = FulfilmentSerializer(many=True)
    deliveries = OrderDeliverySerializer(
        many=True, help_text="How it is delivered, where that is not the usual way to its contact."
    )
    contact = ContactSerializer(allow_null=True, default=None, help_text="Null at a till, and once erased.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        # Amounts are shown in the order's own currency; a list may mix them.
        context: Any = self.context
        context["currency"] = instance.currency
        shown: dict[str, Any] = super().to_representation(instance)
        return shown
