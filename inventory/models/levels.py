"""The one stock: a row for each variant and location, and how rows are locked."""

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from omni.core import db
from organisation.models import Location


class StockLevelQuerySet(models.QuerySet["StockLevel"]):
    def with_available(self) -> "StockLevelQuerySet":
        return self.annotate(
            available=F("on_hand") - F("reserved") - F("damaged") - F("quality_control") - F("safety_stock")
        )

    def select_related_names(self) -> "StockLevelQuerySet":
        return self.select_related("variant", "location")

    def of_pairs(self, pairs: Iterable[tuple[int, int]]) -> "StockLevelQuerySet":
        """The levels of (variant, location) pairs."""
        wanted = Q(pk__in=[])
        for variant_id, location_id in pairs:
            wanted |= Q(variant_id=variant_id, location_id=location_id)
        return self.filter(wanted)

    def for_update_by_pairs(self, pairs: Iterable[tuple[int, int]]) -> "list[StockLevel]":
        """Lock the levels of (variant, location) pairs in the order of their keys."""
        db.require_transaction()
        return self.of_pairs(pairs)._locked()

    def for_update_by_ids(self, level_ids: Iterable[int]) -> "list[StockLevel]":
        """Lock levels in the order of their keys."""
        db.require_transaction()
        return self.filter(pk__in=list(level_ids))._locked()

    def for_update_of_variant(self, variant_id: int) -> "list[StockLevel]":
        """Lock all levels of a variant in the order of their keys."""
        db.require_transaction()
        return self.filter(variant=variant_id)._locked()

    def _locked(self) -> "list[StockLevel]":
        return list(self.order_by("pk").select_for_update(no_key=True, of=("self",)))


class StockLevel(models.Model):
    """
    One row a variant and location, never split. A sale changes `on_hand` or `reserved` alone,
    and no index names either, so its update stays on the page (HOT).

    A trigger refuses an increase of `reserved` that leaves `available` negative. Where it is
    `tracked`, lots beneath it add up to it (`LotStock`); a trigger sets that on new levels.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="levels", verbose_name=_("variant"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="levels", verbose_name=_("location")
    )
    on_hand = models.BigIntegerField(_("on hand"), default=0)
    reserved = models.BigIntegerField(_("reserved"), default=0)
    safety_stock = models.BigIntegerField(_("safety stock"), default=0)
    incoming = models.BigIntegerField(_("incoming"), default=0)
    damaged = models.BigIntegerField(_("damaged"), default=0)
    quality_control = models.BigIntegerField(_("in quality control"), default=0)
    # What of it the books may say in error: kept from the channel sources that say so, set each night.
    learned_buffer = models.PositiveIntegerField(_("learned buffer"), default=0, db_default=0, editable=False)
    tracked = models.BooleanField(_("by lots"), default=False, db_default=False, editable=False)

    objects = StockLevelQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "location"], name="one_level_per_variant_and_location"
            ),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_negative"),
            models.CheckConstraint(condition=Q(safety_stock__gte=0), name="safety_stock_not_negative"),
            models.CheckConstraint(condition=Q(incoming__gte=0), name="incoming_not_negative"),
            models.CheckConstraint(condition=Q(damaged__gte=0), name="damaged_not_negative"),
            models.CheckConstraint(condition=Q(quality_control__gte=0), name="quality_control_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.location_id}"

    @property
    def free(self) -> int:
        """What is there and promised to nobody, safety stock included."""
        return self.on_hand - self.reserved - self.damaged - self.quality_control
