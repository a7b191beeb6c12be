from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.fields import choices, translated
from omni.core.text import pick


class TenderType(models.Model):
    """A way to pay, as data: how it settles, whether it gives change, how it is refunded and checked."""

    class Kind(models.TextChoices):
        CASH = "CASH", _("cash")
        CARD = "CARD", _("card")
        TERMINAL = "TERMINAL", _("card terminal in a shop")
        QR = "QR", _("QR code")
        E_MONEY = "E_MONEY", _("electronic money")
        VOUCHER = "VOUCHER", _("gift voucher")
        DEFERRED = "DEFERRED", _("paid on delivery or pick-up")
        INVOICED = "INVOICED", _("paid later to a factor")
        KONBINI = "KONBINI", _("paid in a convenience store")
        BANK_TRANSFER = "BANK_TRANSFER", _("bank transfer in advance")
        COUPON = "COUPON", _("coupon that others pay for")
        EXTERNAL = "EXTERNAL", _("paid to the channel")
        POINTS = "POINTS", _("points")

    class RefundRoute(models.TextChoices):
        """In the order in which an order's payments are given back."""

        SOURCE = "SOURCE", _("to where it came from")
        CASH = "CASH", _("cash in a shop")
        BANK_TRANSFER = "BANK_TRANSFER", _("by bank transfer")
        CHANNEL = "CHANNEL", _("by the channel")
        NONE = "NONE", _("not refunded")

    class Reconciliation(models.TextChoices):
        """What its takings are held against."""

        PROVIDER = "PROVIDER", _("the acquirer's list of charges")
        TILL = "TILL", _("what is counted in the till")
        TERMINAL = "TERMINAL", _("the terminal's totals of the day")
        ISSUER = "ISSUER", _("the issuer's statement")
        STATEMENT = "STATEMENT", _("the bank statement")
        CARRIER = "CARRIER", _("what the carrier remits")
        CHANNEL = "CHANNEL", _("the channel's settlement")
        LEDGER = "LEDGER", _("our own ledger")

    class Capture(models.TextChoices):
        AUTOMATIC = "AUTOMATIC", _("with the order")
        ON_SHIPMENT = "ON_SHIPMENT", _("authorised with the order, taken once all has gone")

    # Whose order is PENDING, with its stock held, until the money is there.
    AWAITED = (Kind.CARD, Kind.KONBINI, Kind.BANK_TRANSFER)
    # Whose order is placed at once, and paid with the first hand-over.
    LATER = (Kind.DEFERRED, Kind.INVOICED)

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name"))
    kind = choices(Kind, _("kind"))
    gives_change = models.BooleanField(_("gives change"), default=False)
    refund_route = choices(RefundRoute, _("refund route"), default=RefundRoute.SOURCE)
    reconciliation = choices(
        Reconciliation,
        _("held against"),
        default=Reconciliation.LEDGER,
        db_default=Reconciliation.LEDGER,
    )
    capture = choices(Capture, _("when it is taken"), default=Capture.AUTOMATIC, db_default=Capture.AUTOMATIC)
    pay_within = models.DurationField(
        _("to be paid within"),
        null=True,
        blank=True,
        help_text=_("Of what is paid after ordering; stock is held so long. Empty: the checkout's own time."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("tender type")
        verbose_name_plural = _("tender types")

    def __str__(self) -> str:
        return pick(self.name) or self.code
