"""Products, variants, codes and prices as files. The services check and write each row."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from catalog import services
from catalog.models import Brand, Category, Listing, Price, Product, TaxClass, Variant, VariantCode
from catalog.selectors import normalise_code
from omni.core.admin.sheets import Column, Reference, SheetResource, cells, in_languages
from organisation.models import Location, SalesChannel


class ProductSheet(SheetResource):
    model = Product
    keys = ("code",)

    code = Column("code", cells.code)
    locals().update(in_languages("name"))
    kana = Column("kana")
    brand = Reference(Brand, "brand")
    category = Reference(Category, "category")
    locals().update(in_languages("description"))

    def write(self, instance: Any, *, is_create: bool) -> None:
        fields = self.changes(instance)
        if is_create:
            services.create_product(code=instance.code, fields=fields, actor=self.actor, now=self.now)
        else:
            services.update_product(product_id=instance.pk, fields=fields, actor=self.actor)


def read_options(given: str) -> dict[str, str]:
    """`colour=NV; size=M`; the service says what is wrong with one."""
    pairs = [pair.partition("=") for pair in given.split(";") if pair.strip()]
    return {name.strip(): value.strip() for name, _sign, value in pairs}


class Options(Column):
    def get_value(self, instance: Any) -> str:
        return "; ".join(f"{name}={value}" for name, value in (instance.options or {}).items())


def whole_or_none(given: str) -> int | None:
    return cells.whole(given) if given else None


class VariantSheet(SheetResource):
    """A variant stays with its product: the column says where a new one goes."""

    model = Variant
    keys = ("sku",)

    sku = Column("sku", normalise_code)
    product = Reference(Product, "product")
    locals().update(in_languages("name"))
    options = Options("options", read_options)
    tax_class = Reference(TaxClass, "tax_class")
    keeps_stock = Column("keeps_stock", cells.flag)
    stock_unit = Column("stock_unit")
    temperature = Column("temperature", cells.code)
    parcel_size = Column("parcel_size", whole_or_none)
    weight = Column("weight", whole_or_none)
    position = Column("position", cells.whole)

    def write(self, instance: Any, *, is_create: bool) -> None:
        fields = self.changes(instance)
        product_id = fields.pop("product_id", None)
        if is_create:
            services.create_variant(product_id=product_id, sku=instance.sku, fields=fields, actor=self.actor)
        else:
            services.update_variant(variant_id=instance.pk, fields=fields, actor=self.actor)

    def rules(self, instance: Any) -> dict[str, str]:
        if instance.pk is None or "product" not in self.present:
            return {}
        kept = Variant.objects.filter(pk=instance.pk, product=instance.product_id).exists()
        return {} if kept else {"product": _("A variant stays with its product.")}


class CodeSheet(SheetResource):
    """The service's rules for codes name the field `value`, and so does the column."""

    model = VariantCode
    keys = ("value",)

    sku = Reference(Variant, "variant", by="sku")
    kind = Column("kind", cells.code)
    value = Column("value", normalise_code)
    quantity = Column("quantity", cells.whole)

    def write(self, instance: Any, *, is_create: bool) -> None:
        services.add_code(
            variant_id=instance.variant_id,
            kind=instance.kind,
            value=instance.value,
            quantity=instance.quantity,
            actor=self.actor,
        )


class PriceSheet(SheetResource):
    """
    A row sets a price from `valid_from` on (left empty: from now on), as the page of a variant does.

    One that says what stands already at that moment changes nothing, so the file that went out
    comes in without effect.
    """

    model = Listing
    keys = ("sku", "channel", "valid_from")

    sku = Reference(Variant, "variant", by="sku")
    channel = Reference(SalesChannel, "channel")
    price = Column("price", cells.amount)
    tax_inclusive = Column("tax_inclusive", cells.flag)
    valid_from = Column("valid_from", cells.moment)
    valid_until = Column("valid_until", cells.moment)

    def find(self, row: Mapping[str, Any]) -> Any:
        try:
            at = cells.moment(self.fields["valid_from"].given(row)) or self.now
        except ValueError:
            return None
        sku, channel = self.key(row, "sku"), self.key(row, "channel")
        return Listing.objects.valid_at(at).filter(variant__sku=sku, channel__code=channel).first()

    def import_instance(self, instance: Any, row: Mapping[str, Any], **options: Any) -> None:
        try:
            super().import_instance(instance, row, **options)
        finally:
            instance.valid_from = instance.valid_from or self.now

    def skip_row(self, instance: Any, original: Any, row: Mapping[str, Any], errors: Any = None) -> bool:
        """The price that stands already, with the end that stands already, is no change."""
        same = ("price", "tax_inclusive", "valid_until")
        return not errors and all(getattr(instance, name) == getattr(original, name) for name in same)

    def write(self, instance: Any, *, is_create: bool) -> None:
        listing = services.NewListing(
            variant_id=instance.variant_id,
            channel_id=instance.channel_id,
            price=instance.price,
            valid_from=instance.valid_from,
            valid_until=instance.valid_until,
            tax_inclusive=instance.tax_inclusive,
        )
        services.set_price(listing=listing, actor=self.actor, now=self.now)


class BookSheet(SheetResource):
    """
    A row enters a price: of a shop or a channel where it names one, else of every channel of the currency.

    One that says what stands already at that moment changes nothing, so the file that went out comes
    in without effect.
    """

    model = Price
    keys = ("sku", "currency", "channel", "location", "kind", "valid_from")

    sku = Reference(Variant, "variant", by="sku")
    currency = Column("currency", cells.code)
    channel = Reference(SalesChannel, "channel")
    location = Reference(Location, "location")
    kind = Column("kind", cells.code)
    price = Column("amount", cells.amount)
    tax_inclusive = Column("tax_inclusive", cells.flag)
    valid_from = Column("valid_from", cells.moment)
    valid_until = Column("valid_until", cells.moment)

    def find(self, row: Mapping[str, Any]) -> Any:
        try:
            at = cells.moment(self.fields["valid_from"].given(row)) or self.now
        except ValueError:
            return None
        named = {name: self.key(row, name) for name in ("sku", "currency", "channel", "location", "kind")}
        return (
            Price.objects.valid_at(at)
            .filter(variant__sku=named["sku"], currency=named["currency"], kind=named["kind"])
            .filter(channel__code=named["channel"] or None, location__code=named["location"] or None)
            .first()
        )

    def import_instance(self, instance: Any, row: Mapping[str, Any], **options: Any) -> None:
        try:
            super().import_instance(instance, row, **options)
        finally:
            instance.valid_from = instance.valid_from or self.now

    def skip_row(self, instance: Any, original: Any, row: Mapping[str, Any], errors: Any = None) -> bool:
        """The price that stands already, with the end that stands already, is no change."""
        same = ("amount", "tax_inclusive", "valid_until")
        return not errors and all(getattr(instance, name) == getattr(original, name) for name in same)

    def rules(self, instance: Any) -> dict[str, str]:
        if instance.channel and instance.location:
            return {"location": _("Either a channel or a shop, not both.")}
        place = instance.channel or instance.location
        if place and instance.currency != place.currency:
            return {"currency": _("Prices there are in %(code)s.") % {"code": place.currency}}
        return {}

    def write(self, instance: Any, *, is_create: bool) -> None:
        price = services.NewPrice(
            instance.variant_id,
            services.Scope(instance.currency, instance.channel_id, instance.location_id),
            instance.amount,
            instance.valid_from,
            instance.valid_until,
            instance.kind,
            instance.tax_inclusive,
        )
        services.set_prices(prices=[price], actor=self.actor, now=self.now)
