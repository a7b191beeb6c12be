from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from omni.core import db
from omni.core.fields import choices
from orders.models import Order
from organisation.models import Location
from tills.models.devices import Till


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    def for_update_by_id(self, entry_id: int) -> "JournalEntry":
        db.require_transaction()
        return self.select_for_update(no_key=True, of=("self",)).select_related("till").get(pk=entry_id)


class JournalEntry(models.Model):
    """
    What a till did while it was off line: one link of the chain that it wrote.

    `hash` is over the entry and `previous_hash`, so nothing before it can be changed unseen. `payload` goes
    once it is booked: it may name a member. `number` is the order or return that it is now.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", _("to be booked")
        BOOKED = "BOOKED", _("booked")
        FAILED = "FAILED", _("can't be booked")
        DROPPED = "DROPPED", _("dropped")

    till = models.ForeignKey(
        Till, on_delete=models.PROTECT, related_name="entries", verbose_name=_("till"), db_index=False
    )
    sequence = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16)
    previous_hash = models.CharField(_("hash of the entry before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)
    payload = models.JSONField(_("payload"), default=dict, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    received_at = models.DateTimeField(_("received at"))
    status = choices(Status, _("status"), default=Status.PENDING)
    number = models.CharField(_("booked as"), max_length=64, blank=True)
    error = models.JSONField(_("error"), default=dict, blank=True)
    drop_reason = models.CharField(_("why it was dropped"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    objects = JournalEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a till's journal")
        verbose_name_plural = _("entries of tills' journals")
        constraints = [
            models.UniqueConstraint(fields=["till", "sequence"], name="journal_entry_lands_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="journal_begins_at_one"),
            models.CheckConstraint(
                condition=~Q(status="DROPPED") | ~Q(drop_reason=""), name="journal_dropped_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["till", "sequence"],
                name="journal_unsettled",
                condition=Q(status__in=["PENDING", "FAILED"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.till} #{self.sequence}"


class TillTask(models.Model):
    """
    Something for a person to look at: it was booked as what happened, or could not be.

    One of a kind for each source, however often it is met.
    """

    class Kind(models.TextChoices):
        GAP = "GAP", _("entries are missing")
        CHANGED = "CHANGED", _("an entry was changed")
        FAILED = "FAILED", _("an entry can't be booked")
        POINTS = "POINTS", _("more points spent than there were")
        MEMBER = "MEMBER", _("member unknown")
        PRICE = "PRICE", _("price or promotion had ended")
        OVER_SHORT = "OVER_SHORT", _("over or short")

    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("till"))
    kind = choices(Kind, _("kind"))
    source = models.CharField(_("source"), max_length=96)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("order")
    )
    details = models.JSONField(_("details"), default=dict, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    resolved_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    resolution = models.CharField(_("how it was settled"), max_length=200, blank=True)
    actor = models.CharField(_("settled by"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("till task")
        verbose_name_plural = _("till tasks")
        constraints = [
            models.UniqueConstraint(fields=["till", "kind", "source"], name="till_task_opened_once"),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | ~Q(resolution=""), name="till_task_settled_by_words"
            ),
        ]
        indexes = [
            models.Index(fields=["location"], name="till_task_open", condition=Q(resolved_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source}"
