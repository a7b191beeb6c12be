from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from omni.core import db
from omni.core.errors import NotFound
from organisation.models import ApiKey, Location, User
from tills.chain import NO_HASH


class Operator(models.Model):
    """
    Somebody who signs in at tills, by a number and a PIN. What they may do there their roles say.

    A PIN has ten thousand values: so many wrong ones in a row, and the number is locked for a while.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="operator", verbose_name=_("user")
    )
    number = models.CharField(_("staff number"), max_length=16, unique=True)
    pin = models.CharField(_("PIN"), max_length=128)
    pin_set_at = models.DateTimeField(_("PIN set at"))
    failures = models.PositiveIntegerField(_("wrong PINs in a row"), default=0)
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True)

    class Meta:
        verbose_name = _("till operator")
        verbose_name_plural = _("till operators")

    def __str__(self) -> str:
        return f"{self.number} {self.user}"


class TillQuerySet(models.QuerySet["Till"]):
    def for_update_by_id(self, till_id: int) -> "Till":
        """Lock the till: for what changes its numbers or its journal, and for opening its day."""
        db.require_transaction()
        till = self.filter(pk=till_id).select_for_update(no_key=True, of=("self",)).first()
        if till is None:
            raise NotFound(till=till_id)
        return till


class Till(models.Model):
    """
    A device that sells in a shop, with one drawer: its key says who calls.

    `code` stands in the numbers of the receipts that it is given. All days up to `closed_until` are closed.
    `last_sequence` and `last_hash` are the end of its journal; a member spends up to `offline_points`
    while it is off line.
    """

    api_key = models.OneToOneField(
        ApiKey, on_delete=models.PROTECT, related_name="till", verbose_name=_("API key")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="tills", verbose_name=_("location")
    )
    code = models.SlugField(_("code"), max_length=8)
    training = models.BooleanField(_("in training"), default=False)
    closed_until = models.DateField(_("days closed up to"), null=True, blank=True)
    offline_points = models.BigIntegerField(_("points of a member off line"), default=500)
    receipts_until = models.BigIntegerField(_("last receipt number given"), default=0)
    last_sequence = models.BigIntegerField(_("last journal entry"), default=0)
    last_hash = models.CharField(_("hash of the last entry"), max_length=64, default=NO_HASH)
    seen_at = models.DateTimeField(_("journal came at"), null=True, blank=True)

    objects = TillQuerySet.as_manager()

    class Meta:
        verbose_name = _("till")
        verbose_name_plural = _("tills")
        constraints = [
            models.UniqueConstraint(fields=["location", "code"], name="till_code_once_a_shop"),
            models.CheckConstraint(
                condition=Q(offline_points__gte=0, receipts_until__gte=0, last_sequence__gte=0),
                name="till_counts_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.location.code} {self.code}"


class ReceiptBlock(models.Model):
    """
    Receipt numbers given to a till before it needs them. `spoilt` says of numbers why they were never used.

    No law asks for numbers without gaps; who asks about one is to be told what became of it.
    """

    till = models.ForeignKey(
        Till, on_delete=models.PROTECT, related_name="receipt_blocks", verbose_name=_("till"), db_index=False
    )
    first = models.BigIntegerField(_("first number"))
    last = models.BigIntegerField(_("last number"), validators=[MaxValueValidator(99_999_999)])
    spoilt = models.JSONField(_("numbers not used, and why"), default=dict, blank=True)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("block of receipt numbers")
        verbose_name_plural = _("blocks of receipt numbers")
        constraints = [
            models.UniqueConstraint(fields=["till", "first"], name="receipt_block_once"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="receipt_block_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.till} {self.first}–{self.last}"
