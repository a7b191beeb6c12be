"""Who sells, where, through which channels, and who may act there."""

from datetime import time
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Collate, Upper
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from omni.core.audit import audited
from omni.core.fields import choices, translated
from omni.core.money import Rounding
from omni.core.text import pick
from organisation.invoicing import is_registration_number


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account that signs in: staff, or a shopper (whose person is a `customers.Customer`)."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=8, default="ja")
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined at"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


@audited()
class Company(models.Model):
    """The seller: every order line and document names one."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name"))
    country = models.CharField(_("country"), max_length=2, default="JP")
    registration_number = models.CharField(
        _("invoice registration number"), max_length=32, blank=True, help_text=_("In Japan T and 13 digits.")
    )
    sole_proprietor = models.BooleanField(
        _("sole proprietor"),
        default=False,
        db_default=False,
        help_text=_("The digits of a sole proprietor's registration number have no check digit."),
    )
    tax_rounding = choices(Rounding, _("tax rounding"), default=Rounding.FLOOR)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return pick(self.name) or self.code

    def clean(self) -> None:
        if self.registration_number and not self.is_registered:
            raise ValidationError({"registration_number": _("This is no invoice registration number.")})

    @property
    def is_registered(self) -> bool:
        """Whether it has a registration number that can be one."""
        number = self.registration_number
        return bool(number) and is_registration_number(
            number, country=self.country, sole_proprietor=self.sole_proprietor
        )


ABOVE_ZERO = [MinValueValidator(1)]
DISPATCH_UNTIL = _("By the location's clock. Empty: as long as it is open.")
A_DAY = _("What waits there is measured against it when orders are routed. Empty: not at all.")
ACCEPT_WITHIN = _("Minutes of opening time; then people are told. Empty: nobody waits for it.")


@audited()
class Location(models.Model):
    """A place that holds stock: a shop or a warehouse."""

    class Kind(models.TextChoices):
        STORE = "STORE", _("store")
        WAREHOUSE = "WAREHOUSE", _("warehouse")

    class Capability(models.TextChoices):
        """
        What is done here. SHIP is a warehouse's way to send what was ordered online, SHIP_FROM_STORE
        a shop's: staff pick it off the shelves. Either serves orders that are delivered.
        """

        SHIP = "SHIP", _("ships")
        SHIP_FROM_STORE = "SHIP_FROM_STORE", _("ships from store")
        PICKUP = "PICKUP", _("pick-up")
        HOLD = "HOLD", _("holds")
        ORDER_AHEAD = "ORDER_AHEAD", _("order ahead")
        CARRY_OUT = "CARRY_OUT", _("carry out")
        RETURNS = "RETURNS", _("returns")

    class PauseReason(models.TextChoices):
        BUSY = "BUSY", _("too busy")
        SHORT_STAFFED = "SHORT_STAFFED", _("too few staff")
        SYSTEM = "SYSTEM", _("till or network trouble")
        EMERGENCY = "EMERGENCY", _("weather or emergency")
        OTHER = "OTHER", _("other")

    code = models.SlugField(_("code"), max_length=32, unique=True)
    kind = choices(Kind, _("kind"))
    name = translated(_("name"))
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="locations", verbose_name=_("company")
    )
    country = models.CharField(_("country"), max_length=2, default="JP")
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    address = translated(_("address"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Tokyo")
    currency = models.CharField(_("currency"), max_length=3, default="JPY")
    capabilities = ArrayField(
        models.CharField(max_length=32, choices=Capability.choices),
        verbose_name=_("capabilities"),
        default=list,
        blank=True,
    )
    franchise = models.BooleanField(_("franchise"), default=False)
    active = models.BooleanField(_("active"), default=True)
    pickup_lead_minutes = models.PositiveIntegerField(
        _("pick-up lead time"),
        default=60,
        validators=[MaxValueValidator(14 * 24 * 60)],
        help_text=_("Minutes of opening time until an order can be picked up."),
    )
    dispatch_until = models.TimeField(
        _("orders leave on the day until"), null=True, blank=True, help_text=DISPATCH_UNTIL
    )
    parcels_a_day = models.PositiveIntegerField(
        _("orders that it prepares in a day"), null=True, blank=True, validators=ABOVE_ZERO, help_text=A_DAY
    )
    accept_within_minutes = models.PositiveIntegerField(
        _("orders are accepted within"), null=True, blank=True, validators=ABOVE_ZERO, help_text=ACCEPT_WITHIN
    )
    # Until then it gives no channel anything; the time alone ends it, whatever runs or does not.
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    pause_reason = choices(PauseReason, _("reason of the pause"), blank=True)
    pause_note = models.CharField(_("note on the pause"), max_length=200, blank=True)
    paused_by = models.CharField(_("paused by"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="location_point"),
            # By the code's beginning, in whatever way it is written.
            models.Index(
                Collate(Upper(Func("postal_code", Value("- "), Value(""), function="translate")), "C"),
                name="location_by_postal_code",
            ),
        ]

    def __str__(self) -> str:
        return pick(self.name) or self.code


OPEN_OR_CLOSED = Q(opens_at__isnull=True, closes_at__isnull=True) | Q(
    opens_at__isnull=False, closes_at__isnull=False
)


@audited()
class OpeningHours(models.Model):
    """
    A span of a weekday on which a location is open, by its own clock; as many a day as it needs.

    What closes at or before it opens closes on the next day: 18:00 to 02:00, 00:00 to 00:00. A row
    of HOLIDAY replaces the weekday's on public holidays; without one the weekday's hold. A row
    without times says that it is closed, which only a HOLIDAY needs to say.
    """

    class Day(models.TextChoices):
        MON = "MON", _("Monday")
        TUE = "TUE", _("Tuesday")
        WED = "WED", _("Wednesday")
        THU = "THU", _("Thursday")
        FRI = "FRI", _("Friday")
        SAT = "SAT", _("Saturday")
        SUN = "SUN", _("Sunday")
        HOLIDAY = "HOLIDAY", _("public holidays")

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="opening_hours", verbose_name=_("location")
    )
    day = choices(Day, _("day"))
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "day", "opens_at"], name="hours_once_a_day", nulls_distinct=False
            ),
            models.CheckConstraint(condition=OPEN_OR_CLOSED, name="hours_have_both_ends_or_none"),
        ]

    def __str__(self) -> str:
        return f"{self.get_day_display()} {_span(self.opens_at, self.closes_at)}"


@audited()
class OpeningException(models.Model):
    """
    A date on which a location is closed (a row without times), or has other hours (a row a span).

    `reason` is shown to shoppers, by language.
    """

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="opening_exceptions", verbose_name=_("location")
    )
    date = models.DateField(_("date"))
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)
    reason = translated(_("reason"), blank=True)

    class Meta:
        verbose_name = _("exception from opening hours")
        verbose_name_plural = _("exceptions from opening hours")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "date", "opens_at"], name="exception_once_a_date", nulls_distinct=False
            ),
            models.CheckConstraint(condition=OPEN_OR_CLOSED, name="exception_has_both_ends_or_none"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {_span(self.opens_at, self.closes_at)}"


def _span(opens_at: time | None, closes_at: time | None) -> str:
    if opens_at is None or closes_at is None:
        return gettext("closed")
    return f"{opens_at:%H:%M}–{closes_at:%H:%M}"


@audited()
class SalesChannel(models.Model):
    """A way of selling. Tills of all shops share one STORE channel; each EC site is its own."""

    class Kind(models.TextChoices):
        EC = "EC", _("EC site")
        APP = "APP", _("app")
        STORE = "STORE", _("store")
        MARKETPLACE = "MARKETPLACE", _("marketplace")
        SOCIAL = "SOCIAL", _("social")
        CONTACT_CENTRE = "CONTACT_CENTRE", _("contact centre")

    code = models.SlugField(_("code"), max_length=32, unique=True)
    kind = choices(Kind, _("kind"))
    name = translated(_("name"))
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="channels", verbose_name=_("company")
    )
    country = models.CharField(_("country"), max_length=2, default="JP")
    currency = models.CharField(_("currency"), max_length=3, default="JPY")
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("sales channel")
        verbose_name_plural = _("sales channels")

    def __str__(self) -> str:
        return pick(self.name) or self.code


@audited(exclude=["digest", "last_used_at"])
class ApiKey(models.Model):
    """
    A device's or connector's key. Only its SHA-256 is kept: the key has 256 random bits, so a
    slow hash would add nothing but time to every request of a till.
    """

    class Scope(models.TextChoices):
        TILL = "till", _("till: sales, returns, member look-up")
        STOCK_READ = "stock:read", _("read stock")
        STOCK_WRITE = "stock:write", _("change stock")
        ORDERS_READ = "orders:read", _("read orders")
        ORDERS_WRITE = "orders:write", _("change orders")
        CUSTOMERS_READ = "customers:read", _("read customers")

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    digest = models.BinaryField(_("digest"), max_length=32)
    scopes = ArrayField(
        models.CharField(max_length=32, choices=Scope.choices), verbose_name=_("scopes"), default=list
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="api_keys",
        verbose_name=_("location"),
    )
    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="api_keys",
        verbose_name=_("sales channel"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


@audited()
class StaffAssignment(models.Model):
    """What a member of staff may do, and where; no location means everywhere."""

    class Role(models.TextChoices):
        CLERK = "CLERK", _("clerk")
        MANAGER = "MANAGER", _("shop manager")
        STOCK_OFFICE = "STOCK_OFFICE", _("stock office")
        CONTACT_CENTRE = "CONTACT_CENTRE", _("contact centre")
        HEADQUARTERS = "HEADQUARTERS", _("headquarters")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("user")
    )
    role = choices(Role, _("role"))
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name=_("location"),
    )

    class Meta:
        verbose_name = _("staff assignment")
        verbose_name_plural = _("staff assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "location"], name="assignment_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"
