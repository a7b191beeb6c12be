"""What the outside sent and could not be taken in at once: kept until it can, or a person gives it up."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from connectors.models.outbound import Connection
from omni.core import db
from omni.core.fields import Int8Multirange


class InboundFailureQuerySet(models.QuerySet["InboundFailure"]):
    def open(self) -> "InboundFailureQuerySet":
        return self.filter(resolved_at=None)

    def dropped(self) -> "InboundFailureQuerySet":
        return self.exclude(drop_reason="")

    def for_update_by_id(self, failure_id: int) -> "InboundFailure":
        """Lock a failure, with its connection."""
        db.require_transaction()
        return (
            self.select_related("connection").select_for_update(no_key=True, of=("self",)).get(pk=failure_id)
        )


class InboundFailure(models.Model):
    """
    An order from outside that could not be taken in: kept until it can, or a person drops it.

    `drop_reason` says why `actor` dropped it; one that was dropped is never taken in.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="inbound_failures", verbose_name=_("connection")
    )
    external_number = models.CharField(_("the channel's own number"), max_length=64)
    body = models.JSONField(_("body"))
    error = models.TextField(_("error"))
    tries = models.PositiveIntegerField(_("tries"), default=1)
    failed_at = models.DateTimeField(_("failed at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    drop_reason = models.CharField(_("why it was dropped"), max_length=200, blank=True, db_default="")
    actor = models.CharField(_("dropped by"), max_length=64, blank=True, db_default="")

    objects = InboundFailureQuerySet.as_manager()

    class Meta:
        verbose_name = _("failed inbound order")
        verbose_name_plural = _("failed inbound orders")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "external_number"], name="one_inbound_failure_per_order"
            ),
            models.CheckConstraint(
                condition=Q(drop_reason="", actor="")
                | (~Q(drop_reason="") & ~Q(actor="") & Q(resolved_at__isnull=False)),
                name="dropped_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.external_number


class RefusedFile(models.Model):
    """
    A file from outside that can't be taken, all or in part: why, line by line, until somebody saw to it.

    What stands in the lines is in the report beside the file, not here.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="refused_files", verbose_name=_("connection")
    )
    name = models.CharField(_("file"), max_length=200)
    whole = models.BooleanField(_("refused as a whole"))
    count = models.PositiveIntegerField(_("lines refused"))
    lines = models.JSONField(_("why"), default=list)
    refused_at = models.DateTimeField(_("refused at"))
    settled_at = models.DateTimeField(_("seen to at"), null=True, blank=True)
    settled_by = models.CharField(_("seen to by"), max_length=64, blank=True, db_default="")

    class Meta:
        verbose_name = _("refused file")
        verbose_name_plural = _("refused files")
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="one_refusal_per_file")]
        indexes = [
            models.Index(
                fields=["connection"], name="refused_file_open", condition=Q(settled_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.name


class TillEntryQuerySet(models.QuerySet["TillEntry"]):
    def unsettled(self) -> "TillEntryQuerySet":
        return self.exclude(status__in=(TillEntry.Status.BOOKED, TillEntry.Status.DROPPED))

    def for_update_by_id(self, entry_id: int) -> "TillEntry":
        db.require_transaction()
        return self.select_for_update(no_key=True).get(pk=entry_id)

    def due(self, now: datetime) -> "TillEntryQuerySet":
        return self.unsettled().filter(Q(next_try_at=None) | Q(next_try_at__lte=now))

    def lease_due(self, *, now: datetime, until: datetime, most: int) -> list[int]:
        """Take the entries that are longest due, for nobody else to try until then; their keys."""
        db.require_transaction()
        due = self.due(now).order_by(F("next_try_at").asc(nulls_first=True), "pk")
        ids = list(due.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)[:most])
        self.filter(pk__in=ids).update(next_try_at=until)
        return ids


class TillEntry(models.Model):
    """
    What a till of another maker's did, under its device's own number: booked once, kept until it is.

    `receipt_number` is of the sale that it makes, gives back or voids. What waits names a sale that
    has not come yet. The body goes once it is booked or dropped: it may name a member.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("sale")
        RETURN = "return", _("return")
        VOID = "void", _("void")

    class Status(models.TextChoices):
        PENDING = "PENDING", _("to be booked")
        WAITING = "WAITING", _("waiting for its sale")
        FAILED = "FAILED", _("can't be booked")
        BOOKED = "BOOKED", _("booked")
        DROPPED = "DROPPED", _("dropped")

    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        related_name="till_entries",
        verbose_name=_("connection"),
        db_index=False,
    )
    device = models.CharField(_("device"), max_length=64)
    sequence = models.BigIntegerField(_("the device's number"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, blank=True)
    receipt_number = models.CharField(_("receipt"), max_length=64, blank=True)
    body = models.JSONField(_("body"), default=dict)
    digest = models.CharField(_("digest"), max_length=32)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PENDING)
    number = models.CharField(_("booked as"), max_length=64, blank=True)
    error = models.JSONField(_("error"), default=dict, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    drop_reason = models.CharField(_("why it was dropped"), max_length=200, blank=True)
    actor = models.CharField(_("dropped by"), max_length=64, blank=True)

    objects = TillEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("till entry")
        verbose_name_plural = _("till entries")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "device", "sequence"], name="one_till_entry_per_number"
            ),
            models.CheckConstraint(
                condition=~Q(status="DROPPED") | (~Q(drop_reason="") & ~Q(actor="")),
                name="till_entry_dropped_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "status"],
                name="till_entry_unsettled",
                condition=~Q(status__in=["BOOKED", "DROPPED"]),
            ),
            models.Index(
                fields=["next_try_at"],
                name="till_entry_due",
                condition=~Q(status__in=["BOOKED", "DROPPED"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.sequence}"


class TillDevice(models.Model):
    """
    A device of another maker's till: its highest number so far, and the numbers below it that never came.

    Kept with every batch, so that asking for gaps reads no history. Written by `services.numbering` alone.
    """

    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        related_name="till_devices",
        verbose_name=_("connection"),
        db_index=False,
    )
    device = models.CharField(_("device"), max_length=64)
    last_sequence = models.BigIntegerField(_("its highest number"))
    missing = Int8Multirange(_("numbers that never came"))

    class Meta:
        verbose_name = _("till device")
        verbose_name_plural = _("till devices")
        constraints = [
            models.UniqueConstraint(fields=["connection", "device"], name="one_row_per_till_device")
        ]

    def __str__(self) -> str:
        return self.device
