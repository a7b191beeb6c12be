"""What a buyer was promised who bought ahead of stock, and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import BackorderPolicy
from omni.core.fields import choices
from orders.models.orders import OrderLine


class LinePromise(models.Model):
    """
    An order's line, or a part of it, that was sold ahead: it waits by intent, and is no discrepancy.

    `promised_date` is the day from which what still waits is expected to leave; null where nobody can
    say. `first_date` is what the buyer was told when ordering. What was promised holds whatever
    becomes of the policy.
    """

    class Basis(models.TextChoices):
        SUPPLY = "SUPPLY", _("stock and what is under way")
        LEAD_TIME = "LEAD_TIME", _("the supplier's lead time")
        RELEASE = "RELEASE", _("the release")
        NOTHING = "NOTHING", _("nothing")

    line = models.OneToOneField(
        OrderLine,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="promise",
        verbose_name=_("order line"),
    )
    kind = choices(BackorderPolicy.Kind, _("kind"))
    release_at = models.DateTimeField(_("release"), null=True, blank=True)
    promised_date = models.DateField(_("promised for"), null=True, blank=True)
    first_date = models.DateField(_("first promised for"), null=True, blank=True)
    basis = choices(Basis, _("rests on"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="PREORDER", release_at__isnull=False)
                | Q(kind="BACKORDER", release_at__isnull=True),
                name="promised_preorders_have_a_release",
            )
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.promised_date or '–'}"


class PromiseChange(models.Model):
    """That a promised day slipped, improved, or could no longer be said. Rows are only added."""

    promise = models.ForeignKey(
        LinePromise, on_delete=models.PROTECT, related_name="changes", verbose_name=_("promise")
    )
    changed_at = models.DateTimeField(_("changed at"))
    before = models.DateField(_("before"), null=True, blank=True)
    after = models.DateField(_("after"), null=True, blank=True)
    basis = choices(LinePromise.Basis, _("rests on"))

    class Meta:
        verbose_name = _("change of a promise")
        verbose_name_plural = _("changes of promises")

    def __str__(self) -> str:
        return f"{self.promise_id}: {self.before or '–'} → {self.after or '–'}"
