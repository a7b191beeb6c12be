"""What a bundle is made of: a building block of what staff do."""

from collections.abc import Mapping
from datetime import datetime

import pghistory
from django.db.models import Q

from catalog.errors import BundleHoldsStock, BundleNested, ComponentKeepsNoStock, ProductNotFound
from catalog.models import Component, Listing, Variant
from catalog.services.charging import listing_changed
from catalog.services.constraints import refusing
from omni.core import db
from omni.core.actor import Actor
from omni.outbox.publish import publish_all


def set_components(*, bundle_id: int, components: Mapping[int, int], actor: Actor, now: datetime) -> None:
    """
    Make a variant a bundle of so many units (above zero) of each component; of none, it is no longer one.

    Orders that were placed keep what they were sold with. The variants are locked, so that no two
    changes at once nest bundles, and nothing is stocked under a bundle meanwhile.

    Raises:
        ProductNotFound: there is no such variant.
        BundleNested: a component is a bundle itself, or the bundle is a component.
        ComponentKeepsNoStock
        BundleHoldsStock: the variant has stock of its own.
    """
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        variants = {row.pk: row for row in Variant.objects.for_update_by_ids([bundle_id, *components])}
        if missing := {bundle_id, *components} - variants.keys():
            raise ProductNotFound(variant=min(missing))
        if components:
            _refuse_unfit(variants[bundle_id], [variants[pk] for pk in components])
        with refusing("bundles_hold_no_stock", BundleHoldsStock(sku=variants[bundle_id].sku)):
            _write(bundle_id, components)
        listed = Listing.objects.valid_at(now).filter(variant=bundle_id)
        publish_all(listing_changed(listed.values_list("channel_id", "variant_id")), at=now, actor=actor)


def _refuse_unfit(bundle: Variant, components: list[Variant]) -> None:
    if stockless := sorted(row.sku for row in [bundle, *components] if not row.keeps_stock):
        raise ComponentKeepsNoStock(skus=stockless)
    nested = Q(pk__in=[row.pk for row in components], components__isnull=False)
    inside = Q(pk=bundle.pk, bundles__isnull=False)
    if skus := sorted(set(Variant.objects.filter(nested | inside).values_list("sku", flat=True))):
        raise BundleNested(skus=skus)


def _write(bundle_id: int, components: Mapping[int, int]) -> None:
    """Row by row where something differs: the history keeps what was."""
    rows = {row.component_id: row for row in Component.objects.filter(bundle=bundle_id)}
    for component_id in sorted(rows.keys() - components.keys()):
        rows[component_id].delete()
    for component_id, quantity in sorted(components.items()):
        row = rows.get(component_id)
        if row is None:
            Component.objects.create(bundle_id=bundle_id, component_id=component_id, quantity=quantity)
        elif row.quantity != quantity:
            row.quantity = quantity
            row.save(update_fields=["quantity"])


def refuse_stockless_parts(variant: Variant) -> None:
    """
    See that a variant of which no stock is to be kept is neither a bundle nor in one.

    Raises:
        ComponentKeepsNoStock
    """
    if Component.objects.filter(Q(bundle=variant) | Q(component=variant)).exists():
        raise ComponentKeepsNoStock(skus=[variant.sku])
