"""Money that goes back by bank transfer: to whom, in which file, and from which account of ours."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from omni.core import fields
from omni.core.fields import choices
from orders.models.payments import Refund
from organisation.models import Company


class BankAccount(models.Model):
    """An account as banks name it; names are kept in half-width kana."""

    class Kind(models.TextChoices):
        ORDINARY = "1", _("ordinary")
        CURRENT = "2", _("current")
        SAVINGS = "4", _("savings")

    bank_code = models.CharField(_("bank code"), max_length=4)
    bank_name = models.CharField(_("bank (kana)"), max_length=15, blank=True)
    branch_code = models.CharField(_("branch code"), max_length=3)
    branch_name = models.CharField(_("branch (kana)"), max_length=15, blank=True)
    kind = choices(Kind, _("kind of account"), default=Kind.ORDINARY)
    number = models.CharField(_("account number"), max_length=7)
    holder = models.CharField(_("account holder (kana)"), max_length=40)

    class Meta:
        abstract = True


class PayoutAccount(BankAccount):
    """The account that a selling company pays refunds from, and its code with the bank as a consignor."""

    company = models.OneToOneField(
        Company, on_delete=models.PROTECT, related_name="payout_account", verbose_name=_("selling company")
    )
    consignor_code = models.CharField(_("consignor code"), max_length=10)

    class Meta:
        verbose_name = _("payout account")
        verbose_name_plural = _("payout accounts")

    def __str__(self) -> str:
        return f"{self.company} {self.bank_code}-{self.branch_code}"


class RefundPayee(BankAccount):
    """
    Where a refund is to be transferred: personal data, apart from the refund, and gone once its file is
    confirmed, or with the buyer's erasure.
    """

    refund = models.OneToOneField(
        Refund, on_delete=models.CASCADE, primary_key=True, related_name="payee", verbose_name=_("refund")
    )
    entered_at = models.DateTimeField(_("entered at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("payee of a refund")
        verbose_name_plural = _("payees of refunds")

    def __str__(self) -> str:
        return f"{self.refund_id}"


class RefundTransfer(models.Model):
    """
    A file of refunds for the bank. Its content is not kept: it holds account numbers. `digest` is its
    SHA-256, and it can be written again, byte by byte, until it is confirmed.
    """

    class Status(models.TextChoices):
        EXPORTED = "EXPORTED", _("exported")
        CONFIRMED = "CONFIRMED", _("confirmed")

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="refund_transfers", verbose_name=_("selling company")
    )
    status = choices(Status, _("status"), default=Status.EXPORTED)
    transfer_date = models.DateField(_("day of transfer"))
    count = models.PositiveIntegerField(_("refunds"))
    amount = fields.amount(_("amount"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    created_at = models.DateTimeField(_("created at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("refund transfer file")
        verbose_name_plural = _("refund transfer files")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="EXPORTED", confirmed_at=None)
                | Q(status="CONFIRMED", confirmed_at__isnull=False),
                name="confirmed_transfers_say_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.transfer_date}"


class TransferredRefund(models.Model):
    """A refund's line in a file. Of one that the bank sent back, `returned_at` is set, and another follows."""

    transfer = models.ForeignKey(
        RefundTransfer, on_delete=models.PROTECT, related_name="lines", verbose_name=_("file")
    )
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, related_name="transfers", verbose_name=_("refund")
    )
    returned_at = models.DateTimeField(_("sent back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("transferred refund")
        verbose_name_plural = _("transferred refunds")
        constraints = [
            models.UniqueConstraint(
                fields=["refund"], condition=Q(returned_at=None), name="refund_transferred_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id}/{self.refund_id}"
