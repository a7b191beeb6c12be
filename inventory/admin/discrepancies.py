"""The queue of discrepancies: whose they are, how old, and what settles each with one click."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column

from catalog.admin.finding import variants
from inventory import services as inventory
from inventory.admin.count_forms import AssignForm, NoteForm, ResolveForm
from inventory.models import Discrepancy
from inventory.services.remedies import FITS
from omni.core import clock
from omni.core.admin import Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import exact
from organisation.admin.history import with_history
from organisation.admin.scope import AtLocations, LocationFilter

display.SOURCES["count"] = (_("count sheet"), "admin:inventory_countsheet_change")
display.SOURCES["stock-take"] = (_("stock-take"), "admin:inventory_stocktake_change")


class Owner(admin.SimpleListFilter):
    title = pgettext_lazy("staff", "owner")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("mine")), ("nobody", _("nobody's"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted: dict[str, dict[str, Any]] = {"mine": {"owner": request.user.pk}, "nobody": {"owner": None}}
        return queryset.filter(**wanted[value]) if (value := self.value()) in wanted else queryset


class Age(admin.SimpleListFilter):
    title = _("age")
    parameter_name = "older"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("over a day")), ("7", _("over a week")), ("30", _("over 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        if value not in ("1", "7", "30"):
            return queryset
        return queryset.filter(opened_at__lt=clock.now() - timedelta(days=int(value)))


def open_for(remedy: str) -> Callable[[Discrepancy], bool]:
    return lambda row: row.status == Discrepancy.Status.OPEN and remedy in FITS[row.kind]


@admin.register(Discrepancy)
@with_history
class DiscrepancyAdmin(AtLocations, ReadOnlyAdmin):
    currency = "location.currency"
    list_display = (
        "opened_at",
        "age",
        "kind",
        "variant",
        "location",
        "quantity",
        "worth",
        "owner",
        "status",
        "source",
        "remedy",
    )
    list_select_related = ("variant", "location", "owner")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        Owner,
        Age,
        ("location", LocationFilter),
        ("owner", RelatedDropdownFilter),
    )
    ordering = ("-pk",)
    finders = (variants("variant"), exact("source"))
    search_help_text = _("JAN, SKU, name or source")
    fields = (
        "kind",
        "status",
        "age",
        "variant",
        "location",
        "quantity",
        "moved",
        "worth",
        "reason",
        "source",
        "owner",
        "opened_at",
        "remedy",
        "resolution",
        "resolved_at",
        "actor",
    )
    readonly_fields = ("age", "worth")
    summary = ("variant", "location", "quantity", "source")
    actions_detail = ("assign", "add_missing", "found", "write_off", "release", "resolve")

    @column(description=_("age"), ordering="opened_at")
    def age(self, row: Discrepancy) -> str:
        """How long it has been open, or was."""
        return timesince(row.opened_at, row.resolved_at or clock.now(), depth=1)

    @column(description=_("worth"), ordering="value")
    def worth(self, row: Discrepancy) -> str:
        return display.amount(row.value, row.location.currency) if row.location else display.EMPTY

    def _settle(self, asked: Asked, remedy: str, resolution: str) -> str:
        done = inventory.resolve_discrepancy(
            discrepancy_id=asked.row.pk,
            remedy=remedy,
            resolution=resolution,
            claim=asked.claim("resolve-discrepancy"),
            actor=asked.actor,
            now=asked.now,
        )
        told = asked.changes(["status", "remedy", "quantity"])
        moved = _("on hand: %(units)s") % {"units": f"{done.moved:+,}"}
        return f"{told}、{moved}" if done.moved else told

    @form_action(
        form=AssignForm,
        permission="inventory.resolve",
        description=_("Assign"),
        icon="assignment_ind",
        when=lambda row: row.status == Discrepancy.Status.OPEN,
    )
    def assign(self, asked: Asked) -> str:
        owner = asked.values["owner"]
        inventory.assign_discrepancy(
            discrepancy_id=asked.row.pk,
            owner_id=owner.pk if owner else None,
            claim=asked.claim("assign-discrepancy"),
            actor=asked.actor,
            now=asked.now,
        )
        return pgettext("staff", "Owner: %(owner)s") % {"owner": owner or display.EMPTY}

    @form_action(
        form=NoteForm,
        permission="inventory.resolve",
        description=_("The goods were there"),
        icon="add_box",
        when=open_for("ADDED"),
        primary=True,
        help=_("Adds what is missing, so that the level is at zero again."),
    )
    def add_missing(self, asked: Asked) -> str:
        return self._settle(asked, "ADDED", asked.values["note"])

    @form_action(
        form=NoteForm,
        permission="inventory.resolve",
        description=_("Found"),
        icon="search_check",
        when=open_for("FOUND"),
        primary=True,
        help=_("The goods are there after all: the books have them again."),
    )
    def found(self, asked: Asked) -> str:
        return self._settle(asked, "FOUND", asked.values["note"])

    @form_action(
        form=NoteForm,
        permission="inventory.resolve",
        description=_("Write off as shrinkage"),
        icon="delete_sweep",
        when=open_for("SHRINKAGE"),
        help=_("The goods are gone: what the books still have of them is taken away."),
    )
    def write_off(self, asked: Asked) -> str:
        return self._settle(asked, "SHRINKAGE", asked.values["note"])

    @form_action(
        form=NoteForm,
        permission="inventory.resolve",
        description=_("Release the youngest promises"),
        icon="lock_open",
        when=open_for("RELEASED"),
        help=_("Of those that nobody has paid for; orders that are placed keep theirs."),
    )
    def release(self, asked: Asked) -> str:
        return self._settle(asked, "RELEASED", asked.values["note"])

    @form_action(
        form=ResolveForm,
        permission="inventory.resolve",
        description=_("Resolve"),
        icon="task_alt",
        when=open_for("NOTED"),
        help=_("Say what was done. It moves no stock: what has to be moved is adjusted at the level."),
    )
    def resolve(self, asked: Asked) -> str:
        return self._settle(asked, "NOTED", asked.values["resolution"])
