"""Goods on their way between locations, and what went otherwise than written."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory import errors
from inventory.models.discrepancies import Discrepancy
from inventory.models.ledger import StockDocument
from inventory.models.reservations import Reservation
from omni.core import db
from omni.core.fields import choices
from organisation.models import Location


class TransferQuerySet(models.QuerySet["Transfer"]):
    def for_update_in(self, transfer_id: int, *states: str) -> "Transfer":
        """
        Lock a transfer that is in one of the states.

        Raises:
            UnknownTransfer
            TransferNotInState: somebody took it on; `state` is where it is.
        """
        db.require_transaction()
        transfer = self.select_for_update(no_key=True).filter(pk=transfer_id).first()
        if transfer is None:
            raise errors.UnknownTransfer()
        if transfer.status not in states:
            raise errors.TransferNotInState(transfer=transfer.number, state=transfer.get_status_display())
        return transfer


class Transfer(models.Model):
    """
    Units moved from one location to another: requested, shipped, received.

    A request holds its units at the origin. Shipped ones are in no place's `on_hand` and in
    `incoming` of the destination, until they arrive or it is said that no more will come.
    """

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", _("requested")
        APPROVED = "APPROVED", _("approved")
        SHIPPED = "SHIPPED", _("shipped")
        PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED", _("partially received")
        RECEIVED = "RECEIVED", _("received")
        CANCELLED = "CANCELLED", _("cancelled")

    HELD = (Status.REQUESTED, Status.APPROVED)
    UNDER_WAY = (Status.SHIPPED, Status.PARTIALLY_RECEIVED)
    OPEN = (*HELD, *UNDER_WAY)

    number = models.CharField(_("number"), max_length=64, unique=True)
    status = choices(Status, _("status"), default=Status.REQUESTED)
    origin = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="transfers_out", verbose_name=_("from")
    )
    destination = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="transfers_in", verbose_name=_("to")
    )
    expected_date = models.DateField(_("expected on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)
    occurred_at = models.DateTimeField(_("occurred at"))
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="transfer_goes_elsewhere")
        ]
        indexes = [
            models.Index(
                fields=["destination"],
                name="transfer_open",
                condition=Q(status__in=["REQUESTED", "APPROVED", "SHIPPED", "PARTIALLY_RECEIVED"]),
            )
        ]

    def __str__(self) -> str:
        return self.number


class TransferLine(models.Model):
    """
    What was asked for, what left, and what arrived of a variant.

    `received` is fit for sale, `damaged` is not; together they may be more than `shipped`.
    """

    transfer = models.ForeignKey(
        Transfer, on_delete=models.CASCADE, related_name="lines", verbose_name=_("transfer")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    quantity = models.BigIntegerField(_("quantity"))
    shipped = models.BigIntegerField(_("shipped"), default=0, db_default=0)
    received = models.BigIntegerField(_("received"), default=0, db_default=0)
    damaged = models.BigIntegerField(_("damaged"), default=0, db_default=0)
    reservation = models.ForeignKey(
        Reservation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reservation"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("transfer line")
        verbose_name_plural = _("transfer lines")
        constraints = [
            models.UniqueConstraint(fields=["transfer", "variant"], name="transfer_line_once_per_variant"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_quantity_positive"),
            models.CheckConstraint(
                condition=Q(shipped__gte=0, shipped__lte=F("quantity"), received__gte=0, damaged__gte=0),
                name="transfer_line_counts_what_moved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} × {self.quantity}"

    @property
    def arrived(self) -> int:
        return self.received + self.damaged

    @property
    def outstanding(self) -> int:
        """Shipped, and not arrived."""
        return max(0, self.shipped - self.arrived)


class TransferPosting(models.Model):
    """A document that moved stock for a transfer: shipped it, received it, or settled a difference."""

    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="postings", verbose_name=_("transfer")
    )
    document = models.OneToOneField(
        StockDocument, on_delete=models.PROTECT, related_name="+", verbose_name=_("document")
    )

    class Meta:
        verbose_name = _("transfer posting")
        verbose_name_plural = _("transfer postings")

    def __str__(self) -> str:
        return f"{self.transfer_id}: {self.document_id}"


class TransferDifferenceQuerySet(models.QuerySet["TransferDifference"]):
    def for_update_by_key(self, difference_id: int) -> "TransferDifference":
        """
        Lock a difference, after its transfer: in the order of all who receive and settle.

        Raises:
            UnknownDiscrepancy
        """
        db.require_transaction()
        transfers = Transfer.objects.filter(lines__differences=difference_id).order_by("pk")
        list(transfers.select_for_update(no_key=True, of=("self",)))
        found = self.select_related("line__transfer", "discrepancy").filter(pk=difference_id)
        difference = found.select_for_update(no_key=True, of=("self",)).first()
        if difference is None:
            raise errors.UnknownDiscrepancy()
        return difference


class TransferDifference(models.Model):
    """
    What of a line went otherwise than written, kept as a discrepancy until all of it is settled.

    Each way of settling posts rows that bring the books of both places to what is known then.
    """

    class Nature(models.TextChoices):
        MISSING = "MISSING", _("did not arrive")
        OVER = "OVER", _("arrived over")
        DAMAGED = "DAMAGED", _("arrived damaged")

    line = models.ForeignKey(
        TransferLine, on_delete=models.PROTECT, related_name="differences", verbose_name=_("transfer line")
    )
    discrepancy = models.OneToOneField(
        Discrepancy, on_delete=models.PROTECT, related_name="+", verbose_name=_("discrepancy")
    )
    nature = choices(Nature, _("nature"))
    quantity = models.BigIntegerField(_("quantity"))
    found = models.BigIntegerField(_("found"), default=0)
    written_off = models.BigIntegerField(_("written off"), default=0)
    returned = models.BigIntegerField(_("back on the origin's books"), default=0)

    objects = TransferDifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer difference")
        verbose_name_plural = _("transfer differences")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, found__gte=0, written_off__gte=0, returned__gte=0)
                & Q(quantity__gte=F("found") + F("written_off") + F("returned")),
                name="difference_settled_at_most_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} {self.quantity}"

    @property
    def open(self) -> int:
        """What of it is not settled."""
        return self.quantity - self.found - self.written_off - self.returned
