"""
The admin's base classes: what is shared by every app's staff screens.

`ModelAdmin` shows and finds; `ReadOnlyAdmin` is for ledgers, claims, events and whatever only
services may write; `MasterAdmin` for rows that others refer to: archived, never deleted.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_permission_codename, get_user_model
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.enums import ActionVariant

from omni.core.admin.columns import ACTOR_FIELDS, Column, column_of
from omni.core.admin.saving import SavedOnce
from omni.core.admin.search import Finder, anyone

Fields = Sequence[Any]
# As many buttons as a page's head has room for.
MOST_BUTTONS = 4


class ShownByType:
    """Replaces the names of fields by columns that show them as people read them."""

    model: type[models.Model]
    # Where the currency of a row's amounts stands, as a dotted path from the row.
    currency: ClassVar[str] = ""
    hidden: ClassVar[tuple[str, ...]] = ()

    def shown(self, names: Iterable[Any], *, wide: bool) -> list[Any]:
        return [self._column(name, wide) if isinstance(name, str) else name for name in names]

    def _column(self, name: str, wide: bool) -> Column | str:
        kept: dict[tuple[str, bool], Column | str] = self.__dict__.setdefault("_columns", {})
        if (name, wide) not in kept:
            overridden = getattr(self, name, None)
            column = None if overridden else column_of(self.model, name, currency=self.currency, wide=wide)
            kept[name, wide] = column or name
        return kept[name, wide]

    def all_fields(self) -> list[str]:
        """Every field in the model's order, but for keys without meaning and what is hidden."""
        fields = self.model._meta.fields
        return [
            field.name
            for field in fields
            if field.name not in self.hidden and not isinstance(field, models.AutoField | models.BigAutoField)
        ]


def names_of(columns: Iterable[Any]) -> list[str]:
    return [column if isinstance(column, str) else column.__name__ for column in columns]


class Titled:
    """A row under the name that its admin gives it, for the head of its page."""

    def __init__(self, row: models.Model, title: str) -> None:
        self.pk = row.pk
        self._meta = row._meta
        self.title = title

    def __str__(self) -> str:
        return self.title


def name_actors(rows: Iterable[Any]) -> None:
    """Give each row the names of the users among the actors of all, by one query."""
    rows = list(rows)
    actors = {getattr(row, name, "") or "" for row in rows for name in ACTOR_FIELDS}
    wanted = {one[5:] for one in actors if one.startswith("user:") and one[5:].isdigit()}
    users = get_user_model().objects.filter(pk__in=wanted) if wanted else ()
    names = {f"user:{user.pk}": str(user) for user in users}
    for row in rows:
        row._actors = names


class ModelAdmin(ShownByType, SavedOnce):
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    list_fullwidth = True
    empty_value_display = "–"
    # Deleting what is ticked would pass by the rules of each row.
    actions: Any = None
    search_fields: Any = ()
    finders: ClassVar[tuple[Finder, ...]] = ()
    # The fields that the page of an action shows: what is about to change.
    summary: ClassVar[tuple[str, ...]] = ()

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        if self.finders:
            # What makes Django show a search box; the finders do the work.
            self.search_fields = ("pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(anyone(find(search_term) for find in self.finders)), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.shown(super().get_list_display(request), wide=False)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        name_actors(changelist.result_list)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            name_actors([row])
        return row

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = [*super().get_readonly_fields(request, obj), *self.fixed_fields(request, obj)]
        return self.shown(names, wide=True)

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """What stays as it is once the row is there, or for this user; a hook."""
        return ()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Django leaves read-only fields out of the form by name; columns stand for theirs."""
        fixed = self.get_readonly_fields(request, obj)
        return [*(super().get_exclude(request, obj) or ()), *names_of(fixed)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What can't be changed is shown by type, whether it is so for all or for this user."""
        writable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        fixed = set(names_of(self.get_readonly_fields(request, obj))) if writable else None
        return [
            (title, {**options, "fields": self._fixed(options["fields"], fixed)})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def _fixed(self, names: Fields, fixed: set[str] | None) -> list[Any]:
        shown: list[Any] = []
        for name in names:
            if isinstance(name, list | tuple):
                shown.append(tuple(self._fixed(name, fixed)))
            else:
                shown += self.shown([name], wide=True) if fixed is None or name in fixed else [name]
        return shown

    def title_of(self, row: Any) -> str:
        """What the row is called at the head of its page and of its actions."""
        return str(row)

    def summary_of(self, row: Any) -> list[tuple[Any, Any]]:
        columns = [column_of(self.model, name, currency=self.currency, wide=True) for name in self.summary]
        return [(column.short_description, column(row)) for column in columns if column]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *rest: Any, **options: Any
    ) -> Any:
        if options.get("obj") is not None:
            context["original"] = Titled(options["obj"], self.title_of(options["obj"]))
        return super().render_change_form(request, context, *rest, **options)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """What isn't there for this user is a 404, as everywhere else."""
        raise Http404

    def leave(self, request: HttpRequest, text: str) -> HttpResponse:
        """Say it, and go to the list: for actions after which the row is gone."""
        messages.success(request, text)
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        """
        Whether the user may do this to this row (without one, to any).

        These rows belong to no location, so they are everyone's: who may do it at some locations may
        not. `AtLocations` asks where.
        """
        return bool(request.user.has_perm(permission, obj or self.model()))

    def permission(self, verb: str) -> str:
        return f"{self.opts.app_label}.{get_permission_codename(verb, self.opts)}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, self.permission("add"), None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, self.permission("change"), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, self.permission("delete"), obj)

    def choices_of(self, rows: QuerySet, request: HttpRequest, permission: str) -> QuerySet:
        """Those of the rows that a form may choose under a permission; a hook of `AtLocations`."""
        return rows

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        """Offer, and take, only what the user's reach holds: another's id is no choice."""
        rows = super().get_field_queryset(db, db_field, request)
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if not isinstance(related, ModelAdmin):
            return rows
        matched = request.resolver_match
        verb = "change" if matched and matched.kwargs.get("object_id") else "add"
        every = db_field.remote_field.model._default_manager.all() if rows is None else rows
        return related.choices_of(every, request, self.permission(verb))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The actions that the user may run on this row, and that its state offers."""
        actions = super().get_actions_detail(request, object_id)
        if not any(hasattr(action.method, "spec") for action in actions):
            return actions
        row = self.get_object(request, unquote(str(object_id)))
        return [action for action in actions if row is not None and self._offers(action, request, row)]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """The actions of the list that the user may run at all."""
        return [
            action
            for action in super().get_actions_list(request)
            if not hasattr(action.method, "spec") or self.allows(request, action.method.spec.permission, None)
        ]

    def _get_actions_navigation(self, *arguments: Any, **options: Any) -> list[Any]:
        """The buttons of a page's head, as unfold builds them; those that don't fit, in a menu."""
        buttons = super()._get_actions_navigation(*arguments, **options)
        if len(buttons) <= MOST_BUTTONS:
            return buttons
        shown, rest = buttons[: MOST_BUTTONS - 1], buttons[MOST_BUTTONS - 1 :]
        return [
            *shown,
            {"title": _("More"), "icon": "more_horiz", "variant": ActionVariant.DEFAULT, "items": rest},
        ]

    def _offers(self, action: Any, request: HttpRequest, row: Any) -> bool:
        spec = getattr(action.method, "spec", None)
        return spec is None or (spec.when(row) and self.allows(request, spec.permission, row))


class ReadOnlyMixin:
    """Nothing is added, changed or deleted here, by URL either: services write these rows."""

    def has_add_permission(self, request: HttpRequest, *rest: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyMixin, ModelAdmin):
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Fields:
        return self.fields or [*self.all_fields(), *self.readonly_fields]


class MasterAdmin(ModelAdmin):
    """Rows that others refer to stay: only one that nothing refers to can be deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not referred_to(obj))


def referred_to(row: models.Model) -> bool:
    """Whether any row holds this one back (`PROTECT`), or names it in a ledger."""
    for relation in row._meta.related_objects:
        kept = relation.on_delete in (models.PROTECT, models.RESTRICT, models.DO_NOTHING)
        history = relation.field.name == "pgh_obj"
        if (
            kept
            and not history
            and relation.related_model._default_manager.filter(**{relation.field.name: row}).exists()
        ):
            return True
    return False


class TabularInline(ShownByType, UnfoldTabularInline):
    extra = 0
    show_change_link = False


class ReadOnlyInline(ReadOnlyMixin, TabularInline):
    """The rows below a row, to be read."""

    can_delete = False
    hide_title = True
    ordering: Fields = ("pk",)
    # More rows than this are on further pages.
    per_page = 50

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Fields:
        return self.shown(self.fields or self.all_fields(), wide=False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Fields:
        return self.get_fields(request, obj)
