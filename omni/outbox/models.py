"""
The outbox: what happened, to be handed to every consumer at least once, in any order.

An event is finished when each consumer of its type, of whichever code runs, has a receipt, or has
given it up as a dead letter. A lease is a promise to try: when it runs out, the event is handed over again.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from omni.core.ids import uuid7


class Event(models.Model):
    """
    `sequence` grows within an aggregate, whose row its publisher has locked. `occurred_at` is
    the business's time, `recorded_at` the database's. The payload holds ids, no personal data.
    """

    sequence = models.BigAutoField(_("sequence"), primary_key=True)
    id = models.UUIDField(_("id"), default=uuid7, editable=False)
    type = models.CharField(_("type"), max_length=64)
    aggregate = models.CharField(_("aggregate"), max_length=96)
    payload = models.JSONField(_("payload"))
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    actor = models.CharField(_("actor"), max_length=64)
    correlation = models.CharField(_("correlation"), max_length=64, blank=True)
    leased_until = models.DateTimeField(_("leased until"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["sequence"], name="event_unfinished", condition=models.Q(finished_at=None)),
            models.Index(
                fields=["finished_at"],
                name="event_finished_at",
                condition=models.Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.aggregate} #{self.sequence}"


class Receipt(models.Model):
    """A consumer has taken the event's effect, in the transaction that wrote this row."""

    pk = models.CompositePrimaryKey("event_id", "consumer")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    consumer = models.CharField(_("consumer"), max_length=64)
    received_at = models.DateTimeField(_("received at"), db_default=Now())

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return f"{self.consumer} #{self.event_id}"


class Subscription(models.Model):
    """
    A consumer takes events of a type: written down by each code that runs, so that an older or newer one
    beside it neither finishes an event before that consumer has it, nor keeps it from it.
    """

    pk = models.CompositePrimaryKey("type", "consumer")
    type = models.CharField(_("type"), max_length=64)
    consumer = models.CharField(_("consumer"), max_length=64)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return f"{self.consumer}: {self.type}"


class Failure(models.Model):
    """A consumer failed on the event `tries` times; dead once it has given up."""

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="failures", verbose_name=_("event")
    )
    consumer = models.CharField(_("consumer"), max_length=64)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    error = models.TextField(_("error"))
    failed_at = models.DateTimeField(_("failed at"))
    next_try_at = models.DateTimeField(_("next try at"))
    dead_at = models.DateTimeField(_("dead at"), null=True, blank=True)

    class Meta:
        verbose_name = _("failed delivery")
        verbose_name_plural = _("failed deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "consumer"], name="failure_once_per_consumer")
        ]

    def __str__(self) -> str:
        return f"{self.consumer} #{self.event_id}: {self.tries}"
