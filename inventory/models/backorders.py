"""What may be sold before it is there, and how many units buyers wait for."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory.models.purchasing import Supplier
from omni.core.audit import audited
from omni.core.fields import choices
from organisation.models import SalesChannel


@audited()
class BackorderPolicy(models.Model):
    """
    That a channel sells a variant which is not in stock.

    A PREORDER is for what is not out yet: before `release_at` nothing of it leaves, and from then on
    it is sold from stock alone. A BACKORDER takes over where stock ends. `most` bounds the units sold
    and not yet allocated; without it no more is sold than open documents bring. Where nothing is
    ordered, `supplier` gives the day by its lead time.
    """

    class Kind(models.TextChoices):
        PREORDER = "PREORDER", _("preorder")
        BACKORDER = "BACKORDER", _("backorder")

    variant = models.ForeignKey(
        Variant,
        on_delete=models.PROTECT,
        related_name="backorder_policies",
        verbose_name=_("variant"),
        db_index=False,
    )
    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.PROTECT,
        related_name="backorder_policies",
        verbose_name=_("sales channel"),
    )
    kind = choices(Kind, _("kind"), default=Kind.BACKORDER)
    most = models.PositiveIntegerField(
        _("most units outstanding"),
        null=True,
        blank=True,
        help_text=_("Empty: as many as purchase orders and transfers bring. A bundle needs a number."),
    )
    opens_at = models.DateTimeField(_("sold from"))
    closes_at = models.DateTimeField(_("sold until"), null=True, blank=True)
    release_at = models.DateTimeField(_("release"), null=True, blank=True)
    supplier = models.ForeignKey(
        Supplier,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("supplier"),
        help_text=_("Whose lead time gives the day where nothing is ordered yet. Empty: no day then."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("backorder policy")
        verbose_name_plural = _("backorder policies")
        constraints = [
            models.UniqueConstraint(fields=["variant", "channel"], name="backorder_policy_once_per_listing"),
            models.CheckConstraint(
                condition=Q(kind="PREORDER", release_at__isnull=False)
                | Q(kind="BACKORDER", release_at__isnull=True),
                name="preorders_alone_have_a_release",
                violation_error_message=_("A preorder has a release; a backorder has none."),
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="backorders_close_after_they_open",
                violation_error_message=_("The end has to be later than the beginning."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.channel_id}: {self.kind}"


class Backlog(models.Model):
    """
    What buyers of a channel wait for, of one variant: the sums of the order book's waiting parts.

    `ahead` are units sold by a policy; a trigger refuses to raise it above the policy's `most`.
    `owed` are units of stock, by whichever channel or kind they were sold (a bundle's are those of
    its components): buyers from stock may not take them when they arrive.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant"), db_index=False
    )
    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("sales channel"),
        db_index=False,
    )
    ahead = models.BigIntegerField(_("sold ahead"), default=0)
    owed = models.BigIntegerField(_("waited for"), default=0)

    class Meta:
        verbose_name = _("backlog")
        verbose_name_plural = _("backlogs")
        constraints = [
            models.UniqueConstraint(fields=["variant", "channel"], name="backlog_once_per_listing"),
            models.CheckConstraint(condition=Q(ahead__gte=0, owed__gte=0), name="backlog_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.channel_id}: {self.ahead}"
