"""How far the books of a place can be believed: what was learned of each class of goods there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from omni.core.fields import choices
from organisation.models import Location


class LearnedBuffer(models.Model):
    """
    A class of goods at a location: how often and by how much the books said more than was there.

    `thresholds[b]` are the days since the last count up to which a buffer of `b` units is enough.
    `inventory.believing` says how it is made; `observed` is what it is made of.
    """

    class Speed(models.TextChoices):
        A = "A", _("a unit a day or more")
        B = "B", _("a unit a week or more")
        C = "C", _("slower")

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="+", verbose_name=_("location")
    )
    department = models.ForeignKey(
        Category,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
    )
    speed = choices(Speed, _("speed"))
    observed = models.PositiveIntegerField(_("observations"))
    overstated = models.PositiveIntegerField(_("of these the books said too much"))
    units = models.BigIntegerField(_("units that were not there"))
    exposure_days = models.BigIntegerField(_("days observed"))
    rejected = models.PositiveIntegerField(_("rejections"))
    below_zero = models.PositiveIntegerField(_("sales below zero"))
    own_rate = models.FloatField(_("own rate a day"))
    mean_rate = models.FloatField(_("rate of all locations"))
    weight = models.FloatField(_("weight of the own rate"))
    rate = models.FloatField(_("rate a day"))
    size = models.FloatField(_("units each time"))
    thresholds = ArrayField(models.PositiveIntegerField(), verbose_name=_("enough up to days"))
    learned_at = models.DateTimeField(_("learned at"))

    class Meta:
        verbose_name = _("learned buffer")
        verbose_name_plural = _("learned buffers")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "department", "speed"],
                name="one_learned_buffer_per_class",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.location} / {self.department or '–'} / {self.speed}"
