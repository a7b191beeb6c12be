"""What delivery costs and when it comes, as data: carriers, zones, methods and their rates."""

from datetime import date, time

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass, Temperature
from omni.core import fields
from omni.core.audit import audited
from omni.core.fields import choices, translated
from omni.core.text import pick
from orders.prefectures import PREFECTURES
from organisation.models import SalesChannel

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)


@audited()
class Carrier(models.Model):
    """Who carries parcels, with slots of its own; `labels` is the file that its label software reads."""

    class Labels(models.TextChoices):
        NONE = "NONE", _("none")
        YAMATO_B2 = "YAMATO_B2", _("Yamato B2 Cloud")
        SAGAWA_EHIDEN = "SAGAWA_EHIDEN", _("Sagawa e-Hiden III")

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name"))
    labels = choices(Labels, _("label file"), default=Labels.NONE)
    account = models.CharField(
        _("account with the carrier"), max_length=32, blank=True, help_text=_("Printed on labels.")
    )

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")

    def __str__(self) -> str:
        return pick(self.name) or self.code


@audited()
class CarrierSlot(models.Model):
    """A span of a day that a carrier delivers in on request; `label_code` is its name in the carrier's files."""

    carrier = models.ForeignKey(
        Carrier, on_delete=models.CASCADE, related_name="slots", verbose_name=_("carrier")
    )
    code = models.SlugField(_("code"), max_length=16)
    name = translated(_("name"))
    label_code = models.CharField(_("code on labels"), max_length=8, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("time slot")
        verbose_name_plural = _("time slots")
        constraints = [models.UniqueConstraint(fields=["carrier", "code"], name="slot_once_a_carrier")]

    def __str__(self) -> str:
        return pick(self.name) or self.code


@audited()
class ShippingZone(models.Model):
    """Prefectures that a carrier reaches alike: `lead_days` after a parcel leaves, it is there."""

    carrier = models.ForeignKey(
        Carrier, on_delete=models.CASCADE, related_name="zones", verbose_name=_("carrier")
    )
    code = models.SlugField(_("code"), max_length=32)
    name = translated(_("name"))
    prefectures = ArrayField(
        models.CharField(max_length=8, choices=[(name, name) for name in PREFECTURES]),
        verbose_name=_("prefectures"),
    )
    lead_days = models.PositiveSmallIntegerField(
        _("days on the way"), default=1, validators=[MaxValueValidator(30)]
    )

    class Meta:
        verbose_name = _("shipping zone")
        verbose_name_plural = _("shipping zones")
        constraints = [models.UniqueConstraint(fields=["carrier", "code"], name="zone_once_a_carrier")]

    def __str__(self) -> str:
        return pick(self.name) or self.code

    def clean(self) -> None:
        """No prefecture lies in two zones of a carrier."""
        others = ShippingZone.objects.filter(carrier_id=self.carrier_id).exclude(pk=self.pk)
        taken = {name for zone in others for name in zone.prefectures}
        if twice := [name for name in self.prefectures or () if name in taken]:
            message = _("In another zone of this carrier already: %(names)s")
            raise ValidationError(
                {"prefectures": ValidationError(message, params={"names": "、".join(twice)})}
            )


@audited()
class ShippingMethod(models.Model):
    """
    A way in which a channel sends goods of one temperature; the first of each by `position` is the usual one.

    What is ordered before `cut_off` (the group's time) is handled that day, if it is none on which
    nothing leaves; `handling_days` such days later it leaves. From the first day on which it can be there, as
    many as `days_offered` can be chosen; none where that is 0. All of a channel's are taxed alike, as
    an order has one amount for delivery. A channel without a method delivers for nothing.
    """

    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.CASCADE,
        related_name="shipping_methods",
        verbose_name=_("sales channel"),
    )
    code = models.SlugField(_("code"), max_length=32)
    name = translated(_("name"))
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, related_name="methods", verbose_name=_("carrier")
    )
    temperature = choices(Temperature, _("temperature"), default=Temperature.AMBIENT)
    tax_class = models.ForeignKey(
        TaxClass, on_delete=models.PROTECT, related_name="+", verbose_name=_("tax class")
    )
    cut_off = models.TimeField(_("same-day cut-off"), default=time(12))
    handling_days = models.PositiveSmallIntegerField(
        _("working days to handle"), default=0, validators=[MaxValueValidator(30)]
    )
    closed_weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=WEEKDAYS),
        verbose_name=_("weekdays on which nothing leaves"),
        default=list,
        blank=True,
    )
    closed_on_holidays = models.BooleanField(_("nothing leaves on public holidays"), default=False)
    closed_dates = ArrayField(
        models.DateField(),
        verbose_name=_("dates on which nothing leaves"),
        default=list,
        blank=True,
        help_text=_("Separated by commas."),
    )
    days_offered = models.PositiveSmallIntegerField(
        _("days to choose from"), default=14, validators=[MaxValueValidator(60)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")
        constraints = [
            models.UniqueConstraint(fields=["channel", "code"], name="method_once_a_channel"),
            ExclusionConstraint(
                name="methods_of_a_channel_are_taxed_alike",
                expressions=[
                    ("channel", RangeOperators.EQUAL),
                    ("tax_class", RangeOperators.NOT_EQUAL),
                ],
                condition=Q(active=True),
                violation_error_message=_("All shipping methods of a channel have one tax class."),
            ),
        ]

    def __str__(self) -> str:
        return pick(self.name) or self.code


@audited()
class MethodRate(models.Model):
    """
    What a parcel costs, tax included: to a zone (or anywhere), up to a size and a weight (or any), for an
    address that gets goods of `from_amount` or more. The highest amount reached decides first, then the zone
    before anywhere, then the least size that is enough; of rows for the same the last one that has begun.
    """

    method = models.ForeignKey(
        ShippingMethod, on_delete=models.CASCADE, related_name="rates", verbose_name=_("shipping method")
    )
    zone = models.ForeignKey(
        ShippingZone,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rates",
        verbose_name=_("shipping zone"),
    )
    up_to_size = models.PositiveSmallIntegerField(
        _("up to size"), null=True, blank=True, help_text=_("Length, width and height in centimetres, added.")
    )
    up_to_weight = models.PositiveIntegerField(
        _("up to weight"), null=True, blank=True, help_text=_("In grams.")
    )
    from_amount = fields.amount(_("for goods of"), default=0)
    amount = fields.amount(_("amount"))
    valid_from = models.DateField(_("valid from"), default=date(2020, 1, 1))

    class Meta:
        verbose_name = _("rate of a shipping method")
        verbose_name_plural = _("rates of shipping methods")
        constraints = [
            models.UniqueConstraint(
                fields=["method", "zone", "up_to_size", "up_to_weight", "from_amount", "valid_from"],
                name="method_rate_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, from_amount__gte=0), name="method_rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method_id}: {self.amount:f}"
