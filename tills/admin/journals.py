"""What devices did off line, and what of it somebody has to look at."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, form_action
from omni.core.admin.search import exact
from organisation.admin.scope import AtLocations, LocationFilter
from tills.models import JournalEntry, TillTask
from tills.services import tasks


@admin.register(JournalEntry)
class JournalEntryAdmin(AtLocations, ReadOnlyAdmin):
    """The chain of each device, with what became of every entry."""

    at = ("till__location",)
    list_display = ("till", "sequence", "kind", "occurred_at", "received_at", "status", "number")
    list_select_related = ("till__location",)
    list_filter = (("status", ChoicesDropdownFilter), ("received_at", RangeDateFilter))
    ordering = ("-pk",)
    finders = (exact("number", "till__code"),)
    search_help_text = _("Order or return number, or the till's code")


class SettleForm(ActionForm):
    resolution = forms.CharField(
        label=_("how it was settled"), max_length=200, widget=UnfoldAdminTextInputWidget
    )


@admin.register(TillTask)
class TillTaskAdmin(AtLocations, ReadOnlyAdmin):
    """What tills left for a person to look at; settled by saying how."""

    list_display = ("opened_at", "location", "till", "kind", "source", "order", "resolved_at", "actor")
    list_select_related = ("location", "till__location", "order")
    list_filter = (
        ("location", LocationFilter),
        ("kind", ChoicesDropdownFilter),
        ("resolved_at", admin.EmptyFieldListFilter),
    )
    ordering = ("resolved_at", "-pk")
    finders = (exact("order__number", "till__code"),)
    search_help_text = _("Order number, or the till's code")
    actions_detail = ("settle",)

    @form_action(
        form=SettleForm,
        permission="tills.settle",
        description=_("Settle"),
        icon="task_alt",
        when=lambda task: task.resolved_at is None,
        primary=True,
    )
    def settle(self, asked: Asked) -> str:
        def act() -> str:
            tasks.settle_task(
                task_id=asked.row.pk, resolution=asked.values["resolution"], actor=asked.actor, now=asked.now
            )
            return asked.changes(["resolved_at", "resolution"])

        return asked.once("settle-till-task", act)
