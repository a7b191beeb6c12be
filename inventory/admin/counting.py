"""Cycle counts: sheets, their lines, and how far off is too far."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column

from catalog.admin.finding import variants
from inventory import counts
from inventory import services as inventory
from inventory.admin.count_forms import FinishForm, OpenSheetForm, RecordForm, RecountForm, SureForm
from inventory.models import CountLimit, CountLine, CountRecord, CountSheet
from omni.core.admin import Asked, MasterAdmin, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import starting
from organisation.admin.history import with_history
from organisation.admin.scope import AtLocations, LocationFilter

Status = CountSheet.Status
UNHEEDED = _(
    "%(skus)s: written down, but it does not count. The line was to be counted again after that, or was "
    "counted later. Look at the shelf again."
)


class InState:
    """When an action is offered: in these states of its row."""

    def __init__(self, *states: str) -> None:
        self.states = states

    def __call__(self, row: Any) -> bool:
        return row.status in self.states


@admin.register(CountLimit)
@with_history
class CountLimitAdmin(AtLocations, MasterAdmin):
    fields = ("location", "quantity", "share")
    list_display = ("limit", "quantity", "share")
    list_select_related = ("location",)
    ordering = ("location__code",)

    @column(description=_("location"))
    def limit(self, row: CountLimit) -> str:
        return str(row)

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("location",) if obj else ()


class Told:
    """What may be told of a line: `counts.with_books` leaves out what a blind sheet must not say."""

    @column(description=_("books"))
    def book(self, line: Any) -> str:
        return display.EMPTY if line.book is None else display.count(line.book)

    @column(description=_("variance"))
    def difference(self, line: Any) -> str:
        return display.EMPTY if line.difference is None else f"{line.difference:+,}"


LINE = (
    "counted",
    "counted_at",
    "counted_by",
    "book",
    "difference",
    "beyond_limit",
    "approved_by",
    "superseded",
)


class CountLineInline(Told, ReadOnlyInline):
    model = CountLine
    fields = ("variant", *LINE)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        lines = super().get_queryset(request).select_related("variant", "sheet")
        return counts.with_books(lines)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)


@admin.register(CountSheet)
@with_history
class CountSheetAdmin(AtLocations, ReadOnlyAdmin):
    list_display = (
        "number",
        "location",
        "status",
        "blind",
        "assignee",
        "category",
        "brand",
        "opened_at",
        "closed_at",
        "actor",
    )
    list_select_related = ("location", "assignee", "category", "brand")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("location", LocationFilter),
        ("assignee", RelatedDropdownFilter),
    )
    ordering = ("-pk",)
    finders = (starting("number"), variants("lines__variant"))
    search_help_text = _("Number, JAN, SKU or name")
    fields = (
        ("number", "location", "status"),
        ("blind", "assignee"),
        ("category", "brand"),
        "note",
        ("opened_at", "closed_at", "actor"),
    )
    summary = ("number", "location", "status")
    inlines = (CountLineInline,)
    actions_list = ("open_sheet",)
    actions_detail = ("record", "finish", "recount", "approve", "post", "cancel")

    @form_action(
        form=OpenSheetForm,
        permission="inventory.count",
        description=_("Open a count sheet"),
        icon="checklist",
        primary=True,
    )
    def open_sheet(self, asked: Asked) -> str:
        values = asked.values
        done = inventory.open_count_sheet(
            location_id=values["location"].pk,
            variant_ids=values["lines"],
            category_id=getattr(values["category"], "pk", None),
            brand_id=getattr(values["brand"], "pk", None),
            blind=values["blind"],
            assignee_id=getattr(values["assignee"], "pk", None),
            note=values["note"],
            **said(asked, "open-count"),
        )
        return _("%(number)s: %(lines)s articles") % {"number": done.number, "lines": done.lines}

    @form_action(
        form=RecordForm,
        permission="inventory.count",
        description=_("Write down a count"),
        icon="edit_note",
        when=InState(Status.OPEN),
        primary=True,
    )
    def record(self, asked: Asked) -> str:
        at = asked.values["counted_at"] or asked.now
        records = [inventory.Counted(pk, quantity, at) for pk, quantity in asked.values["lines"]]
        done = inventory.record_counts(
            number=asked.row.number, records=records, **said(asked, "record-counts")
        )
        if done.unheeded:
            messages.warning(asked.request, UNHEEDED % {"skus": "、".join(done.unheeded)})
        return _("counted: %(counted)s of %(lines)s") % {"counted": done.counted, "lines": done.lines}

    @form_action(
        form=FinishForm,
        permission="inventory.count",
        description=_("Counting is finished"),
        icon="done_all",
        when=InState(Status.OPEN),
        help=_("Differences are worked out; those beyond the limit wait for approval."),
    )
    def finish(self, asked: Asked) -> str:
        leave = asked.values["leave_uncounted"]
        inventory.submit_count_sheet(
            number=asked.row.number, leave_uncounted=leave, **said(asked, "submit-count")
        )
        return asked.changes(["status"])

    @form_action(
        form=RecountForm,
        permission="inventory.count",
        description=_("Have it counted again"),
        icon="replay",
        when=InState(Status.OPEN, Status.COUNTED),
    )
    def recount(self, asked: Asked) -> str:
        inventory.request_recount(
            number=asked.row.number, variant_ids=asked.values["lines"], **said(asked, "recount")
        )
        return asked.changes(["status"])

    @form_action(
        form=SureForm,
        permission="inventory.approve_count",
        description=_("Approve the differences"),
        icon="verified",
        when=InState(Status.COUNTED),
        help=_("Nobody approves what they have counted themselves."),
    )
    def approve(self, asked: Asked) -> str:
        inventory.approve_count(number=asked.row.number, **said(asked, "approve-count"))
        return str(_("Approved."))

    @form_action(
        form=SureForm,
        permission="inventory.count",
        description=_("Post the count"),
        icon="publish",
        when=InState(Status.COUNTED),
        primary=True,
        help=_("On hand becomes what was counted, with what moved since."),
    )
    def post(self, asked: Asked) -> str:
        inventory.post_count_sheet(number=asked.row.number, **said(asked, "post-count"))
        return asked.changes(["status"])

    @form_action(
        form=SureForm,
        permission="inventory.count",
        description=_("Cancel"),
        icon="cancel",
        when=InState(Status.OPEN, Status.COUNTED),
        danger=True,
    )
    def cancel(self, asked: Asked) -> str:
        inventory.cancel_count_sheet(number=asked.row.number, **said(asked, "cancel-count"))
        return asked.changes(["status"])


def said(asked: Asked, operation: str) -> dict[str, Any]:
    return {"claim": asked.claim(operation), "actor": asked.actor, "now": asked.now}


class RecordInline(ReadOnlyInline):
    model = CountRecord
    fields = ("quantity", "counted_at", "counted_by", "device", "recorded_at")


@admin.register(CountLine)
class CountLineAdmin(Told, AtLocations, ReadOnlyAdmin):
    at = ("sheet__location",)
    list_display = ("sheet", "variant", *LINE)
    list_select_related = ("sheet", "variant")
    list_filter = (("sheet__status", ChoicesDropdownFilter), "beyond_limit", "superseded")
    ordering = ("-pk",)
    finders = (starting("sheet__number"), variants("variant"))
    search_help_text = _("Number, JAN, SKU or name")
    fields = ("sheet", "variant", *LINE)
    readonly_fields = ("book", "difference")
    inlines = (RecordInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return counts.with_books(super().get_queryset(request))

    def title_of(self, row: CountLine) -> str:
        return f"{row.sheet} / {row.variant}"


@admin.register(CountRecord)
class CountRecordAdmin(AtLocations, ReadOnlyAdmin):
    at = ("line__sheet__location",)
    list_display = ("article", "quantity", "counted_at", "counted_by", "device", "recorded_at")
    list_select_related = ("line__sheet", "line__variant")
    ordering = ("-pk",)
    finders = (starting("line__sheet__number"), variants("line__variant"))
    search_help_text = _("Number, JAN, SKU or name")

    @column(description=_("count line"))
    def article(self, record: CountRecord) -> str:
        return f"{record.line.sheet} / {record.line.variant}"

    def title_of(self, row: CountRecord) -> str:
        return self.article(row)
