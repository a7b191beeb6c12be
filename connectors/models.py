"""Connections to the outside: what each was last told of our stock, and what went wrong."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from connectors import registry
from omni.core import db
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


class Connection(models.Model):
    """
    An outside system that sells a channel's stock.

    `kind` names its connector, which a package may install; `settings` are that kind's own
    (`connectors.registry`). `url` is the root that the receiver's endpoints stand under, `secret`
    proves both sides to each other; it never leaves by a log or screen.
    The circuit opens after failures in a row and lets one push through once `retry_at` is past.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=32, default="webhook", validators=[refuse_unknown_kind])
    channel = models.ForeignKey(
        SalesChannel, on_delete=models.PROTECT, related_name="connections", verbose_name=_("sales channel")
    )
    url = models.URLField(_("URL"), max_length=500, blank=True)
    secret = models.CharField(_("secret"), max_length=200, blank=True)
    settings = models.JSONField(_("settings of the kind"), default=dict, blank=True, db_default={})
    active = models.BooleanField(_("active"), default=True)
    pushes_per_second = models.PositiveIntegerField(_("pushes a second at most"), default=200)
    batch_size = models.PositiveIntegerField(_("items in a push at most"), default=200)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    retry_at = models.DateTimeField(_("circuit open until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    orders_cursor = models.CharField(_("orders read up to"), max_length=200, blank=True)
    compared_at = models.DateTimeField(_("compared at"), null=True, blank=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self) -> str:
        return self.code


class PushState(models.Model):
    """
    What a connection knows of a variant's availability.

    `dirty_at` is when the oldest change not yet sent was committed. A push takes it over as
    `sending_dirty_at` until `lease_until`: one push a pair is in flight. `version` only grows;
    `acknowledged_version` is the last one that the receiver confirmed, `lag` how long that one
    took from the commit of its change.
    """

    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        related_name="push_states",
        verbose_name=_("connection"),
        db_index=False,
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="+", verbose_name=_("variant"), db_index=False
    )
    version = models.BigIntegerField(_("version"), default=0)
    available = models.BigIntegerField(_("available"), null=True)
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
        verbose_name = _("push state")
        verbose_name_plural = _("push states")
        constraints = [
            models.UniqueConstraint(fields=["connection", "variant"], name="one_push_state_per_variant"),
            models.CheckConstraint(
                condition=Q(acknowledged_version__lte=F("version")), name="acknowledged_within_sent"
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "dirty_at"], name="push_dirty", condition=Q(dirty_at__isnull=False)
            ),
            models.Index(
                fields=["connection", "lease_until"],
                name="push_in_flight",
                condition=Q(lease_until__isnull=False),
            ),
            models.Index(fields=["connection"], name="push_dead", condition=Q(dead_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.variant_id} v{self.version}"


class InboundFailureQuerySet(models.QuerySet["InboundFailure"]):
    def open(self) -> "InboundFailureQuerySet":
        return self.filter(resolved_at=None)

    def dropped(self) -> "InboundFailureQuerySet":
        return self.exclude(drop_reason="")

    def for_update_by_id(self, failure_id: int) -> "InboundFailure":
        """Lock a failure, with its connection."""
        db.require_transaction()
        return (
            self.select_related("connection").select_for_update(no_key=True, of=("self",)).get(pk=failure_id)
        )


class InboundFailure(models.Model):
    """
    An order from outside that could not be taken in: kept until it can, or a person drops it.

    `drop_reason` says why `actor` dropped it; one that was dropped is never taken in.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="inbound_failures", verbose_name=_("connection")
    )
    external_number = models.CharField(_("the channel's own number"), max_length=64)
    body = models.JSONField(_("body"))
    error = models.TextField(_("error"))
    tries = models.PositiveIntegerField(_("tries"), default=1)
    failed_at = models.DateTimeField(_("failed at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    drop_reason = models.CharField(_("why it was dropped"), max_length=200, blank=True, db_default="")
    actor = models.CharField(_("dropped by"), max_length=64, blank=True, db_default="")

    objects = InboundFailureQuerySet.as_manager()

    class Meta:
        verbose_name = _("failed inbound order")
        verbose_name_plural = _("failed inbound orders")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "external_number"], name="one_inbound_failure_per_order"
            ),
            models.CheckConstraint(
                condition=Q(drop_reason="", actor="")
                | (~Q(drop_reason="") & ~Q(actor="") & Q(resolved_at__isnull=False)),
                name="dropped_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.external_number


class Comparison(models.Model):
    """A full comparison of what a connection shows with what we have; drifts are pushed again."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="comparisons", verbose_name=_("connection")
    )
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    compared = models.PositiveIntegerField(_("compared"), default=0)
    drifted = models.PositiveIntegerField(_("drifted"), default=0)
    detail = models.JSONField(_("drifts"), default=list)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")

    def __str__(self) -> str:
        return f"{self.connection_id} {self.started_at:%Y-%m-%d %H:%M}"
