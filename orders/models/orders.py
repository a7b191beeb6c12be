from collections.abc import Iterable

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now, Right
from django.utils.translation import gettext_lazy as _

from catalog.models import ServiceMode, TaxClass, Variant
from customers.models import Customer, Identity
from omni.core import db, fields
from omni.core.errors import NotFound
from omni.core.fields import choices, translated
from omni.core.functions import Digits, Folded
from orders.models.carts import Cart
from organisation.models import Company, Location, SalesChannel
from promotions.models import FundedBy

# As many last digits of a phone number as are the same with and without a country in front.
PHONE_TAIL = 8


class OrderQuerySet(models.QuerySet["Order"]):
    def for_update_by_number(self, number: str) -> "Order":
        """
        Lock the order.

        Raises:
            NotFound: there is none.
        """
        db.require_transaction()
        order = self.filter(number=number).select_for_update(no_key=True).first()
        if order is None:
            raise NotFound(order=number)
        return order

    def for_update_by_ids(self, order_ids: Iterable[int]) -> "list[Order]":
        """Lock orders, in the order of their keys."""
        db.require_transaction()
        return list(self.filter(pk__in=list(order_ids)).order_by("pk").select_for_update(no_key=True))


class Order(models.Model):
    """
    What was bought, in one currency, whichever channel took it; a till's sale is one too.

    `total = lines_amount + shipping_amount − discount_amount − points_amount + tax_added`,
    where `tax_added` is the tax on lines whose prices exclude it.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", _("payment pending")
        PLACED = "PLACED", _("placed")
        COMPLETED = "COMPLETED", _("completed")
        CANCELLED = "CANCELLED", _("cancelled")
        EXPIRED = "EXPIRED", _("expired")

    class InvoiceIssuer(models.TextChoices):
        """Whose document the order's qualified invoice is: one that is the channel's is never ours too."""

        SELLER = "SELLER", _("the selling company")
        CHANNEL = "CHANNEL", _("the channel; we issue none")

    number = models.CharField(_("order number"), max_length=64, unique=True)
    status = choices(Status, _("status"))
    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.PROTECT,
        related_name="orders",
        verbose_name=_("sales channel"),
        db_index=False,
    )
    external_number = models.CharField(_("the channel's own number"), max_length=64, null=True, blank=True)
    invoice_issuer = choices(
        InvoiceIssuer,
        _("issuer of the qualified invoice"),
        default=InvoiceIssuer.SELLER,
        db_default=InvoiceIssuer.SELLER,
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("shop of the sale"),
        db_index=False,
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("customer"),
        db_index=False,
    )
    identity = models.ForeignKey(
        Identity,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("identity"),
        db_index=False,
    )
    cart = models.OneToOneField(
        Cart, on_delete=models.SET_NULL, null=True, blank=True, related_name="order", verbose_name=_("cart")
    )
    currency = models.CharField(_("currency"), max_length=3)
    lines_amount = fields.amount(_("goods"))
    shipping_amount = fields.amount(_("shipping"), default=0)
    discount_amount = fields.amount(_("discounts"), default=0)
    points_amount = fields.amount(_("points spent, in money"), default=0)
    tax_added = fields.amount(_("tax added to prices"), default=0)
    total = fields.amount(_("total"))
    tax_amount = fields.amount(_("tax in the total"), default=0)
    points_spent = models.BigIntegerField(_("points spent"), default=0)
    points_earned = models.BigIntegerField(_("points earned"), default=0)
    placed_at = models.DateTimeField(_("placed at"))
    business_date = models.DateField(_("business date"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("payment due by"), null=True, blank=True)
    cancel_reason = models.CharField(_("reason for cancelling"), max_length=200, blank=True)
    actor = models.CharField(_("actor"), max_length=64)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_number"],
                condition=Q(external_number__isnull=False),
                name="external_order_lands_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    total=F("lines_amount")
                    + F("shipping_amount")
                    - F("discount_amount")
                    - F("points_amount")
                    + F("tax_added")
                ),
                name="order_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(points_amount__gte=0, points_spent__gte=0, shipping_amount__gte=0),
                name="order_parts_not_negative",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-placed_at"],
                name="order_by_customer",
                condition=Q(customer__isnull=False),
            ),
            models.Index(
                fields=["location", "business_date"],
                name="order_by_shop_day",
                condition=Q(location__isnull=False),
            ),
            models.Index(fields=["placed_at"], name="order_placed_at"),
            models.Index(fields=["expires_at"], name="order_payment_due", condition=Q(status="PENDING")),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """
    Units of one variant, with amounts and a snapshot of their tax; `unit_price` informs only.

    `amount = list_amount − discount_amount`; `points_amount` is its share of the points spent.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="lines", verbose_name=_("order"), db_index=False
    )
    position = models.PositiveIntegerField(_("position"))
    variant = models.ForeignKey(
        Variant,
        on_delete=models.PROTECT,
        related_name="order_lines",
        verbose_name=_("variant"),
        db_index=False,
    )
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("selling company"), db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"))
    unit_price = fields.amount(_("unit price"))
    list_amount = fields.amount(_("amount before discounts"))
    discount_amount = fields.amount(_("discounts"), default=0)
    amount = fields.amount(_("amount"))
    points_amount = fields.amount(_("points spent, in money"), default=0)
    tax_class = models.ForeignKey(
        TaxClass, on_delete=models.PROTECT, related_name="+", verbose_name=_("tax class"), db_index=False
    )
    tax_rate = fields.rate(_("tax rate"))
    tax_inclusive = models.BooleanField(_("tax-inclusive"), default=True)
    service_mode = choices(ServiceMode, _("service mode"), default=ServiceMode.TAKE_OUT)
    fulfilled_quantity = models.BigIntegerField(_("fulfilled"), default=0)
    cancelled_quantity = models.BigIntegerField(_("cancelled"), default=0)
    returned_quantity = models.BigIntegerField(_("returned"), default=0)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="order_quantity_not_negative"),
            models.CheckConstraint(
                condition=Q(amount=F("list_amount") - F("discount_amount")), name="order_line_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(fulfilled_quantity__gte=0, cancelled_quantity__gte=0)
                & Q(quantity__gte=F("fulfilled_quantity") + F("cancelled_quantity")),
                name="not_more_done_than_ordered",
            ),
            models.CheckConstraint(
                condition=Q(returned_quantity__gte=0, returned_quantity__lte=F("fulfilled_quantity")),
                name="not_more_returned_than_fulfilled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"


class LineDiscount(models.Model):
    """Why a line was cheaper, and who bears it; `name` is what a promotion was called to the buyer."""

    FundedBy = FundedBy

    line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="discounts", verbose_name=_("order line")
    )
    code = models.CharField(_("code"), max_length=32)
    name = models.JSONField(_("name"), default=dict, db_default={}, blank=True)
    amount = fields.amount(_("amount"))
    funded_by = choices(FundedBy, _("borne by"), default=FundedBy.SELLER)

    class Meta:
        verbose_name = _("line discount")
        verbose_name_plural = _("line discounts")

    def __str__(self) -> str:
        return f"{self.code} {self.amount}"


class OrderPromotion(models.Model):
    """
    A promotion that an order had, as it was called to the buyer, with the coupon that asked for it.

    `amount` is what it took off the lines (their discounts of the same code), `shipping_amount` what
    delivery would have cost.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="promotions", verbose_name=_("order"), db_index=False
    )
    code = models.CharField(_("code"), max_length=32)
    name = translated(_("name"))
    coupon = models.CharField(_("coupon code"), max_length=32, blank=True)
    amount = fields.amount(_("taken off goods"))
    shipping_amount = fields.amount(_("taken off delivery"), default=0)

    class Meta:
        verbose_name = _("promotion of an order")
        verbose_name_plural = _("promotions of orders")
        constraints = [
            models.UniqueConstraint(fields=["order", "code"], name="promotion_once_per_order"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, shipping_amount__gte=0), name="promotion_takes_off"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.amount}"


class OrderTax(models.Model):
    """
    One tax-rate bucket of an order's document: tax rounded once, over all of the bucket.

    `amount = lines + shipping − discounts − points`; with prices that exclude tax, `tax` comes
    on top of it, otherwise it is inside.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="taxes", verbose_name=_("order"), db_index=False
    )
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("selling company"), db_index=False
    )
    rate = fields.rate(_("tax rate"))
    tax_inclusive = models.BooleanField(_("tax-inclusive"), default=True)
    lines_amount = fields.amount(_("goods"))
    shipping_amount = fields.amount(_("shipping"), default=0)
    discount_amount = fields.amount(_("discounts"), default=0)
    points_amount = fields.amount(_("points spent, in money"), default=0)
    amount = fields.amount(_("amount"))
    tax = fields.amount(_("tax"))

    class Meta:
        verbose_name = _("order tax")
        verbose_name_plural = _("order taxes")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "company", "rate", "tax_inclusive"], name="one_bucket_per_rate"
            ),
            models.CheckConstraint(
                condition=Q(
                    amount=F("lines_amount")
                    + F("shipping_amount")
                    - F("discount_amount")
                    - F("points_amount")
                ),
                name="tax_bucket_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.rate}"


class OrderContact(models.Model):
    """The personal data of an order, apart, so that it can go and the books stay."""

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, primary_key=True, related_name="contact", verbose_name=_("order")
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    name_kana = models.CharField(_("name (kana)"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    country = models.CharField(_("country"), max_length=2, default="JP")
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    prefecture = models.CharField(_("prefecture"), max_length=100, blank=True)
    city = models.CharField(_("city"), max_length=200, blank=True)
    line1 = models.CharField(_("street and number"), max_length=200, blank=True)
    line2 = models.CharField(_("building and room"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("order contact")
        verbose_name_plural = _("order contacts")
        # The order desk's (`orders.finding`). A till's sale has no contact, so it pays for none of them.
        indexes = [
            models.Index(
                OpClass(Folded("name"), name="text_pattern_ops"),
                F("order"),
                name="contact_name_folded",
                condition=~Q(name=""),
            ),
            models.Index(
                OpClass(Folded("name_kana"), name="text_pattern_ops"),
                F("order"),
                name="contact_kana_folded",
                condition=~Q(name_kana=""),
            ),
            models.Index(Lower("email"), F("order"), name="contact_email", condition=~Q(email="")),
            models.Index(
                Right(Digits("phone"), PHONE_TAIL), F("order"), name="contact_phone", condition=~Q(phone="")
            ),
        ]

    def __str__(self) -> str:
        return self.name
