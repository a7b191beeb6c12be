"""How a channel's orders choose the locations that send them, and what was decided."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.audit import audited
from omni.core.fields import choices
from orders.models.orders import Order
from orders.routing.problem import Weights
from organisation.models import SalesChannel

MOST_POINTS = 1_000_000


def weight(label: Any, text: Any, default: int) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        label, default=default, help_text=text, validators=[MaxValueValidator(MOST_POINTS)]
    )


@audited()
class RoutingRules(models.Model):
    """
    What counts, in points, when a channel's orders are given to locations: the way with the fewest is taken.

    A channel without rules, or with rules that are off, asks its sources by priority.
    """

    channel = models.OneToOneField(
        SalesChannel, on_delete=models.CASCADE, related_name="routing_rules", verbose_name=_("sales channel")
    )
    active = models.BooleanField(_("active"), default=True)
    distance = weight(_("distance"), _("Points for a kilometre to the buyer."), 1)
    split = weight(_("further parcel"), _("Points for each parcel after the first."), 300)
    workload = weight(_("workload"), _("Points for a location whose day is full."), 100)
    health = weight(
        _("stock health"), _("Points for taking all that a shelf has; for a half of it, half."), 50
    )
    cutoff = weight(_("waiting time"), _("Points for an hour until the goods leave."), 5)
    priority = weight(_("place in the list"), _("Points for a step down the channel's sources."), 1)
    max_parcels = models.PositiveIntegerField(
        _("most parcels"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("An order that can't be sent in so few takes as few as it can."),
    )

    class Meta:
        verbose_name = _("routing rules")
        verbose_name_plural = _("routing rules")

    def __str__(self) -> str:
        return str(self.channel)

    @property
    def weights(self) -> Weights:
        return Weights(
            distance=self.distance,
            split=self.split,
            workload=self.workload,
            health=self.health,
            cutoff=self.cutoff,
            priority=self.priority,
            max_parcels=self.max_parcels,
        )


class RoutingDecision(models.Model):
    """
    That rules chose who sends an order, or a part of it, and of what: `trace` is the whole question and
    its answer, as `orders.routing.tracing` reads it. Kept for so long as settings say.

    `cost` is in thousandths of a point; `metres` sums the ways of all parcels.
    """

    class Cause(models.TextChoices):
        PLACED = "PLACED", _("ordered")
        WAITING = "WAITING", _("rejected, or stock arrived")

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="routing_decisions", verbose_name=_("order")
    )
    cause = choices(Cause, _("cause"))
    decided_at = models.DateTimeField(_("decided at"), db_index=True)
    parcels = models.PositiveIntegerField(_("parcels"))
    cost = models.BigIntegerField(_("cost"))
    metres = models.BigIntegerField(_("metres"))
    exact = models.BooleanField(_("proven to be the cheapest"))
    trace = models.JSONField(_("trace"))

    class Meta:
        verbose_name = _("routing decision")
        verbose_name_plural = _("routing decisions")

    def __str__(self) -> str:
        return f"{self.order_id}: {self.get_cause_display()}"
