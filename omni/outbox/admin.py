"""Staff screens of the outbox: what happened, who has taken it, what failed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AllValuesCheckboxFilter
from unfold.decorators import display as column
from unfold.paginator import InfinitePaginator

from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import exact, starting
from omni.outbox import dead_letters
from omni.outbox.events import BY_TYPE
from omni.outbox.models import Event, Failure


class GoForm(ActionForm):
    """Asks for nothing but the click."""


class EventType(admin.SimpleListFilter):
    """The declared types: asking the table for those in it would read all of it."""

    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(BY_TYPE)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(type=self.value()) if self.value() else queryset


class Progress(admin.SimpleListFilter):
    title = _("progress")
    parameter_name = "progress"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("unfinished")), ("done", _("finished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(finished_at__isnull=self.value() == "open")


class FailureInline(ReadOnlyInline):
    model = Failure
    fields = ("consumer", "tries", "error", "failed_at", "dead_at")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("sequence", "type", "aggregate", "occurred_at", "actor", "finished_at")
    list_display_links = ("sequence", "type")
    list_filter = (Progress, EventType, "occurred_at")
    ordering = ("-sequence",)
    finders = (starting("aggregate"), exact("correlation"))
    search_help_text = _("Aggregate, as order:42, or correlation")
    readonly_fields = ("taken_by",)
    inlines = (FailureInline,)

    @column(description=_("taken by"))
    def taken_by(self, event: Event) -> str:
        """The receipts: their key is of two columns, which an admin of their own can't take."""
        rows = event.receipts.order_by("received_at").values_list("consumer", "received_at")
        return display.table(
            [_("consumer"), _("received at")], [[consumer, display.moment(at)] for consumer, at in rows]
        )


@admin.register(Failure)
class FailureAdmin(ReadOnlyAdmin):
    list_display = ("event", "consumer", "tries", "failed_at", "next_try_at", "dead_at", "error")
    list_select_related = ("event",)
    list_filter = (("consumer", AllValuesCheckboxFilter), "dead_at", "failed_at")
    ordering = ("-pk",)
    finders = (starting("event__aggregate"), exact("consumer"))
    search_help_text = _("Aggregate, as order:42, or consumer")
    actions_detail = ("retry", "drop")

    @form_action(
        form=GoForm,
        permission="outbox.retry",
        description=_("Try again"),
        icon="replay",
        primary=True,
        help=_("The event is handed over at once, with all its tries again."),
    )
    def retry(self, asked: Asked) -> str:
        def act() -> str:
            dead_letters.retry(failures=Failure.objects.filter(pk=asked.row.pk))
            return asked.changes(["tries", "dead_at"])

        return asked.once("retry-delivery", act)

    @form_action(
        form=GoForm,
        permission="outbox.drop",
        description=_("Give up"),
        icon="delete_forever",
        when=lambda failure: failure.dead_at is None,
        danger=True,
        help=_("This consumer never gets the event."),
    )
    def drop(self, asked: Asked) -> str:
        def act() -> str:
            dead_letters.drop(failures=Failure.objects.filter(pk=asked.row.pk))
            return asked.changes(["dead_at"])

        return asked.once("drop-delivery", act)
