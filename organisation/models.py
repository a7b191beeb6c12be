"""Who sells, where, through which channels, and who may act there."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from omni.core.audit import audited
from omni.core.fields import choices, translated
from omni.core.money import Rounding
from omni.core.text import pick


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
    tax_rounding = choices(Rounding, _("tax rounding"), default=Rounding.FLOOR)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return pick(self.name) or self.code


@audited()
class Location(models.Model):
    """A place that holds stock: a shop or a warehouse."""

    class Kind(models.TextChoices):
        STORE = "STORE", _("store")
        WAREHOUSE = "WAREHOUSE", _("warehouse")

    class Capability(models.TextChoices):
        SHIP = "SHIP", _("ships")
        PICKUP = "PICKUP", _("pick-up")
        HOLD = "HOLD", _("holds")
        ORDER_AHEAD = "ORDER_AHEAD", _("order ahead")
        CARRY_OUT = "CARRY_OUT", _("carry out")
        RETURNS = "RETURNS", _("returns")

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

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        indexes = [models.Index(fields=["latitude", "longitude"], name="location_point")]

    def __str__(self) -> str:
        return pick(self.name) or self.code


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
