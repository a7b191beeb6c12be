from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from omni.core import db, fields
from omni.core.fields import choices
from orders.models import Order, Payment, Refund, Return
from organisation.models import Location
from tills.errors import SessionMissing
from tills.models.devices import Till


class CashSessionQuerySet(models.QuerySet["CashSession"]):
    def for_update_open(self, till: Till) -> "CashSession":
        """
        Lock the till's open session: whatever belongs to it, and its closing, come one after the other.

        The first lock after the claim, and after the till where both are locked.

        Raises:
            SessionMissing: none is open.
        """
        db.require_transaction()
        open_ = self.filter(till=till, status=CashSession.Status.OPEN)
        session = open_.select_for_update(no_key=True).first()
        if session is None:
            raise SessionMissing(till=till.code)
        return session

    def find_for_update_open(self, till: Till) -> "CashSession | None":
        """The same; None where the till's day is closed."""
        db.require_transaction()
        open_ = self.filter(till=till, status=CashSession.Status.OPEN)
        return open_.select_for_update(no_key=True).first()


class CashSession(models.Model):
    """
    One business day of a till's drawer, from the float to 精算.

    What a drawer should hold is never stored while it is open: float + cash sales − cash refunds + in − out,
    read from the payments and refunds themselves. Closing freezes it as `expected_amount`, which
    `manage.py verify_ledgers` compares with the rows. The deposit goes to the bank after the count.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        CLOSED = "CLOSED", _("closed")

    till = models.ForeignKey(
        Till, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("till"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"), db_index=False
    )
    business_date = models.DateField(_("business date"))
    currency = models.CharField(_("currency"), max_length=3)
    status = choices(Status, _("status"), default=Status.OPEN)
    float_amount = fields.amount(_("float"))
    expected_amount = fields.amount(_("cash expected"), null=True, blank=True)
    counted_amount = fields.amount(_("cash counted"), null=True, blank=True)
    difference_amount = fields.amount(_("over or short"), null=True, blank=True)
    deposit_amount = fields.amount(_("deposit"), null=True, blank=True)
    opened_at = models.DateTimeField(_("day opened at"))
    opened_by = models.CharField(_("opened by"), max_length=64)
    closed_at = models.DateTimeField(_("day closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=64, blank=True)

    objects = CashSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("cash session")
        verbose_name_plural = _("cash sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["till"], condition=Q(status="OPEN"), name="one_open_session_a_drawer"
            ),
            models.UniqueConstraint(fields=["till", "business_date"], name="one_session_a_drawer_and_day"),
            models.CheckConstraint(
                condition=Q(status="OPEN", closed_at=None, expected_amount=None, counted_amount=None)
                | Q(
                    status="CLOSED",
                    closed_at__isnull=False,
                    counted_amount__gte=0,
                    deposit_amount__gte=0,
                    deposit_amount__lte=F("counted_amount"),
                    difference_amount=F("counted_amount") - F("expected_amount"),
                ),
                name="session_closed_with_a_count",
            ),
            models.CheckConstraint(condition=Q(float_amount__gte=0), name="float_not_negative"),
        ]
        indexes = [models.Index(fields=["location", "business_date"], name="cash_session_by_shop_day")]

    def __str__(self) -> str:
        return f"{self.till} {self.business_date}"


class CashCount(models.Model):
    """
    What was counted in a drawer, by denomination: the float, a 点検, or the 精算.

    `pieces` holds how many there were of each value; `expected` is what should have been there then.
    """

    class Kind(models.TextChoices):
        FLOAT = "FLOAT", _("float")
        CHECK = "CHECK", _("interim check")
        CLOSING = "CLOSING", _("closing")

    session = models.ForeignKey(
        CashSession, on_delete=models.PROTECT, related_name="counts", verbose_name=_("cash session")
    )
    kind = choices(Kind, _("kind"))
    pieces = models.JSONField(_("pieces by value"), default=dict)
    amount = fields.amount(_("cash counted"))
    expected = fields.amount(_("cash expected"))
    counted_at = models.DateTimeField(_("counted at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("cash count")
        verbose_name_plural = _("cash counts")
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="cash_count_not_negative")]

    def __str__(self) -> str:
        return f"{self.session} {self.get_kind_display()}"


class CashMovement(models.Model):
    """Cash put into a drawer, or taken out, for a reason other than a sale or a refund."""

    class Direction(models.TextChoices):
        IN = "IN", _("in")
        OUT = "OUT", _("out")

    class Reason(models.TextChoices):
        CHANGE = "CHANGE", _("change money")
        PETTY_CASH = "PETTY_CASH", _("petty cash")
        TO_SAFE = "TO_SAFE", _("to the safe")
        CORRECTION = "CORRECTION", _("correction")
        OTHER = "OTHER", _("other")

    session = models.ForeignKey(
        CashSession, on_delete=models.PROTECT, related_name="movements", verbose_name=_("cash session")
    )
    direction = choices(Direction, _("direction"))
    reason = choices(Reason, _("reason"))
    amount = fields.amount(_("amount"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("cash in or out")
        verbose_name_plural = _("cash in and out")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="cash_movement_positive")]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.amount.normalize():f}"


class TillRecord(models.Model):
    """
    One thing that was done at a till: which order or return, by whom, and to which day it belongs.

    Without a session it waits for the next day that the till opens: it came when none was open.
    """

    class Kind(models.TextChoices):
        SALE = "SALE", _("sale")
        RETURN = "RETURN", _("return")
        VOID = "VOID", _("void")
        HAND_OVER = "HAND_OVER", _("hand-over")

    till = models.ForeignKey(
        Till, on_delete=models.PROTECT, related_name="records", verbose_name=_("till"), db_index=False
    )
    session = models.ForeignKey(
        CashSession,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="records",
        verbose_name=_("cash session"),
    )
    kind = choices(Kind, _("kind"))
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", verbose_name=_("order"))
    returned = models.ForeignKey(
        Return,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("return"),
    )
    offline = models.BooleanField(_("off line"), default=False)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("till record")
        verbose_name_plural = _("till records")
        constraints = [
            models.UniqueConstraint(fields=["returned"], name="return_at_one_till"),
            models.UniqueConstraint(fields=["order"], condition=Q(kind="SALE"), name="sale_at_one_till"),
            models.CheckConstraint(
                condition=Q(kind__in=["RETURN", "VOID"], returned__isnull=False)
                | Q(kind__in=["SALE", "HAND_OVER"], returned=None),
                name="till_record_of_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["till"], name="till_record_waiting", condition=Q(session=None)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.order}"


class TillMoney(models.Model):
    """A payment or a refund that went through a till: the amounts are theirs, and stand there alone."""

    record = models.ForeignKey(
        TillRecord, on_delete=models.PROTECT, related_name="money", verbose_name=_("till record")
    )
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payment")
    )
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("refund")
    )

    class Meta:
        verbose_name = _("money through a till")
        verbose_name_plural = _("money through tills")
        constraints = [
            models.CheckConstraint(
                condition=Q(payment__isnull=False, refund=None) | Q(payment=None, refund__isnull=False),
                name="till_money_is_one_of_two",
            )
        ]

    def __str__(self) -> str:
        return str(self.payment or self.refund)
