"""
The price book, and what each channel charges by it.

`Price` is what was decided: for a group of channels (all of one currency), for one channel, or for one
shop's till. `Listing` is what comes of it, channel by channel: on sale from when until when, at which
price. Whoever sells reads listings alone; services write both in one transaction (docs/catalog.md).
"""

from datetime import datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Variant
from omni.core import db, fields
from omni.core.audit import audited
from omni.core.fields import choices
from organisation.models import Location, SalesChannel

AT_A_SHOP = Q(location__isnull=False)


def _period() -> Func:
    return Func(
        F("valid_from"),
        F("valid_until"),
        RangeBoundary(),
        function="tstzrange",
        output_field=DateTimeRangeField(),
    )


class PriceQuerySet(models.QuerySet["Price"]):
    def valid_at(self, at: datetime) -> "PriceQuerySet":
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=at), valid_from__lte=at)

    def lasting(self, at: datetime) -> "PriceQuerySet":
        """Those that hold at a moment, or will later on."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=at))


@audited()
class Price(models.Model):
    """
    What one stock unit of a variant is to cost in a scope, from one moment until another.

    The scope is a shop's till where there is a location, a channel where there is one, and else every
    channel of the currency. The narrowest scope that says anything goes first, and within it a sale
    lies over the regular price. A row says for ever what it said: all that changes is its end.
    """

    class Kind(models.TextChoices):
        REGULAR = "REGULAR", _("regular")
        SALE = "SALE", _("sale")

    class Scope(models.TextChoices):
        GROUP = "GROUP", _("group")
        CHANNEL = "CHANNEL", _("channel")
        SHOP = "SHOP", _("shop")

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="prices", verbose_name=_("variant")
    )
    currency = models.CharField(_("currency"), max_length=3)
    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="prices",
        verbose_name=_("sales channel"),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="prices",
        verbose_name=_("location"),
        db_index=False,
    )
    kind = choices(Kind, _("kind"), default=Kind.REGULAR)
    amount = fields.amount(_("price"))
    tax_inclusive = models.BooleanField(_("tax-inclusive"), default=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=100, blank=True)
    decided_at = models.DateTimeField(_("decided at"), default=timezone.now)

    objects = PriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="decided_price_not_negative"),
            models.CheckConstraint(
                condition=Q(channel__isnull=True) | Q(location__isnull=True), name="price_has_one_scope"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="price_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="prices_do_not_overlap",
                expressions=[
                    ("variant", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    (Coalesce("channel", 0), RangeOperators.EQUAL),
                    (Coalesce("location", 0), RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            # What a till reads, without a visit to the table.
            models.Index(
                fields=["location", "variant", "valid_from"],
                include=["valid_until", "kind", "amount", "tax_inclusive", "currency"],
                condition=AT_A_SHOP,
                name="price_at_shop",
            ),
            # What the watch of prices reads: shops' prices that began or ended since it last looked.
            models.Index(fields=["valid_from"], condition=AT_A_SHOP, name="shop_price_begins"),
            models.Index(fields=["valid_until"], condition=AT_A_SHOP, name="shop_price_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.scope}: {self.amount}"

    @property
    def scope(self) -> str:
        if self.location_id is not None:
            return self.Scope.SHOP
        return self.Scope.GROUP if self.channel_id is None else self.Scope.CHANNEL


class ListingQuerySet(models.QuerySet["Listing"]):
    def valid_at(self, at: datetime) -> "ListingQuerySet":
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=at), valid_from__lte=at)

    def lasting(self, at: datetime) -> "ListingQuerySet":
        """Those that hold at a moment, or will later on."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=at))


@audited()
class Listing(models.Model):
    """
    A variant on sale in a channel at a price, from one moment until another.

    What has begun says for ever what was charged: its price stays, and it can only end.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="listings", verbose_name=_("variant")
    )
    channel = models.ForeignKey(
        SalesChannel, on_delete=models.PROTECT, related_name="listings", verbose_name=_("sales channel")
    )
    price = fields.amount(_("price"))
    tax_inclusive = models.BooleanField(_("tax-inclusive"), default=True)
    reduced = models.BooleanField(_("sale price"), default=False, db_default=False)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="price_not_negative"),
            ExclusionConstraint(
                name="listings_do_not_overlap",
                expressions=[
                    ("variant", RangeOperators.EQUAL),
                    ("channel", RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            # What offers, product lists and former prices read, without a visit to the table.
            models.Index(
                fields=["variant", "channel", "valid_from"],
                include=["valid_until", "price", "tax_inclusive", "reduced"],
                name="listing_charged",
            ),
            # What the watch of prices reads: what began or ended since it last looked.
            models.Index(fields=["valid_from"], name="listing_begins"),
            models.Index(fields=["valid_until"], condition=Q(valid_until__isnull=False), name="listing_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.channel_id}: {self.price}"


class PriceWatchQuerySet(models.QuerySet["PriceWatch"]):
    def for_update_only(self, *, now: datetime) -> "PriceWatch":
        """Lock the one row, made where there is none yet: it begins to look now."""
        db.require_transaction()
        PriceWatch.objects.bulk_create([PriceWatch(pk=1, told_until=now)], ignore_conflicts=True)
        return self.select_for_update(no_key=True).get(pk=1)


class PriceWatch(models.Model):
    """Until when channels have been told of prices that the clock began or ended; one row."""

    told_until = models.DateTimeField(_("told until"))

    objects: Any = PriceWatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch of prices")
        verbose_name_plural = _("watches of prices")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_watch_of_prices")]

    def __str__(self) -> str:
        return f"{self.told_until}"
