"""
One person, however many records: a merge is a pointer, never a rewrite.

`Customer.person` is the indexed root that the pointers lead to: what every screen and balance
shows. An order, a point lot or a cart keeps the record (and identity) that made it, so that an
unmerge gives everything back.
"""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from omni.core import db
from omni.core.fields import choices
from omni.core.functions import Folded
from omni.core.ids import uuid7
from organisation.models import User


class CustomerQuerySet(models.QuerySet["Customer"]):
    def for_update_persons(self, person_ids: Iterable[int]) -> "list[Customer]":
        """Lock the roots of persons, in the order of their keys."""
        db.require_transaction()
        return list(self.filter(pk__in=list(person_ids)).order_by("pk").select_for_update(no_key=True))


class Customer(models.Model):
    """
    A record of a person, as one channel met them.

    `merged_into` is the edge that a merge drew (null at a root); `person` is kept at the root
    by the service and, on insert, by a trigger (a new record is its own person).
    """

    public_id = models.UUIDField(_("public id"), default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="records", verbose_name=_("person"), editable=False
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_records",
        verbose_name=_("merged into"),
        editable=False,
    )
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name_kana = models.CharField(_("family name (kana)"), max_length=100, blank=True)
    given_name_kana = models.CharField(_("given name (kana)"), max_length=100, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, default="ja")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["family_name_kana", "given_name_kana"], name="customer_kana"),
            # Staff look for names by how they begin, however they are typed.
            models.Index(
                OpClass(Folded(Concat("family_name", "given_name")), name="text_pattern_ops"),
                F("person"),
                name="customer_name_folded",
            ),
            models.Index(
                OpClass(Folded(Concat("family_name_kana", "given_name_kana")), name="text_pattern_ops"),
                F("person"),
                name="customer_kana_folded",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None, person=F("id"))
                | (Q(merged_into__isnull=False) & ~Q(person=F("id"))),
                name="person_is_the_root",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_name} {self.given_name}".strip() or str(self.public_id)


class Identity(models.Model):
    """
    A way of recognising a customer. `value` is normalised (E.164, lower case, digits).

    A verified value names one customer alone; unverified ones are claims and name nobody.
    """

    class Kind(models.TextChoices):
        EMAIL = "EMAIL", _("e-mail")
        PHONE = "PHONE", _("phone")
        MEMBER_NUMBER = "MEMBER_NUMBER", _("member number")
        EC_ACCOUNT = "EC_ACCOUNT", _("EC account")
        LINE = "LINE", "LINE"
        DEVICE = "DEVICE", _("device")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="identities", verbose_name=_("customer")
    )
    kind = choices(Kind, _("kind"))
    value = models.CharField(_("value"), max_length=255)
    source = models.CharField(_("source"), max_length=64)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    first_seen_at = models.DateTimeField(_("first seen at"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        indexes = [models.Index(fields=["value"], name="identity_value")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(verified_at__isnull=False),
                name="verified_identity_names_one_customer",
            ),
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="identity_once_per_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class AccountQuerySet(models.QuerySet["Account"]):
    def lock_user(self, user: User) -> None:
        """Make other first requests of the user wait: its account is about to be opened."""
        db.require_transaction()
        User.objects.select_for_update(no_key=True).get(pk=user.pk)


class Account(models.Model):
    """The user who signs in as a customer record."""

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, related_name="account", verbose_name=_("user")
    )
    customer = models.OneToOneField(
        Customer, on_delete=models.PROTECT, related_name="account", verbose_name=_("customer")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("EC account")
        verbose_name_plural = _("EC accounts")

    def __str__(self) -> str:
        return f"{self.user_id} → {self.customer_id}"


class Address(models.Model):
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="addresses", verbose_name=_("customer")
    )
    recipient = models.CharField(_("recipient"), max_length=200)
    recipient_kana = models.CharField(_("recipient (kana)"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, default="JP")
    postal_code = models.CharField(_("postal code"), max_length=16)
    prefecture = models.CharField(_("prefecture"), max_length=100)
    city = models.CharField(_("city"), max_length=200)
    line1 = models.CharField(_("street and number"), max_length=200)
    line2 = models.CharField(_("building and room"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(default=True, archived_at=None), name="one_default_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.postal_code} {self.prefecture}{self.city}{self.line1}"


class LinkChallengeQuerySet(models.QuerySet["LinkChallenge"]):
    def for_update_of(self, customer: Customer, challenge_id: UUID) -> "LinkChallenge | None":
        """Lock a challenge that the customer asked for."""
        db.require_transaction()
        own = self.filter(pk=challenge_id, requested_by=customer)
        return own.select_for_update(no_key=True, of=("self",)).first()


class LinkChallenge(models.Model):
    """
    A one-time code by which an account proves that a member card is its own.

    Only a keyed hash of the code is kept; it dies after its time, its use, or five wrong tries.
    Without a `member` it is a decoy: it answers like any other, so that nobody learns which
    member numbers exist, and no code fits it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("member"),
    )
    requested_by = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", verbose_name=_("requested by")
    )
    digest = models.BinaryField(_("digest"), max_length=32)
    sent_to = models.CharField(
        _("sent to"), max_length=16, help_text=_("The kind of identity that it was sent to.")
    )
    tries = models.PositiveSmallIntegerField(_("wrong tries"), default=0)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    objects = LinkChallengeQuerySet.as_manager()

    class Meta:
        verbose_name = _("link code")
        verbose_name_plural = _("link codes")

    def __str__(self) -> str:
        return str(self.id)


class Merge(models.Model):
    """The log of merges: the edge drawn, by whom and why; `undone_at` once it was taken back."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="merges", verbose_name=_("customer")
    )
    into = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="merges_received", verbose_name=_("into")
    )
    reason = models.CharField(_("reason"), max_length=64)
    actor = models.CharField(_("actor"), max_length=64)
    merged_at = models.DateTimeField(_("merged at"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(undone_at=None), name="one_standing_merge_per_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} → {self.into_id}"
