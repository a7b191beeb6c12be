"""Products, their variants and their categories: building blocks of what staff do, one row or a file of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pghistory
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Length, Substr

from catalog.errors import CategoryLoop, CodeTaken, ProductNotFound
from catalog.models import Category, Listing, Product, Variant
from catalog.services.bundles import refuse_stockless_parts
from catalog.services.charging import listing_changed
from catalog.services.codes import checked_sku
from catalog.services.constraints import refusing
from catalog.services.indexing import index_products
from catalog.services.options import checked_options
from omni.core import db
from omni.core.actor import Actor
from omni.outbox.publish import publish_all

PRODUCT_FIELDS = frozenset({"name", "kana", "description", "brand_id", "category_id"})
VARIANT_FIELDS = frozenset(
    {
        "name",
        "options",
        "tax_class_id",
        "keeps_stock",
        "stock_unit",
        "temperature",
        "parcel_size",
        "weight",
        "position",
    }
)


def create_product(*, code: str, fields: Mapping[str, Any], actor: Actor, now: datetime) -> Product:
    """
    Create a product from `fields` (of `PRODUCT_FIELDS`); it is on sale once its variants are listed.

    Raises:
        CodeTaken: another product has the code.
    """
    _known(fields, PRODUCT_FIELDS)
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        with refusing("catalog_product_code_key", CodeTaken(value=code)):
            product = Product.objects.create(code=code, created_at=now, **fields)
        index_products(product_ids=[product.pk])
        return product


def update_product(*, product_id: int, fields: Mapping[str, Any], actor: Actor) -> Product:
    """
    Change a product's `fields` (of `PRODUCT_FIELDS`).

    Raises:
        ProductNotFound: there is none.
    """
    _known(fields, PRODUCT_FIELDS)
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        product = _locked(product_id)
        for name, value in fields.items():
            setattr(product, name, value)
        product.save(update_fields=list(fields))
        index_products(product_ids=[product_id])
        return product


def create_variant(*, product_id: int, sku: str, fields: Mapping[str, Any], actor: Actor) -> Variant:
    """
    Add a variant, from `fields` (of `VARIANT_FIELDS`), to a product.

    Raises:
        ProductNotFound, InvalidCode: the sku can't stand in a URL.
        InvalidOption
        CodeTaken: another variant has the sku.
    """
    fields = _of_variant(fields)
    sku = checked_sku(sku)
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        _locked(product_id)
        with refusing("catalog_variant_sku_key", CodeTaken(value=sku, sku=sku)):
            variant = Variant.objects.create(product_id=product_id, sku=sku, **fields)
        index_products(product_ids=[product_id])
        return variant


def update_variant(*, variant_id: int, fields: Mapping[str, Any], actor: Actor) -> Variant:
    """
    Change a variant's `fields` (of `VARIANT_FIELDS`); its sku never changes.

    Raises:
        ProductNotFound: there is no such variant.
        InvalidOption
        ComponentKeepsNoStock: it is a bundle, or in one.
    """
    fields = _of_variant(fields)
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        variant = next(iter(Variant.objects.for_update_by_ids([variant_id])), None)
        if variant is None:
            raise ProductNotFound(variant=variant_id)
        if fields.get("keeps_stock") is False:
            refuse_stockless_parts(variant)
        for name, value in fields.items():
            setattr(variant, name, value)
        variant.save(update_fields=list(fields))
        index_products(product_ids=[variant.product_id])
        return variant


def _of_variant(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    _known(fields, VARIANT_FIELDS)
    if "options" not in fields:
        return fields
    return {**fields, "options": checked_options(fields["options"])}


def _known(fields: Mapping[str, Any], names: frozenset[str]) -> None:
    if unknown := set(fields) - names:
        raise TypeError(f"not a field to set: {', '.join(sorted(unknown))}")


def _locked(product_id: int) -> Product:
    product = next(iter(Product.objects.for_update_by_ids([product_id])), None)
    if product is None:
        raise ProductNotFound(product=product_id)
    return product


def archive_product(*, product_id: int, actor: Actor, now: datetime) -> None:
    """Take a product off sale in every channel, keeping it for what refers to it; once is enough."""
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        product = _locked(product_id)
        if product.archived_at is None:
            product.archived_at = now
            product.save(update_fields=["archived_at"])
            _tell(Q(variant__product_id=product_id), actor=actor, now=now)


def archive_variant(*, variant_id: int, actor: Actor, now: datetime) -> None:
    """Take one variant off sale in every channel, keeping it for what refers to it."""
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        archived = Variant.objects.filter(pk=variant_id, archived_at=None).update(archived_at=now)
        if archived:
            _tell(Q(variant_id=variant_id), actor=actor, now=now)


def _tell(which: Q, *, actor: Actor, now: datetime) -> None:
    listed = Listing.objects.valid_at(now).filter(which)
    publish_all(listing_changed(listed.values_list("channel_id", "variant_id")), at=now, actor=actor)


def create_category(
    *, code: str, name: Mapping[str, str], parent_id: int | None = None, actor: Actor
) -> Category:
    """
    Add a category below its parent (at the root, without one).

    Raises:
        CodeTaken: another category has the code.
    """
    db.require_transaction()
    taken = refusing("catalog_category_code_key", CodeTaken(value=code))
    with pghistory.context(actor=str(actor)), taken:
        return Category.objects.create(
            code=code, name=dict(name), parent_id=parent_id, path=_path(code, parent_id)
        )


def _path(code: str, parent_id: int | None) -> str:
    if parent_id is None:
        return code
    return f"{Category.objects.values_list('path', flat=True).get(pk=parent_id)}/{code}"


def move_category(*, category_id: int, parent_id: int | None, actor: Actor) -> Category:
    """
    Hang a category, with all below it, under another parent.

    Raises:
        CategoryLoop: the new parent is the category, or stands below it.
    """
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        # The whole tree: two moves at once could close a loop that neither sees.
        tree = {category.pk: category for category in Category.objects.for_update_tree()}
        category = tree[category_id]
        if parent_id is not None and tree[parent_id].is_within(category):
            raise CategoryLoop(category=category.code, parent=tree[parent_id].code)
        old, new = category.path, _path(category.code, parent_id)
        Category.objects.filter(pk=category_id).update(parent_id=parent_id)
        below = Category.objects.within(old)
        below.update(path=Concat(Value(new), Substr(F("path"), Length(Value(old)) + 1)))
        index_products(
            product_ids=Product.objects.filter(category__in=Category.objects.within(new)).values_list(
                "pk", flat=True
            )
        )
        category.refresh_from_db()
        return category


def rename_category(*, category_id: int, name: Mapping[str, str], actor: Actor) -> None:
    """Change a category's name; the products in it are found by the new one."""
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        Category.objects.filter(pk=category_id).update(name=dict(name))
        index_products(
            product_ids=Product.objects.filter(category_id=category_id).values_list("pk", flat=True)
        )
