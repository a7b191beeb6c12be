"""Connections to the outside: what each was last told of our stock, and what went wrong."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from connectors import registry
from omni.core import db
from omni.core.ids import uuid7
from orders.models import Fulfilment
from organisation.models import SalesChannel


def refuse_unknown_kind(name: str) -> None:
    """Raises ValidationError, naming the kinds that are installed."""
    if registry.find_kind(name).connector is None:
        known = ", ".join(kind.name for kind in registry.usable())
        raise ValidationError(
            _("%(kind)s is not installed. The kinds that are: %(known)s."),
            code="unknown-kind",
            params={"kind": name, "known": known},
        )


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def flowing(self) -> "ConnectionQuerySet":
        """Those that something may be sent to now."""
        return self.filter(active=True).exclude(Exists(self._standing_pauses()))

    def to_poll(self) -> "ConnectionQuerySet":
        """Those that may be asked for orders now."""
        return self.filter(Q(poll_after=None) | Q(poll_after__lte=StatementNow()))

    def with_pause(self) -> "ConnectionQuerySet":
        """With `paused`, and `paused_until` where the pause has an end."""
        standing = self._standing_pauses()
        return self.annotate(paused=Exists(standing), paused_until=Subquery(standing.values("ends_at")[:1]))

    def _standing_pauses(self) -> "models.QuerySet[Pause]":
        return Pause.objects.filter(connection=OuterRef("pk"), resumed_at=None).filter(
            Q(ends_at=None) | Q(ends_at__gt=StatementNow())
        )

    def for_update_by_id(self, connection_id: int) -> "Connection":
        db.require_transaction()
        return self.select_for_update(no_key=True).get(pk=connection_id)


class StatementNow(Func):
    """The database's time, when the statement began."""

    template = "statement_timestamp()"
    output_field = models.DateTimeField()


class Connection(models.Model):
    """
    An outside system that sells a channel's stock.

    `kind` names its connector, which a package may install; `settings` are that kind's own
    (`connectors.registry`). `url` is the root that the receiver's endpoints stand under, `secret`
    proves both sides to each other; it never leaves by a log or screen.
    The circuit opens after failures in a row and lets one push through once `retry_at` is past. Asking
    for orders has its own: until `poll_after` nobody asks.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=32, default="webhook", validators=[refuse_unknown_kind])
    channel = models.ForeignKey(
        SalesChannel, on_delete=models.PROTECT, related_name="connections", verbose_name=_("sales channel")
    )
    url = models.URLField(_("URL"), max_length=500, blank=True)
    secret = models.CharField(_("secret"), max_length=4000, blank=True)
    settings = models.JSONField(_("settings of the kind"), default=dict, blank=True, db_default={})
    active = models.BooleanField(_("active"), default=True)
    pushes_per_second = models.PositiveIntegerField(_("pushes a second at most"), default=200)
    batch_size = models.PositiveIntegerField(_("items in a push at most"), default=200)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    retry_at = models.DateTimeField(_("circuit open until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    orders_cursor = models.CharField(_("orders read up to"), max_length=2000, blank=True)
    poll_failures = models.PositiveIntegerField(_("failed polls in a row"), default=0, db_default=0)
    poll_after = models.DateTimeField(_("not polled until"), null=True, blank=True)
    compared_at = models.DateTimeField(_("compared at"), null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self) -> str:
        return self.code


class VariantState(models.Model):
    """
    What a connection knows of a variant: absolute, under a version that only grows.

    `dirty_at` is when the oldest change not yet sent was committed. A push takes it over as
    `sending_dirty_at` until `lease_until`: one push a pair is in flight.
    `acknowledged_version` is the last one that the receiver confirmed, `lag` how long that one
    took from the commit of its change.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="+", verbose_name=_("variant"), db_index=False
    )
    version = models.BigIntegerField(_("version"), default=0)
    acknowledged_version = models.BigIntegerField(_("acknowledged version"), default=0)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    lag = models.DurationField(_("lag"), null=True)
    dirty_at = models.DateTimeField(_("dirty since"), null=True)
    sending_dirty_at = models.DateTimeField(_("sending what is dirty since"), null=True)
    lease_until = models.DateTimeField(_("in flight until"), null=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True)
    dead_at = models.DateTimeField(_("given up at"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.connection_id} {self.variant_id} v{self.version}"  # type: ignore[attr-defined]


def _state_indexes(prefix: str) -> list[models.Index]:
    """What is due or in flight of a connection, in the order in which it is taken; and what was given up."""
    return [
        models.Index(
            fields=["connection", "tries", "dirty_at", "id"],
            name=f"{prefix}_due",
            condition=Q(dirty_at__isnull=False) | Q(lease_until__isnull=False),
        ),
        models.Index(fields=["connection"], name=f"{prefix}_dead", condition=Q(dead_at__isnull=False)),
    ]


class PushState(VariantState):
    """What a connection knows of a variant's availability."""

    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        related_name="push_states",
        verbose_name=_("connection"),
        db_index=False,
    )
    available = models.BigIntegerField(_("available"), null=True)

    class Meta:
        verbose_name = _("push state")
        verbose_name_plural = _("push states")
        constraints = [
            models.UniqueConstraint(fields=["connection", "variant"], name="one_push_state_per_variant"),
            models.CheckConstraint(
                condition=Q(acknowledged_version__lte=F("version")), name="acknowledged_within_sent"
            ),
        ]
        indexes = [
            *_state_indexes("push"),
            models.Index(fields=["connection", "-acknowledged_at"], name="push_acknowledged"),
        ]


class ListingState(VariantState):
    """
    What a connection knows of a variant's listing: whether it is on sale, and for how much.

    `told` is the state last sent, as canonical JSON, so that equal states are equal texts.
    """

    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        related_name="listing_states",
        verbose_name=_("connection"),
        db_index=False,
    )
    told = models.TextField(_("listing"), null=True)

    class Meta:
        verbose_name = _("listing state")
        verbose_name_plural = _("listing states")
        constraints = [
            models.UniqueConstraint(fields=["connection", "variant"], name="one_listing_state_per_variant"),
            models.CheckConstraint(
                condition=Q(acknowledged_version__lte=F("version")), name="listing_acknowledged_within_sent"
            ),
        ]
        indexes = _state_indexes("listing")


class ShipmentNotice(models.Model):
    """
    A fulfilment that the connection which brought its order is to be told of, at least once.

    `public_id` is the same in every delivery, so that the receiver takes it once.
    """

    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        related_name="shipment_notices",
        verbose_name=_("connection"),
        db_index=False,
    )
    fulfilment = models.OneToOneField(
        Fulfilment, on_delete=models.CASCADE, related_name="+", verbose_name=_("fulfilment")
    )
    public_id = models.UUIDField(_("message id"), default=uuid7, unique=True)
    fulfilled_at = models.DateTimeField(_("fulfilled at"))
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    dead_at = models.DateTimeField(_("given up at"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("shipment notice")
        verbose_name_plural = _("shipment notices")
        indexes = [
            models.Index(
                fields=["connection", "id"], name="shipment_due", condition=Q(acknowledged_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.fulfilment_id}"


class Pause(models.Model):
    """
    A time for which nothing is sent over a connection: who paused it, why, and until when.

    It ends by itself at `ends_at`, or when somebody resumes it; what it kept waiting goes then.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="pauses", verbose_name=_("connection")
    )
    started_at = models.DateTimeField(_("started at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    actor = models.CharField(_("actor"), max_length=64)
    resumed_at = models.DateTimeField(_("resumed at"), null=True, blank=True)
    resumed_by = models.CharField(_("resumed by"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.UniqueConstraint(
                fields=["connection"], condition=Q(resumed_at=None), name="one_open_pause_per_connection"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("started_at")), name="pause_ends_after_its_start"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="paused_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.started_at:%Y-%m-%d %H:%M}"


class Comparison(models.Model):
    """
    A full comparison of what a connection shows with what we have; drifts are pushed again.

    Without `finished_at` it is running, or waits until the connection is compared next; `started_at` is
    when it began, and until then when it was asked for.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="comparisons", verbose_name=_("connection")
    )
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    compared = models.PositiveIntegerField(_("compared"), default=0)
    drifted = models.PositiveIntegerField(_("drifted"), default=0)
    listings_compared = models.PositiveIntegerField(_("listings compared"), default=0, db_default=0)
    listings_drifted = models.PositiveIntegerField(_("listings drifted"), default=0, db_default=0)
    detail = models.JSONField(_("drifts"), default=list)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        indexes = [models.Index(fields=["connection", "-id"], name="comparison_latest")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.started_at:%Y-%m-%d %H:%M}"
