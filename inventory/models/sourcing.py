"""From where a channel is served, and what it never offers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from omni.core.fields import choices
from organisation.models import Location, SalesChannel


class ChannelSource(models.Model):
    """
    A location that serves a channel. Lower `priority` is asked first.

    `gives` says how much of what is free there the channel may have: ALL; a SHARE of `amount` per
    cent, rounded down; or what is ABOVE `amount` units. Where it is `learned`, each level's learned
    buffer is kept back too: the larger withholding wins. `inventory.sourcing.GIVEN` is the rule.
    """

    class Gives(models.TextChoices):
        ALL = "ALL", _("everything")
        SHARE = "SHARE", _("a share, in per cent")
        ABOVE = "ABOVE", _("what is above a number of units")

    channel = models.ForeignKey(
        SalesChannel, on_delete=models.CASCADE, related_name="sources", verbose_name=_("sales channel")
    )
    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="channel_sources", verbose_name=_("location")
    )
    priority = models.PositiveIntegerField(_("priority"), default=100)
    gives = choices(Gives, _("gives"), default=Gives.ALL)
    amount = models.PositiveIntegerField(
        _("per cent or units"),
        default=0,
        help_text=_("Of a share its per cent, rounded down to whole units; else the units that stay here."),
    )
    learned = models.BooleanField(
        _("learned buffer"),
        default=False,
        db_default=False,
        help_text=_("Keeps back what the books here may say in error, where that is more."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("channel source")
        verbose_name_plural = _("channel sources")
        constraints = [
            models.UniqueConstraint(fields=["channel", "location"], name="source_once_per_channel"),
            models.CheckConstraint(
                condition=~Q(gives="SHARE") | Q(amount__lte=100), name="source_share_within_100_per_cent"
            ),
            models.CheckConstraint(
                condition=~Q(gives="ALL") | Q(amount=0), name="source_of_everything_has_no_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} ← {self.location_id}"


class ChannelBuffer(models.Model):
    """Units that a channel never offers, of one variant or (without one) of every variant."""

    channel = models.ForeignKey(
        SalesChannel, on_delete=models.CASCADE, related_name="buffers", verbose_name=_("sales channel")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("variant")
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=0)

    class Meta:
        verbose_name = _("channel buffer")
        verbose_name_plural = _("channel buffers")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "variant"], name="one_buffer_per_channel_and_variant", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.quantity}"
