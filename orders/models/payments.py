from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from omni.core import fields
from omni.core.fields import choices
from omni.core.ids import uuid7
from orders.models.accounts import PaymentAccount
from orders.models.tenders import TenderType

# Asked about for more than a minute, in vain: somebody is to look at it.
STUCK = Q(status__in=["PENDING", "UNKNOWN"], attempts__gte=5)
# The goods have gone, or the order has ended, and the acquirer neither takes nor lets go what it set aside.
STUCK_ASIDE = Q(status="AUTHORISED", attempts__gte=5)
# What a buyer still may pay is not stuck.
PAYABLE_YET = Q(pay_by__gt=Now())


class Asked(models.Model):
    """
    What has no outcome until an acquirer says so. Each attempt to find out is counted before it
    is made, and the next one waits longer, so that a row that always fails holds up no other.
    """

    attempts = models.PositiveIntegerField(_("times asked"), default=0, db_default=0)
    next_attempt_at = models.DateTimeField(_("asked again at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True, default="", db_default="")

    class Meta:
        abstract = True


class Payment(Asked):
    """
    An attempt to settle a part of an order by one tender. Its id is the provider's idempotency
    key, so that asking again can't charge twice. `charge_started_at` is set, by the database's
    clock, in the transaction before the call: a card payment without it was never asked for.

    UNKNOWN is the truth after a call without an answer, until asking settles it. While the buyer has
    something to do (3-D Secure, going to a konbini), `pay_by` says until when. `amount` is negative only
    where a tender that gives change paid some out. `account` is whose contract it goes by, if not by
    the platform's own acquirer.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", _("pending")
        AUTHORISED = "AUTHORISED", _("authorised")
        CAPTURED = "CAPTURED", _("captured")
        FAILED = "FAILED", _("failed")
        UNKNOWN = "UNKNOWN", _("unknown")
        VOIDED = "VOIDED", _("voided")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="payments", verbose_name=_("order")
    )
    tender_type = models.ForeignKey(
        TenderType,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=_("tender type"),
        db_index=False,
    )
    account = models.ForeignKey(
        PaymentAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("payment account"),
        db_index=False,
    )
    status = choices(Status, _("status"))
    amount = fields.amount(_("amount"))
    tendered_amount = fields.amount(_("handed over"), default=0)
    captured_amount = fields.amount(_("captured"), default=0)
    refunded_amount = fields.amount(_("refunded"), default=0)
    provider_reference = models.CharField(_("provider's reference"), max_length=128, blank=True)
    decline_code = models.CharField(_("decline code"), max_length=64, blank=True)
    # The database's own default: the hot statement that writes payments does not name it.
    card_last4 = models.CharField(_("last four digits of the card"), max_length=4, blank=True, db_default="")
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    charge_started_at = models.DateTimeField(_("charge started at"), null=True, blank=True)
    pay_by = models.DateTimeField(_("to be paid by"), null=True, blank=True)
    # The claim whose answer waits for this attempt's outcome; claims are purged, so no foreign key.
    claim_id = models.BigIntegerField(_("claim"), null=True, editable=False)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded_amount=0)
                | Q(refunded_amount__gt=0, refunded_amount__lte=F("captured_amount")),
                name="refunds_within_captures",
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="payment_unsettled",
                condition=Q(status__in=["PENDING", "UNKNOWN"]),
            ),
            models.Index(fields=["card_last4", "order"], name="payment_card", condition=~Q(card_last4="")),
            models.Index(fields=["created_at"], name="payment_set_aside", condition=Q(status="AUTHORISED")),
            models.Index(
                fields=["provider_reference"],
                name="payment_by_reference",
                condition=Q(account__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.amount}"


class Refund(Asked):
    """Money given back on a payment; its id is the provider's idempotency key."""

    class Status(models.TextChoices):
        PENDING = "PENDING", _("pending")
        TO_TRANSFER = "TO_TRANSFER", _("to be transferred")
        EXPORTED = "EXPORTED", _("in a bank's file")
        DONE = "DONE", _("done")
        FAILED = "FAILED", _("failed")
        UNKNOWN = "UNKNOWN", _("unknown")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    source = models.CharField(_("source"), max_length=96)
    amount = fields.amount(_("amount"))
    status = choices(Status, _("status"))
    provider_reference = models.CharField(_("provider's reference"), max_length=128, blank=True)
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive")]
        indexes = [
            models.Index(
                fields=["created_at"], name="refund_unsettled", condition=Q(status__in=["PENDING", "UNKNOWN"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} −{self.amount}"
