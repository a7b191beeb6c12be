"""What is sold: products, their variants and codes, and how it is taxed."""

from collections.abc import Iterable

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from omni.core import db, fields
from omni.core.audit import audited
from omni.core.fields import choices, translated
from omni.core.text import pick


@audited()
class Brand(models.Model):
    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name"))

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return pick(self.name) or self.code


class CategoryQuerySet(models.QuerySet["Category"]):
    def within(self, path: str) -> "CategoryQuerySet":
        """The category of that path and all below it."""
        return self.filter(Q(path=path) | Q(path__startswith=f"{path}/"))

    def for_update_tree(self) -> "list[Category]":
        """Lock every category, in the order of their keys."""
        db.require_transaction()
        return list(self.order_by("pk").select_for_update(no_key=True))


@audited()
class Category(models.Model):
    """A node of the category tree; `path` lists the codes from the root, as `food/drink/tea`."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    path = models.CharField(_("path"), max_length=500, editable=False, db_index=True)
    name = translated(_("name"))

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return pick(self.name) or self.code

    def is_within(self, other: "Category") -> bool:
        return self.path == other.path or self.path.startswith(f"{other.path}/")


@audited()
class TaxClass(models.Model):
    """A kind of goods for tax: standard, food, alcohol, exempt. Its rates are data."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name"))

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")

    def __str__(self) -> str:
        return pick(self.name) or self.code


class ServiceMode(models.TextChoices):
    """How the goods are supplied: in Japan food eaten in is taxed higher than food taken out."""

    TAKE_OUT = "TAKE_OUT", _("taken out")
    EAT_IN = "EAT_IN", _("eaten in")


class Temperature(models.TextChoices):
    """How goods are kept on their way. What is carried so is a parcel of its own."""

    AMBIENT = "AMBIENT", _("ambient")
    CHILLED = "CHILLED", _("chilled")
    FROZEN = "FROZEN", _("frozen")


@audited()
class TaxRate(models.Model):
    """The rate of a tax class by country, service mode and date of supply."""

    tax_class = models.ForeignKey(
        TaxClass, on_delete=models.CASCADE, related_name="rates", verbose_name=_("tax class")
    )
    country = models.CharField(_("country"), max_length=2, default="JP")
    service_mode = choices(ServiceMode, _("service mode"), default=ServiceMode.TAKE_OUT)
    rate = fields.rate(_("rate"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The first day on which it no longer applies.")
    )

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=1), name="tax_rate_is_a_ratio"),
            ExclusionConstraint(
                name="tax_rates_do_not_overlap",
                expressions=[
                    ("tax_class", RangeOperators.EQUAL),
                    ("country", RangeOperators.EQUAL),
                    ("service_mode", RangeOperators.EQUAL),
                    (Func(F("valid_from"), F("valid_until"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tax_class} {self.country} {self.rate:.2%}"


class ProductQuerySet(models.QuerySet["Product"]):
    def for_update_by_ids(self, product_ids: Iterable[int]) -> "list[Product]":
        """Lock products, in the order of their keys."""
        db.require_transaction()
        return list(self.filter(pk__in=list(product_ids)).order_by("pk").select_for_update(no_key=True))


@audited(exclude=["search_text", "search_bigrams"])
class Product(models.Model):
    code = models.SlugField(_("code"), max_length=64, unique=True)
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, related_name="products", verbose_name=_("brand")
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("category"),
    )
    name = translated(_("name"))
    kana = models.CharField(_("kana"), max_length=255, blank=True)
    description = translated(_("description"), blank=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    # Folded names, kana, brand, category and codes, and their bigrams: `services.index_products`.
    search_text = models.TextField(editable=False, default="")
    search_bigrams = ArrayField(models.CharField(max_length=2), editable=False, default=list)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [GinIndex(fields=["search_bigrams"], name="product_search_bigrams")]

    def __str__(self) -> str:
        return pick(self.name) or self.code


class VariantQuerySet(models.QuerySet["Variant"]):
    def for_update_by_ids(self, variant_ids: Iterable[int]) -> "list[Variant]":
        """Lock variants, in the order of their keys."""
        db.require_transaction()
        return list(self.filter(pk__in=list(variant_ids)).order_by("pk").select_for_update(no_key=True))


@audited()
class Variant(models.Model):
    """What is counted, priced and sold. Quantities are integers in its stock unit."""

    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="variants", verbose_name=_("product")
    )
    name = translated(_("name"), blank=True)
    options = models.JSONField(
        _("options"), default=dict, blank=True, help_text=_("For example size and colour.")
    )
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, verbose_name=_("tax class"))
    keeps_stock = models.BooleanField(_("keeps stock"), default=True)
    stock_unit = models.CharField(_("stock unit"), max_length=16, default="piece")
    temperature = choices(
        Temperature,
        _("temperature"),
        default=Temperature.AMBIENT,
        db_default=Temperature.AMBIENT,
    )
    parcel_size = models.PositiveSmallIntegerField(
        _("parcel size"),
        null=True,
        blank=True,
        help_text=_("Length, width and height of one unit as packed, added up, in centimetres."),
    )
    weight = models.PositiveIntegerField(
        _("weight"), null=True, blank=True, help_text=_("Of one unit as packed, in grams.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    objects = VariantQuerySet.as_manager()

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")

    def __str__(self) -> str:
        return f"{self.sku} {pick(self.name)}".strip()


@audited()
class VariantCode(models.Model):
    """One of a variant's codes; reading it stands for `quantity` stock units."""

    class Kind(models.TextChoices):
        JAN = "JAN", "JAN"
        GTIN = "GTIN", "GTIN"
        ITF14 = "ITF14", "ITF-14"
        IN_STORE = "IN_STORE", _("in-store")
        SUPPLIER = "SUPPLIER", _("supplier's")

    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="codes", verbose_name=_("variant")
    )
    kind = choices(Kind, _("kind"))
    value = models.CharField(_("value"), max_length=64)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)

    class Meta:
        verbose_name = _("variant code")
        verbose_name_plural = _("variant codes")
        constraints = [
            models.UniqueConstraint(fields=["value"], name="code_names_one_variant"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="code_quantity_positive"),
        ]

    def __str__(self) -> str:
        return self.value


@audited()
class Component(models.Model):
    """
    So many units of a variant in one unit of a bundle. A bundle holds no stock of its own, and a
    component is no bundle (a trigger refuses nesting). Orders keep what they were sold with.
    """

    bundle = models.ForeignKey(
        Variant,
        on_delete=models.PROTECT,
        related_name="components",
        verbose_name=_("bundle"),
        db_index=False,
    )
    component = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="bundles", verbose_name=_("component")
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        constraints = [
            models.UniqueConstraint(
                fields=["bundle", "component"], include=["quantity"], name="component_once_per_bundle"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="component_quantity_positive"),
            models.CheckConstraint(condition=~Q(bundle=F("component")), name="bundle_not_in_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.bundle_id}: {self.component_id} × {self.quantity}"
