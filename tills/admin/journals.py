"""What devices did off line, and what of it somebody has to look at."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import exact
from organisation.admin.scope import AtLocations, LocationFilter
from tills.models import JournalEntry, TillTask
from tills.services import journals, tasks


def is_waiting(entry: JournalEntry) -> bool:
    return entry.status in journals.UNSETTLED


class BookForm(ActionForm):
    """Asks for nothing but the click."""


class DropForm(ActionForm):
    reason = forms.CharField(label=_("reason"), max_length=150, widget=UnfoldAdminTextInputWidget)


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
    actions_detail = ("book", "drop")

    @form_action(
        form=BookForm,
        permission="tills.replay",
        description=_("Book again"),
        icon="replay",
        when=is_waiting,
        primary=True,
        help=_("Once what stood in the way is mended. All of this till's entries that wait are booked."),
    )
    def book(self, asked: Asked) -> str:
        booked = journals.book_waiting(till=asked.row.till, actor=asked.actor, now=asked.now)
        return gettext("Booked: %(count)s.") % {"count": display.count(booked)}

    @form_action(
        form=DropForm,
        permission="tills.replay",
        description=_("Give up"),
        icon="delete",
        when=is_waiting,
        danger=True,
        help=_("It is never booked. Its hash stays, and so does the reason."),
    )
    def drop(self, asked: Asked) -> str:
        def act() -> str:
            journals.drop_entry(
                entry_id=asked.row.pk, reason=asked.values["reason"], actor=asked.actor, now=asked.now
            )
            return asked.changes(["status", "drop_reason"])

        return asked.once("drop-journal-entry", act)


def breaks_a_journal(task: TillTask) -> bool:
    return task.resolved_at is None and "previous_hash" in task.details


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
    actions_detail = ("settle", "go_on")

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

    @form_action(
        form=BookForm,
        permission="tills.replay",
        description=_("Go on after the gap"),
        icon="resume",
        when=breaks_a_journal,
        danger=True,
        help=_(
            "What is missing is given up: the journal goes on where the device does. Both ends are kept here."
        ),
    )
    def go_on(self, asked: Asked) -> str:
        def act() -> str:
            journals.go_on_after(task=asked.row, actor=asked.actor, now=asked.now)
            return asked.changes(["resolved_at", "resolution"])

        return asked.once("go-on-after-gap", act)
