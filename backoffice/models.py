"""What brings history in: how far it has come, and what it refused. Who looked up where a lot went."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class HistoryImport(models.Model):
    """
    A period of one source's history. Periods never overlap, so nothing comes in twice.

    Every batch is one transaction that also moves `opened` (shops whose opening stock is booked)
    or `position` (rows of the source taken): killed anywhere, it goes on where it stopped.
    """

    source = models.CharField(_("source"), max_length=64)
    from_date = models.DateField(pgettext_lazy("period", "from"))
    until_date = models.DateField(
        pgettext_lazy("period", "until"), help_text=_("The first day that is no longer part of it.")
    )
    opened = models.PositiveIntegerField(_("shops opened"), default=0)
    opened_at = models.DateTimeField(_("opened at"), null=True)
    position = models.PositiveBigIntegerField(_("next row"))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("history import")
        verbose_name_plural = _("history imports")
        constraints = [
            models.CheckConstraint(condition=Q(from_date__lt=F("until_date")), name="import_has_days"),
            ExclusionConstraint(
                name="imports_do_not_overlap",
                expressions=[
                    ("source", RangeOperators.EQUAL),
                    (Func(F("from_date"), F("until_date"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.from_date} – {self.until_date}"


class RefusedRow(models.Model):
    """A row of a source that could not be booked: which, and why. Nothing is lost silently."""

    history = models.ForeignKey(
        HistoryImport, on_delete=models.CASCADE, related_name="refused_rows", verbose_name=_("history import")
    )
    row = models.PositiveBigIntegerField(_("row"))
    key = models.CharField(_("key"), max_length=96)
    reason = models.CharField(_("reason"), max_length=96)

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        constraints = [models.UniqueConstraint(fields=["history", "row"], name="row_refused_once")]

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}"


class RecallLookup(models.Model):
    """Who traced a lot to its buyers, when, and whether people were named. Never changed (trigger)."""

    number = models.CharField(_("lot or serial number"), max_length=64)
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    personal = models.BooleanField(_("with customers"))
    actor = models.CharField(_("actor"), max_length=64)
    looked_at = models.DateTimeField(_("looked up at"))

    class Meta:
        verbose_name = _("recall look-up")
        verbose_name_plural = _("recall look-ups")

    def __str__(self) -> str:
        return f"{self.number} {self.sku}".strip()
