import json
from datetime import datetime
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from connectors import kind_settings, registry, tasks
from connectors import services as connectors
from connectors.models import Comparison, Connection, ListingState, Pause, PushState, ShipmentNotice
from omni.core import clock, codec
from omni.core.admin import (
    ActionForm,
    Asked,
    MasterAdmin,
    ReadOnlyAdmin,
    display,
    form_action,
    staff_of,
)
from omni.core.admin.search import containing
from omni.core.errors import InvalidField

STATE = (
    ("failures", "retry_at", "last_error"),
    ("compared_at", "last_comparison"),
    ("poll_failures", "poll_after", "orders_cursor"),
)


class ConnectionForm(forms.ModelForm):
    """The secret goes in and never comes out: left empty it stays as it is."""

    kind = forms.ChoiceField(label=_("kind"), widget=UnfoldAdminSelectWidget)
    settings = forms.JSONField(
        label=_("settings of the kind"), required=False, initial=dict, widget=UnfoldAdminTextareaWidget
    )
    secret = forms.CharField(
        label=_("secret"),
        max_length=4000,
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Who may only look gets a form without fields.
        kind = self.fields.get("kind")
        if isinstance(kind, forms.ChoiceField):
            kind.choices = kind_choices(self.instance.kind)
            self.fields["settings"].help_text = settings_help()
            self.fields["secret"].help_text = secret_help()

    def clean_secret(self) -> str:
        return self.cleaned_data["secret"] or str(self.initial_secret)

    def clean_settings(self) -> Any:
        return self.cleaned_data["settings"] or {}

    @property
    def initial_secret(self) -> str:
        return str(self.instance.secret)

    def _post_clean(self) -> None:
        """What the kind demands is asked of the whole row, once it is put together."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            connectors.check_connection(connection=self.instance)
        except InvalidField as error:
            self._refuse(error)

    def _refuse(self, error: InvalidField) -> None:
        field, _dot, setting = error.field.partition(".")
        if error.rule == "required":
            text = str(_("This kind of connection needs it."))
        else:
            text = f"{setting}: {error.rule}" if setting else str(error.rule)
        self.add_error(field, forms.ValidationError(text, code="invalid"))


def kind_choices(current: str) -> list[tuple[str, str]]:
    """What is installed; the row's own kind too, where it is not."""
    found = [(kind.name, f"{kind.label} ({kind.name})") for kind in registry.usable()]
    if current not in dict(found):
        found.append((current, str(_("%(kind)s (not installed)") % {"kind": current})))
    return found


def settings_help() -> str:
    """What each kind takes, a line a setting."""
    told = []
    for kind in registry.usable():
        for one in kind_settings.describe(kind.connector.settings):  # type: ignore[union-attr]
            default = _("demanded") if one.demanded else json.dumps(codec.encode(one.default))
            parts = [f"{kind.name}: “{one.name}”", one.rule, str(default), str(one.help)]
            told.append(", ".join(part for part in parts if part))
    text = _("JSON: names and values, as the kind takes them.")
    return format_html("{}{}", text, format_html_join("", "<br>{}", ((line,) for line in told)))


def secret_help() -> str:
    """That it is not shown, and of which kinds it is several."""
    kinds = [(kind.name, kind.connector.credentials) for kind in registry.usable() if kind.connector]
    told = [
        _("%(kind)s: a JSON object of %(names)s")
        % {"kind": name, "names": ", ".join(one.name for one in kind_settings.describe(credentials))}
        for name, credentials in kinds
        if credentials
    ]
    text = _("It is not shown. Left empty it stays as it is.")
    return format_html("{}{}", text, format_html_join("", "<br>{}", ((line,) for line in told)))


class GoForm(ActionForm):
    """Asks for nothing but the click."""


class PauseForm(ActionForm):
    """Why, and until when, if that is known."""

    reason = forms.CharField(label=_("reason"), max_length=200, widget=UnfoldAdminTextInputWidget)
    until = forms.SplitDateTimeField(
        label=_("until"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Left empty: until it is resumed."),
    )


@admin.register(Connection)
class ConnectionAdmin(MasterAdmin):
    form = ConnectionForm
    list_display = ("code", "name", "kind", "channel", "circuit", "waiting", "dead", "compared_at", "active")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedDropdownFilter), "active")
    ordering = ("code",)
    finders = (containing("code", "name", "url"),)
    search_help_text = _("Code, name or URL")
    fieldsets = (
        (None, {"fields": ("code", "name", "kind", "channel", "url", "secret", "settings", "active")}),
        (_("Pace"), {"fields": (("pushes_per_second", "batch_size"),)}),
        (_("State"), {"fields": STATE}),
    )
    readonly_fields = tuple(chain(*STATE))
    actions_detail = ("compare", "replay", "pause", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_figures(super().get_queryset(request).with_pause())

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        connectors.save_connection(connection=obj, actor=staff_of(request), now=clock.now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What it was told would go with it; one out of use is switched off."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only read sees no place for the secret at all."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != "secret"]})
            for title, options in fieldsets
        ]

    @column(description=_("circuit"))
    def circuit(self, connection: Any) -> str:
        return circuit(
            kind_error=registry.find_kind(connection.kind).error,
            paused=connection.paused,
            paused_until=connection.paused_until,
            broken=connection.retry_at is not None,
        )

    @column(description=_("last comparison"))
    def last_comparison(self, connection: Any) -> str:
        """The latest that anybody asked for, the clock too: since when it runs, or how it ended."""
        latest = Comparison.objects.filter(connection=connection.pk).order_by("-pk").first()
        if latest is None:
            return display.EMPTY
        if latest.finished_at is None:
            return str(_("running since %(at)s") % {"at": display.moment(latest.started_at)})
        return f"{display.moment(latest.finished_at)}: {outcome(latest)}"

    @column(description=_("waiting"))
    def waiting(self, connection: Any) -> str:
        return display.count(connection.waiting)

    @column(description=_("given up"))
    def dead(self, connection: Any) -> str:
        return display.count(connection.dead)

    @form_action(
        form=GoForm,
        permission="connectors.compare",
        description=_("Compare now"),
        icon="compare_arrows",
        when=lambda connection: connection.active,
        help=_("Reads all that the other side shows, and pushes again what differs."),
    )
    def compare(self, asked: Asked) -> str:
        wanted = connectors.ask_comparison(
            connection_id=asked.row.pk, claim=asked.claim("compare"), now=asked.now
        )
        if wanted.finished_at is None:
            tasks.compare_soon(connection_id=asked.row.pk)
        return outcome(wanted)

    @form_action(
        form=GoForm,
        permission="connectors.replay",
        description=_("Replay dead letters"),
        icon="replay",
        when=lambda connection: connection.dead > 0,
        primary=True,
        help=_("Every push that was given up gets all its tries again."),
    )
    def replay(self, asked: Asked) -> str:
        return replay(asked, connection_id=asked.row.pk)

    @form_action(
        form=PauseForm,
        permission="connectors.pause",
        description=_("Pause"),
        icon="pause_circle",
        when=lambda connection: connection.active,
        danger=True,
        help=_("Nothing is sent until it is resumed or the pause ends; orders still come in."),
    )
    def pause(self, asked: Asked) -> str:
        def act() -> str:
            connectors.pause_connection(
                connection_id=asked.row.pk,
                reason=asked.values["reason"],
                until=asked.values["until"],
                actor=asked.actor,
                now=asked.now,
            )
            return str(_("It is paused."))

        return asked.once("pause-connection", act)

    @form_action(
        form=GoForm,
        permission="connectors.pause",
        description=_("Resume"),
        icon="play_circle",
        when=lambda connection: connection.paused,
        primary=True,
        help=_("What differs from what the other side was told is sent at once."),
    )
    def resume(self, asked: Asked) -> str:
        def act() -> str:
            connectors.resume_connection(connection_id=asked.row.pk, actor=asked.actor, now=asked.now)
            return str(_("It is resumed."))

        return asked.once("resume-connection", act)


def outcome(comparison: Comparison) -> str:
    """What came of a comparison; or that it is still to come."""
    if comparison.finished_at is None:
        return str(_("It is being compared; what comes of it stands here under “last comparison”."))
    if comparison.error:
        return str(_("The other side could not be read: %(error)s") % {"error": comparison.error})
    return str(
        _("%(compared)s compared, %(drifted)s differed and are pushed again.")
        % {
            "compared": display.count(comparison.compared + comparison.listings_compared),
            "drifted": display.count(comparison.drifted + comparison.listings_drifted),
        }
    )


def circuit(*, kind_error: str, paused: bool, paused_until: datetime | None, broken: bool) -> str:
    """A connection's state as a badge: for the list here, and for the staff's home."""
    if kind_error:
        return display.badge(_("not installed"), "bad")
    if paused:
        until = display.moment(paused_until) if paused_until else ""
        return display.badge(f"{_('paused')} {until}".strip(), "waiting")
    return display.badge(
        _("waiting for the other side") if broken else _("flowing"), "bad" if broken else "good"
    )


def with_figures(connections: QuerySet) -> QuerySet:
    """
    With `waiting` and `dead`: what is due and what was given up, of stock, listings and shipments.

    A subquery each, of partial indexes: joined, the three would multiply each other.
    """
    moving = Q(dirty_at__isnull=False) | Q(lease_until__isnull=False)
    dead = Q(dead_at__isnull=False)
    untold = Q(acknowledged_at=None)
    return connections.annotate(
        waiting=_number(PushState, moving)
        + _number(ListingState, moving)
        + _number(ShipmentNotice, untold & ~dead),
        dead=_number(PushState, dead) + _number(ListingState, dead) + _number(ShipmentNotice, untold & dead),
    )


def _number(model: Any, wanted: Q) -> Any:
    rows = model.objects.filter(wanted, connection=OuterRef("pk")).order_by().values("connection")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


def replay(asked: Asked, *, connection_id: int) -> str:
    return asked.once("replay-dead", lambda: replayed(connectors.replay_dead(connection_id=connection_id)))


def replayed(number: int) -> str:
    told = ngettext("%(number)s push is tried again.", "%(number)s pushes are tried again.", number)
    return told % {"number": display.count(number)}


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "connection",
        "finished_at",
        "compared",
        "drifted",
        "listings_compared",
        "listings_drifted",
        "error",
    )
    list_select_related = ("connection",)
    list_filter = (("connection", RelatedDropdownFilter), "started_at")
    ordering = ("-pk",)
    finders = (containing("connection__code", "error"),)
    search_help_text = _("Connection or error")


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    """Who paused what, why, and who resumed it."""

    list_display = ("connection", "started_at", "ends_at", "reason", "actor", "resumed_at", "resumed_by")
    list_select_related = ("connection",)
    list_filter = (("connection", RelatedDropdownFilter), "started_at")
    ordering = ("-pk",)
    finders = (containing("connection__code", "reason"),)
    search_help_text = _("Connection or reason")
