"""The history of master data: what each row was before a change, who changed it and when."""

import json
from typing import Any, TypeVar

import pghistory
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.decorators import display as column

from omni.core.admin import ReadOnlyAdmin, display
from organisation.admin.scope import AtLocations

Admin = TypeVar("Admin", bound=type[Any])


# The labels of `omni.core.audit`.
WHAT = {"changed": _("changed"), "deleted": _("deleted")}


def event_model_of(model: type[Model]) -> type[Model]:
    return next(event for event in pghistory_models() if event.pgh_tracked_model is model)


def tracked_by(event: Any) -> type[Model]:
    found: type[Model] = event.pgh_tracked_model
    return found


def pghistory_models() -> list[Any]:
    return [model for model in apps.get_models() if issubclass(model, pghistory.models.Event)]


def with_history(cls: Admin) -> Admin:
    """Give an admin of audited rows the action that lists a row's earlier states."""

    @action(description=_("Earlier states"), icon="history", url_path="earlier", permissions=["view"])
    def earlier(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        event = event_model_of(self.model)._meta
        url = reverse(f"admin:{event.app_label}_{event.model_name}_changelist")
        return HttpResponseRedirect(f"{url}?pgh_obj__id__exact={unquote(object_id)}")

    cls.earlier = earlier
    cls.actions_detail = (*cls.actions_detail, "earlier")
    return cls


class HistoryAdmin(ReadOnlyAdmin):
    """One model's history. A row shows the state before its change."""

    list_display = ("changed_at", "what", "row", "who")
    list_filter = ("pgh_created_at",)
    list_select_related = ("pgh_context",)
    ordering = ("-pgh_id",)
    hidden = (
        "pgh_id",
        "pgh_obj",
        "pgh_context",
        "pgh_created_at",
        "pgh_label",
        "id",
        "digest",
        "secret",
        "search_text",
        "search_bigrams",
    )
    readonly_fields = ("changed_at", "what", "who")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Where rows belong to locations, the history of those that the user sees."""
        events = super().get_queryset(request)
        screen = self.admin_site._registry.get(tracked_by(self.model))
        return (
            events.filter(pgh_obj__in=screen.get_queryset(request))
            if isinstance(screen, AtLocations)
            else events
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *self.all_fields()]

    def title_of(self, row: Any) -> str:
        return f"{self.row(row)} / {self.changed_at(row)}"

    @column(description=_("changed at"), ordering="pgh_id")
    def changed_at(self, event: Any) -> str:
        return display.moment(event.pgh_created_at)

    @column(description=_("what happened"))
    def what(self, event: Any) -> str:
        return str(WHAT.get(event.pgh_label, event.pgh_label))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "pgh_obj__id__exact" or bool(super().lookup_allowed(lookup, value, request))

    @column(description=_("row"))
    def row(self, event: Any) -> str:
        return next(
            (
                str(getattr(event, name))
                for name in ("sku", "code", "value", "name")
                if getattr(event, name, None)
            ),
            f"#{event.pgh_obj_id}",
        )

    @column(description=_("changed by"))
    def who(self, event: Any) -> str:
        context = event.pgh_context
        metadata = (
            json.loads(context.metadata)
            if context and isinstance(context.metadata, str)
            else getattr(context, "metadata", None)
        )
        named = (metadata or {}).get("actor") or (metadata or {}).get("user")
        return str(named) if named else display.EMPTY


def register_histories() -> None:
    """An admin for every model that django-pghistory made."""
    for event in pghistory_models():
        if not admin.site.is_registered(event) and event.pgh_tracked_model:
            admin.site.register(event, HistoryAdmin)
