"""What a place should have: its rule, what it sells, what it is short of, and what is suggested."""

from collections.abc import Iterable

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Variant
from inventory.models.purchasing import PurchaseOrder, Supplier
from inventory.models.transfers import Transfer
from omni.core import db
from omni.core.audit import audited
from omni.core.fields import choices
from organisation.models import Location

FROM_ONE = Q(origin__isnull=False, supplier__isnull=True) | Q(origin__isnull=True, supplier__isnull=False)


@audited()
class ReplenishmentPolicy(models.Model):
    """
    How a location is kept in stock: of one variant, of a category and all below it, or of everything.

    The narrowest holds: a variant's own, else that of the nearest category upwards, else the one of
    everything. It comes from another location or from a supplier. `inventory.planning` is the formula.
    """

    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        related_name="replenishment_policies",
        verbose_name=_("location"),
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("variant")
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("With all below it. Without variant and category: everything."),
    )
    origin = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("comes from the location"),
    )
    supplier = models.ForeignKey(
        Supplier,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("comes from the supplier"),
    )
    lead_time_days = models.PositiveSmallIntegerField(
        _("lead time in days"),
        null=True,
        blank=True,
        help_text=_("Empty: the supplier's; of a transfer one day."),
    )
    cover_days = models.PositiveSmallIntegerField(
        _("days to cover"), help_text=_("For how long a delivery should last.")
    )
    safety = models.PositiveIntegerField(
        _("safety units"), default=0, help_text=_("Beside what is sold during the lead time.")
    )
    minimum = models.PositiveIntegerField(_("least quantity"), default=0)
    pack = models.PositiveIntegerField(
        _("pack size"), default=1, validators=[MinValueValidator(1)], help_text=_("Only whole packs.")
    )
    maximum = models.PositiveIntegerField(
        _("most units"), null=True, blank=True, help_text=_("No more than this, what is under way included.")
    )

    class Meta:
        verbose_name = _("replenishment rule")
        verbose_name_plural = _("replenishment rules")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "variant", "category"],
                name="one_policy_per_location_and_goods",
                nulls_distinct=False,
                violation_error_message=_("The location has a rule for these goods already."),
            ),
            models.CheckConstraint(
                condition=Q(variant=None) | Q(category=None),
                name="policy_of_a_variant_or_a_category",
                violation_error_message=_("A rule is of a variant or of a category, not of both."),
            ),
            models.CheckConstraint(
                condition=FROM_ONE,
                name="policy_names_one_source",
                violation_error_message=_("Goods come from a location or from a supplier: name one."),
            ),
            models.CheckConstraint(
                condition=Q(origin=None) | ~Q(origin=F("location")),
                name="policy_comes_from_elsewhere",
                violation_error_message=_("A location can't be its own source."),
            ),
            models.CheckConstraint(condition=Q(pack__gte=1), name="policy_pack_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.location}: {self.variant or self.category or _('everything')}"


class StockPlan(models.Model):
    """
    What a level sold in a window that ended with `until_date`, and what follows from its rule.

    `sold` is what was sold less what came back; `days_in_stock` are the days on which there was
    something to sell. Without a rule there is neither `reorder_point` nor `target`.
    """

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="+", verbose_name=_("location")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="+", verbose_name=_("variant")
    )
    sold = models.BigIntegerField(_("sold in the window"), default=0)
    days_in_stock = models.PositiveSmallIntegerField(_("days in stock"), default=0)
    window_days = models.PositiveSmallIntegerField(_("window in days"))
    until_date = models.DateField(_("until"))
    reorder_point = models.BigIntegerField(_("reorder point"), null=True, blank=True)
    target = models.BigIntegerField(_("target"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("rate of sale")
        verbose_name_plural = _("rates of sale")
        constraints = [
            models.UniqueConstraint(fields=["location", "variant"], name="one_plan_per_location_and_variant"),
            models.CheckConstraint(condition=Q(sold__gte=0), name="plan_sold_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.location_id}: {self.sold} / {self.days_in_stock}"


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def for_update_open(self, suggestion_ids: Iterable[int]) -> "list[Suggestion]":
        """Lock those of the suggestions that are open, in the order of their keys."""
        db.require_transaction()
        rows = self.filter(pk__in=list(suggestion_ids), status=Suggestion.Status.OPEN)
        return list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))


class Suggestion(models.Model):
    """Units that a location should get, from whom, and the figures that say so, as they were then."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        ACCEPTED = "ACCEPTED", _("accepted")
        DISMISSED = "DISMISSED", _("dismissed")
        STALE = "STALE", _("replaced by a newer one")

    status = choices(Status, _("status"), default=Status.OPEN)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="+", verbose_name=_("to"))
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="+", verbose_name=_("variant")
    )
    origin = models.ForeignKey(
        Location, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("from")
    )
    supplier = models.ForeignKey(
        Supplier,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("supplier"),
    )
    quantity = models.BigIntegerField(_("quantity"))
    wanted = models.BigIntegerField(_("wanted"), help_text=_("Before what the origin has was shared out."))
    rate = models.DecimalField(_("sold a day"), max_digits=14, decimal_places=4)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time in days"))
    cover_days = models.PositiveSmallIntegerField(_("days to cover"))
    on_hand = models.BigIntegerField(_("on hand"))
    available = models.BigIntegerField(_("available"))
    incoming = models.BigIntegerField(_("incoming"))
    asked_for = models.BigIntegerField(
        _("asked for already"), help_text=_("In drafts and in transfers that have not left.")
    )
    passed_on = models.BigIntegerField(_("wanted by others from here"))
    reorder_point = models.BigIntegerField(_("reorder point"))
    target = models.BigIntegerField(_("target"))
    made_at = models.DateTimeField(_("made at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    actor = models.CharField(_("actor"), max_length=64, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    transfer = models.ForeignKey(
        Transfer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("transfer"),
    )
    purchase_order = models.ForeignKey(
        PurchaseOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("purchase order"),
    )

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        permissions = [("replenish", "Can dismiss suggestions")]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "variant"], name="one_open_suggestion", condition=Q(status="OPEN")
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(wanted__gte=F("quantity")),
                name="suggests_part_of_what_is_wanted",
            ),
            models.CheckConstraint(condition=FROM_ONE, name="suggestion_names_one_source"),
            models.CheckConstraint(
                condition=(
                    Q(status="ACCEPTED")
                    & (
                        Q(origin__isnull=False, transfer__isnull=False, purchase_order=None)
                        | Q(supplier__isnull=False, purchase_order__isnull=False, transfer=None)
                    )
                )
                | (~Q(status="ACCEPTED") & Q(transfer=None, purchase_order=None)),
                name="accepted_into_a_document",
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", decided_at=None)
                | (~Q(status="OPEN") & Q(decided_at__isnull=False)),
                name="suggestion_decided_when_not_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} → {self.location_id}: {self.quantity}"


class LowStock(models.Model):
    """A fall of a level's available units to its reorder point or under it, until it has recovered."""

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="+", verbose_name=_("location")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="+", verbose_name=_("variant")
    )
    available = models.BigIntegerField(_("available"))
    reorder_point = models.BigIntegerField(_("reorder point"))
    fell_at = models.DateTimeField(_("fell at"))
    recovered_at = models.DateTimeField(_("recovered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("low stock")
        verbose_name_plural = _("low stock")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "variant"], name="one_fall_at_a_time", condition=Q(recovered_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.location_id}: {self.available} ≤ {self.reorder_point}"
