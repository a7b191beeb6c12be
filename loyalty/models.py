"""
Points: one balance a person, kept in lots that expire, explained by a double-entry ledger.

For a member's account `balance = Σ active of its lots − shortfall`. Each transaction's entries
add up to zero over the accounts that they touch (trigger). The programme's own accounts store
no balance: they would be the hottest rows of all.
"""

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from omni.core import db, fields
from omni.core.fields import choices, translated
from omni.core.money import Rounding
from omni.core.text import pick
from organisation.models import SalesChannel


class Programme(models.Model):
    """A points programme of the group. A point is worth `point_value` when it is spent."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name"))
    currency = models.CharField(_("currency"), max_length=3, default="JPY")
    point_value = fields.amount(_("value of a point"), default=1)
    pending_days = models.PositiveIntegerField(_("days until points can be spent"), default=0)
    valid_days = models.PositiveIntegerField(_("days until points expire"), default=365)
    restored_days = models.PositiveIntegerField(
        _("days that points given back can be spent"),
        default=30,
        db_default=30,
        help_text=_("Where the lot that they came from has expired meanwhile."),
    )
    rounding = choices(Rounding, _("rounding"), default=Rounding.FLOOR)
    reduces_price = models.BooleanField(
        _("points spent reduce the price"),
        default=True,
        help_text=_("Otherwise they are a tender, and tax is on the full price."),
    )

    class Meta:
        verbose_name = _("points programme")
        verbose_name_plural = _("points programmes")
        constraints = [
            models.CheckConstraint(condition=Q(point_value__gt=0), name="point_value_positive"),
            models.CheckConstraint(
                condition=Q(pending_days__lt=F("valid_days")), name="points_active_before_they_expire"
            ),
        ]

    def __str__(self) -> str:
        return pick(self.name) or self.code


class EarningRate(models.Model):
    """One point for each `amount_per_point` spent in a channel (in every channel, without one)."""

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="earning_rates", verbose_name=_("programme")
    )
    channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sales channel"),
    )
    amount_per_point = fields.amount(_("amount for a point"))
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("earning rate")
        verbose_name_plural = _("earning rates")
        constraints = [
            models.CheckConstraint(condition=Q(amount_per_point__gt=0), name="amount_per_point_positive")
        ]

    def __str__(self) -> str:
        return f"1 / {self.amount_per_point}"


class PointAccountQuerySet(models.QuerySet["PointAccount"]):
    def for_update_of_persons(self, person_ids: Iterable[int]) -> "list[PointAccount]":
        """Lock every account of the persons, in the order of their keys; lock the persons first."""
        db.require_transaction()
        accounts = self.filter(customer__person_id__in=list(person_ids))
        return list(accounts.order_by("pk").select_for_update(no_key=True, of=("self",)))


class PointAccount(models.Model):
    """A customer record's account, or one of the programme's own (then without a balance)."""

    class Kind(models.TextChoices):
        MEMBER = "MEMBER", _("member")
        ISSUED = "ISSUED", _("issued")
        REDEEMED = "REDEEMED", _("redeemed")
        EXPIRED = "EXPIRED", pgettext_lazy("points", "expired")
        ADJUSTED = "ADJUSTED", _("adjusted")

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("programme")
    )
    kind = choices(Kind, _("kind"), default=Kind.MEMBER)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="point_accounts",
        verbose_name=_("customer"),
    )
    balance = models.BigIntegerField(_("balance"), default=0)
    pending = models.BigIntegerField(pgettext_lazy("points", "pending"), default=0)
    shortfall = models.BigIntegerField(_("shortfall"), default=0)

    objects = PointAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("point account")
        verbose_name_plural = _("point accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "customer"], condition=Q(kind="MEMBER"), name="one_account_per_customer"
            ),
            models.UniqueConstraint(
                fields=["programme", "kind"], condition=~Q(kind="MEMBER"), name="one_account_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="MEMBER", customer__isnull=False)
                | (~Q(kind="MEMBER") & Q(customer=None, balance=0, pending=0)),
                name="only_members_have_balances",
            ),
            models.CheckConstraint(condition=Q(shortfall__gte=0), name="shortfall_not_negative"),
            models.CheckConstraint(condition=Q(pending__gte=0), name="pending_not_negative"),
            models.CheckConstraint(condition=Q(balance__gte=-F("shortfall")), name="balance_above_shortfall"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.customer_id or ''}".strip()


class PointTransaction(models.Model):
    """
    Why points moved: posted once for each source, whatever is repeated.

    `source` names the cause, as `order:42` or `return:7`; entries are in the point ledger.
    """

    class Kind(models.TextChoices):
        ACCRUAL = "ACCRUAL", _("earned")
        REDEMPTION = "REDEMPTION", _("spent")
        EXPIRATION = "EXPIRATION", pgettext_lazy("points", "expired")
        CLAWBACK = "CLAWBACK", _("taken back")
        RESTORATION = "RESTORATION", _("given back")
        ADJUSTMENT = "ADJUSTMENT", _("adjusted")
        TRANSFER = "TRANSFER", _("transferred")

    kind = choices(Kind, _("kind"))
    source = models.CharField(_("source"), max_length=96)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.CharField(_("actor"), max_length=64)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("point transaction")
        verbose_name_plural = _("point transactions")
        constraints = [
            models.UniqueConstraint(fields=["kind", "source"], name="points_posted_once_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source}"


class PointBucket(models.TextChoices):
    """A member's points that can be spent, and those that can't yet."""

    ACTIVE = "ACTIVE", pgettext_lazy("points", "active")
    PENDING = "PENDING", pgettext_lazy("points", "pending")


class PointEntry(models.Model):
    """
    A row of the point ledger. Immutable (trigger), partitioned by `recorded_at`.

    Σ ACTIVE entries of a member's account is its balance, Σ PENDING its pending points.
    """

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    occurred_at = models.DateTimeField(_("occurred at"))
    transaction = models.ForeignKey(
        PointTransaction,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="entries",
        verbose_name=_("transaction"),
        db_index=False,
    )
    account = models.ForeignKey(
        PointAccount,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="entries",
        verbose_name=_("account"),
        db_index=False,
    )
    lot_id = models.BigIntegerField(_("lot"), null=True)
    bucket = choices(PointBucket, _("bucket"), default=PointBucket.ACTIVE)
    points = models.BigIntegerField(_("points"))
    balance_after = models.BigIntegerField(
        _("balance after"), null=True, help_text=_("Of a member's bucket.")
    )

    class Meta:
        verbose_name = _("point ledger entry")
        verbose_name_plural = _("point ledger")
        indexes = [
            models.Index(fields=["account", "id"], name="point_entry_by_account"),
            models.Index(fields=["transaction"], name="point_entry_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}"


class PointLot(models.Model):
    """
    Points earned together, which expire together. `issued` is the sum of where they are now;
    `held` of the active ones are locked by open checkouts. Returns have taken `reclaimed` back,
    out of the lot or as a shortfall: never more than was issued. A lot is `closed` once it has
    expired and nothing of it is left, so that the due run looks at each lot only once.
    """

    account = models.ForeignKey(
        PointAccount, on_delete=models.PROTECT, related_name="lots", verbose_name=_("account"), db_index=False
    )
    source = models.CharField(_("source"), max_length=96)
    issued = models.BigIntegerField(_("issued"))
    active = models.BigIntegerField(pgettext_lazy("points", "active"), default=0)
    pending = models.BigIntegerField(pgettext_lazy("points", "pending"), default=0)
    spent = models.BigIntegerField(_("spent"), default=0)
    expired = models.BigIntegerField(pgettext_lazy("points", "expired"), default=0)
    clawed_back = models.BigIntegerField(_("taken back"), default=0)
    held = models.BigIntegerField(_("held"), default=0)
    reclaimed = models.BigIntegerField(_("taken back by returns"), default=0, db_default=0)
    closed = models.BooleanField(_("closed"), default=False, db_default=False)
    earned_at = models.DateTimeField(_("earned at"))
    activates_at = models.DateTimeField(_("activates at"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("point lot")
        verbose_name_plural = _("point lots")
        constraints = [
            models.CheckConstraint(
                condition=Q(active__gte=0, pending__gte=0, spent__gte=0, expired__gte=0, clawed_back__gte=0),
                name="lot_not_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(issued=F("active") + F("pending") + F("spent") + F("expired") + F("clawed_back")),
                name="lot_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(held__gte=0, held__lte=F("active")), name="held_within_active"
            ),
            models.CheckConstraint(
                condition=Q(reclaimed__gte=0, reclaimed__lte=F("issued")), name="reclaimed_within_issued"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "expires_at"], name="lot_by_account"),
            models.Index(fields=["source"], name="lot_by_source"),
            models.Index(fields=["expires_at"], name="open_lot_due", condition=Q(closed=False)),
            models.Index(fields=["activates_at"], name="lot_pending", condition=Q(pending__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.active}/{self.issued}"


class PointHold(models.Model):
    """Points of one lot that a checkout locks, then burns; `restored` of them were given back."""

    class Status(models.TextChoices):
        HELD = "HELD", _("held")
        BURNT = "BURNT", _("spent")
        RELEASED = "RELEASED", _("released")

    lot = models.ForeignKey(PointLot, on_delete=models.PROTECT, related_name="holds", verbose_name=_("lot"))
    source = models.CharField(_("source"), max_length=96)
    points = models.BigIntegerField(_("points"))
    restored = models.BigIntegerField(_("given back"), default=0)
    status = choices(Status, _("status"), default=Status.HELD)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("point hold")
        verbose_name_plural = _("point holds")
        constraints = [
            models.UniqueConstraint(fields=["source", "lot"], name="one_hold_per_source_and_lot"),
            models.CheckConstraint(condition=Q(points__gt=0), name="hold_positive"),
            models.CheckConstraint(
                condition=Q(restored__gte=0, restored__lte=F("points")), name="restored_within_hold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.points}"
