"""Months of the stock ledger that stand in files."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LedgerArchive(models.Model):
    """
    A month that has left the stock ledger for a file. Carried rows stand in its place.

    No entry with an id up to `last_entry_id` is surely in the ledger any more, nor all of those of
    documents up to `last_document_id`.
    """

    month = models.DateField(_("month"), unique=True)
    rows = models.BigIntegerField(_("rows"))
    last_entry_id = models.BigIntegerField(_("last entry"))
    last_document_id = models.BigIntegerField(_("last document"))
    file_name = models.CharField(_("file"), max_length=100)
    sha256 = models.CharField(_("checksum"), max_length=64)
    archived_at = models.DateTimeField(_("archived at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("archived month of the ledger")
        verbose_name_plural = _("archived months of the ledger")
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="archive_of_a_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


# For checks that look from other rows to the ledger's: what they can't find there any more.
LAST_ARCHIVED_ENTRY = "(SELECT coalesce(max(last_entry_id), 0) FROM inventory_ledgerarchive)"
LAST_ARCHIVED_DOCUMENT = "(SELECT coalesce(max(last_document_id), 0) FROM inventory_ledgerarchive)"
