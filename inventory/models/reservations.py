"""What is promised out of a level."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory.models.ledger import StockDocument
from omni.core import db
from omni.core.fields import choices
from organisation.models import Location


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def live_holds(self, at: datetime) -> "ReservationQuerySet":
        """What staff hold by hand, and whose time has not run out."""
        holds = self.filter(source__startswith=Reservation.HOLD, status__in=Reservation.OPEN)
        return holds.filter(Q(expires_at=None) | Q(expires_at__gt=at))

    def for_update_of_holds(self, numbers: Iterable[int]) -> "list[Reservation]":
        """Lock what bears these holds' numbers, open or not, in the order of their keys."""
        db.require_transaction()
        sources = [f"{Reservation.HOLD}{number}" for number in numbers]
        return list(self.filter(source__in=sources).order_by("pk").select_for_update(no_key=True))

    def for_update_by_ids(self, reservation_ids: Iterable[int]) -> "list[Reservation]":
        """Lock reservations, open or not, in the order of their keys."""
        db.require_transaction()
        return list(self.filter(pk__in=list(reservation_ids)).order_by("pk").select_for_update(no_key=True))


class Reservation(models.Model):
    """
    Units promised out of a level. Open (counted in `reserved`) while ACTIVE or COMMITTED.

    ACTIVE ones may expire: they then stop blocking anyone, whether or not a worker runs.
    `source` names what asked for it, as `order:42:1` (order and line) or `hold:7` (staff, by hand:
    `note` says why, `actor` who).
    """

    HOLD: ClassVar[str] = "hold:"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        COMMITTED = "COMMITTED", _("committed")
        FULFILLED = "FULFILLED", _("fulfilled")
        RELEASED = "RELEASED", _("released")
        EXPIRED = "EXPIRED", _("expired")

    OPEN = (Status.ACTIVE, Status.COMMITTED)

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"), db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"))
    status = choices(Status, _("status"), default=Status.ACTIVE)
    source = models.CharField(_("source"), max_length=64)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # The database's own defaults: hot statements that write orders' reservations name neither.
    note = models.CharField(_("note"), max_length=200, blank=True, db_default="")
    actor = models.CharField(_("actor"), max_length=64, blank=True, db_default="")
    document = models.ForeignKey(
        StockDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fulfilled by"),
        db_index=False,
    )

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "COMMITTED"], closed_at=None)
                | (~Q(status__in=["ACTIVE", "COMMITTED"]) & Q(closed_at__isnull=False)),
                name="reservation_closed_when_not_open",
            ),
            models.CheckConstraint(
                condition=Q(status="FULFILLED", document__isnull=False)
                | (~Q(status="FULFILLED") & Q(document=None)),
                name="fulfilled_by_a_document",
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "location"],
                name="reservation_open",
                condition=Q(status__in=["ACTIVE", "COMMITTED"]),
            ),
            models.Index(
                fields=["expires_at"],
                name="reservation_expiring",
                condition=Q(status="ACTIVE", expires_at__isnull=False),
            ),
            models.Index(fields=["source"], name="reservation_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.quantity}"

    @property
    def is_hold(self) -> bool:
        return self.source.startswith(self.HOLD)

    def holds_at(self, at: datetime) -> bool:
        """Whether it is open and its time has not run out."""
        return self.status in self.OPEN and (self.expires_at is None or self.expires_at > at)

    def terms(self) -> dict[str, Any]:
        """What a part of it has in common with it: all but the quantity and the key."""
        names = ("variant_id", "location_id", "status", "source", "expires_at", "created_at", "note", "actor")
        return {name: getattr(self, name) for name in names}
