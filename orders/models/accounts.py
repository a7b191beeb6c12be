"""By whose contract money is taken, and what the acquirer has told us of its own accord."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from omni.core.fields import choices
from organisation.models import Company, SalesChannel


class PaymentAccount(models.Model):
    """
    A contract with an acquirer: a selling company's, or one channel's of it. No secret stands here:
    they are read from the environment, by the account's code (`orders.payments.accounts`).
    """

    class Provider(models.TextChoices):
        STRIPE = "STRIPE", "Stripe"

    code = models.SlugField(_("code"), max_length=32, unique=True)
    provider = choices(Provider, _("provider"))
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="payment_accounts", verbose_name=_("selling company")
    )
    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payment_accounts",
        verbose_name=_("sales channel"),
        help_text=_("Empty: every channel of the company that has no account of its own."),
    )
    public_key = models.CharField(
        _("public key"), max_length=255, blank=True, help_text=_("For the buyer's browser; it is no secret.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=Q(active=True), name="one_payment_account_per_channel"
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(active=True, channel=None),
                name="one_payment_account_per_company",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ProviderEvent(models.Model):
    """
    A message of an acquirer, taken once: of its content only what it was about.

    It is a nudge, whatever it says: the acquirer is asked, and what it answers counts. So messages may
    come late, twice and in any order.
    """

    class Outcome(models.TextChoices):
        APPLIED = "APPLIED", _("asked, and recorded")
        IGNORED = "IGNORED", _("of no interest here")
        UNMATCHED = "UNMATCHED", _("of no payment of ours")

    account = models.ForeignKey(
        PaymentAccount, on_delete=models.PROTECT, related_name="events", verbose_name=_("payment account")
    )
    event_id = models.CharField(_("the acquirer's id"), max_length=128)
    type = models.CharField(_("type"), max_length=128)
    reference = models.CharField(_("about"), max_length=128, blank=True)
    payment = models.ForeignKey(
        "orders.Payment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("payment"),
    )
    outcome = choices(Outcome, _("outcome"))
    happened_at = models.DateTimeField(_("happened at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("message of an acquirer")
        verbose_name_plural = _("messages of acquirers")
        constraints = [
            models.UniqueConstraint(fields=["account", "event_id"], name="provider_event_taken_once")
        ]
        indexes = [models.Index(fields=["-received_at"], name="provider_event_received")]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
