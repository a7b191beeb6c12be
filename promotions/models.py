"""
Promotions as data: when, where and for whom, one effect, and how often.

What they do is `promotions.engine`'s; how often they were used is counted under a lock by
`promotions.services`. A row of `Redemption` is one use; it is given back, and never deleted.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Category, Product, Variant
from customers.models import Customer
from omni.core import fields
from omni.core.audit import audited
from omni.core.fields import choices, translated
from omni.core.text import pick


class Effect(models.TextChoices):
    PERCENTAGE = "PERCENTAGE", _("percentage off")
    AMOUNT = "AMOUNT", _("amount off")
    FIXED_PRICE = "FIXED_PRICE", _("fixed price for each unit")
    BUY_GET = "BUY_GET", _("buy some, get some reduced")
    SET_PRICE = "SET_PRICE", _("any so many for a price")
    FREE_SHIPPING = "FREE_SHIPPING", _("free delivery")


class Exclusivity(models.TextChoices):
    """What else may be had with it. What goes first is decided by `priority` alone."""

    STACKS = "STACKS", _("together with others")
    ALONE_ON_GOODS = "ALONE_ON_GOODS", _("with no other on the same goods")
    ALONE = "ALONE", _("with no other on the order")


class FundedBy(models.TextChoices):
    SELLER = "SELLER", _("the seller")
    SUPPLIER = "SUPPLIER", _("the supplier")


class Weekday(models.IntegerChoices):
    """As ISO 8601 numbers them."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


@audited(exclude=["uses"])
class Promotion(models.Model):
    """
    One reason to pay less. Empty `channels`, `weekdays` and `month_days` mean every one.

    `uses` counts only where there is a limit (`most_uses`): without one no order waits for another.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name shown to buyers"))
    active = models.BooleanField(_("active"), default=True)
    needs_coupon = models.BooleanField(
        _("needs a coupon"), default=False, help_text=_("Otherwise it applies by itself.")
    )
    starts_at = models.DateTimeField(_("valid from"))
    ends_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="JPY")
    channels = ArrayField(
        models.SlugField(max_length=32), verbose_name=_("sales channels"), default=list, blank=True
    )
    weekdays = ArrayField(
        models.SmallIntegerField(choices=Weekday.choices),
        verbose_name=_("weekdays"),
        default=list,
        blank=True,
    )
    month_days = ArrayField(
        models.SmallIntegerField(),
        verbose_name=_("days of the month"),
        default=list,
        blank=True,
        help_text=_("Separated by commas, as 20, 30; empty: every day."),
    )
    from_time = models.TimeField(_("from (time of day)"), null=True, blank=True)
    until_time = models.TimeField(_("until (time of day)"), null=True, blank=True)
    members_only = models.BooleanField(_("members only"), default=False)
    first_order = models.BooleanField(_("a member's first order only"), default=False)
    min_amount = fields.amount(
        _("from an amount"),
        null=True,
        blank=True,
        help_text=_("Of the goods that it is for, after promotions that go before it."),
    )
    min_quantity = models.PositiveIntegerField(_("from a number of units"), null=True, blank=True)
    effect = choices(Effect, _("effect"))
    percent = fields.rate(
        _("reduction"), null=True, blank=True, help_text=_("As a share: 0.1 is 10%, 1 is for nothing.")
    )
    amount = fields.amount(
        _("amount or price"),
        null=True,
        blank=True,
        help_text=_("What is taken off, or the price of a unit or a set, by the effect."),
    )
    buy_quantity = models.PositiveIntegerField(_("units to buy"), null=True, blank=True)
    get_quantity = models.PositiveIntegerField(_("units reduced"), null=True, blank=True)
    most_times = models.PositiveIntegerField(
        _("most times in an order"),
        null=True,
        blank=True,
        help_text=_("Of sets and of what is reduced."),
    )
    most_discount = fields.amount(_("most that is taken off"), null=True, blank=True)
    priority = models.IntegerField(_("priority"), default=0, help_text=_("The highest goes first."))
    exclusivity = choices(Exclusivity, _("combines"), default=Exclusivity.STACKS)
    most_uses = models.PositiveIntegerField(
        _("most uses in all"),
        null=True,
        blank=True,
        help_text=_("Empty: without limit, and no order waits for another."),
    )
    uses = models.PositiveIntegerField(_("uses counted"), default=0, db_default=0, editable=False)
    most_per_person = models.PositiveIntegerField(
        _("most uses by a person"), null=True, blank=True, help_text=_("Only members can have it then.")
    )
    funded_by = choices(FundedBy, _("borne by"), default=FundedBy.SELLER)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="promotion_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(most_uses__isnull=True) | Q(uses__lte=F("most_uses")),
                name="promotion_not_overused",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=1),
                name="promotion_percent_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(effect=Effect.PERCENTAGE, percent__isnull=False)
                | Q(effect=Effect.AMOUNT, amount__gt=0)
                | Q(effect=Effect.FIXED_PRICE, amount__gte=0)
                | Q(effect=Effect.BUY_GET, buy_quantity__gt=0, get_quantity__gt=0, percent__isnull=False)
                | Q(effect=Effect.SET_PRICE, buy_quantity__gt=1, amount__gte=0)
                | Q(effect=Effect.FREE_SHIPPING),
                name="promotion_effect_is_complete",
            ),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"], name="promotion_automatic", condition=Q(active=True, needs_coupon=False)
            )
        ]

    def __str__(self) -> str:
        return pick(self.name) or self.code


@audited()
class Target(models.Model):
    """Goods that a promotion is about: all of a category, brand or product, or one variant."""

    class Role(models.TextChoices):
        GOODS = "GOODS", _("goods it is for")
        REWARD = "REWARD", _("goods that are reduced")
        EXCLUDED = "EXCLUDED", _("goods that are left out")

    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="targets", verbose_name=_("promotion")
    )
    role = choices(Role, _("role"), default=Role.GOODS)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("variant")
    )

    class Meta:
        verbose_name = _("goods of a promotion")
        verbose_name_plural = _("goods of promotions")
        constraints = [
            models.CheckConstraint(
                condition=Q(category__isnull=False, brand=None, product=None, variant=None)
                | Q(category=None, brand__isnull=False, product=None, variant=None)
                | Q(category=None, brand=None, product__isnull=False, variant=None)
                | Q(category=None, brand=None, product=None, variant__isnull=False),
                name="target_is_one_thing",
                violation_error_message=_("Name one thing in each row."),
            )
        ]

    def __str__(self) -> str:
        return str(self.category or self.brand or self.product or self.variant)


class CouponBatch(models.Model):
    """Single-use codes that were made together."""

    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, related_name="batches", verbose_name=_("promotion")
    )
    prefix = models.CharField(_("prefix"), max_length=8, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("coupon batch")
        verbose_name_plural = _("coupon batches")

    def __str__(self) -> str:
        return f"{self.promotion_id}-{self.pk}"


class Coupon(models.Model):
    """A code that lets a promotion apply: one that many share, or one of many for a single use."""

    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, related_name="coupons", verbose_name=_("promotion")
    )
    batch = models.ForeignKey(
        CouponBatch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="coupons",
        verbose_name=_("coupon batch"),
    )
    code = models.CharField(_("coupon code"), max_length=32, unique=True)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="coupons",
        verbose_name=_("only for"),
    )
    most_uses = models.PositiveIntegerField(_("most uses in all"), null=True, blank=True)
    uses = models.PositiveIntegerField(_("uses counted"), default=0, db_default=0)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        permissions = [("issue_coupons", "Can make and withdraw coupons")]
        constraints = [
            models.CheckConstraint(
                condition=Q(most_uses__isnull=True) | Q(uses__lte=F("most_uses")), name="coupon_not_overused"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    """One use of a promotion by an order (`source`), with what it took off goods and delivery."""

    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, related_name="redemptions", verbose_name=_("promotion")
    )
    coupon = models.ForeignKey(
        Coupon,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="redemptions",
        verbose_name=_("coupon"),
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
        db_index=False,
    )
    source = models.CharField(_("source"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    amount = fields.amount(_("taken off goods"))
    shipping_amount = fields.amount(_("taken off delivery"), default=0)
    redeemed_at = models.DateTimeField(_("used at"))
    given_back_at = models.DateTimeField(_("given back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of a promotion")
        verbose_name_plural = _("uses of promotions")
        constraints = [
            models.UniqueConstraint(fields=["source", "promotion"], name="promotion_once_per_source"),
        ]
        # What a person has used: counted by each of their records.
        indexes = [models.Index(fields=["customer", "promotion"], name="redemption_by_customer")]

    def __str__(self) -> str:
        return f"{self.promotion_id} {self.source}"
