"""The sections of a stock-take: their rounds, and what was scanned in each."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.paginator import InfinitePaginator

from inventory import counts
from inventory import services as inventory
from inventory.admin.count_forms import RoundForm, ScanForm, SureForm
from inventory.admin.counting import InState, said
from inventory.models import Scan, SectionCount, StockTakeSection
from omni.core.admin import Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import exact, starting
from organisation.admin.scope import AtLocations


class RoundInline(ReadOnlyInline):
    model = SectionCount
    fields = ("round", "status", "counted_by", "counted_at", "opened_at")
    ordering = ("round",)


@admin.register(StockTakeSection)
class StockTakeSectionAdmin(AtLocations, ReadOnlyAdmin):
    at = ("stock_take__location",)
    list_display = ("number", "name", "selling", "stock_take")
    list_select_related = ("stock_take__location",)
    list_filter = (("stock_take", RelatedDropdownFilter), "selling")
    ordering = ("-stock_take", "number")
    finders = (exact("number"), starting("stock_take__number"))
    search_help_text = _("Number")
    readonly_fields = ("between_rounds",)
    summary = ("stock_take", "number", "name")
    inlines = (RoundInline,)
    actions_detail = ("scan", "finish", "recount")

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        """Where the stock-take is."""
        return super().allows(request, permission, obj.stock_take if obj is not None else None)

    def title_of(self, row: StockTakeSection) -> str:
        return f"{row.stock_take} / {row.number} {row.name}".strip()

    @column(description=_("differences between rounds"))
    def between_rounds(self, row: StockTakeSection) -> Any:
        found = counts.list_round_differences(section_id=row.pk)
        if not found:
            return display.EMPTY
        rounds = sorted(found[0][1])
        shown = [[sku, *(display.count(by_round[one]) for one in rounds)] for sku, by_round in found]
        return display.table([_("SKU"), *(f"{_('round')} {one}" for one in rounds)], shown)

    @form_action(
        form=ScanForm, permission="inventory.count", description=_("Scan"), icon="barcode", primary=True
    )
    def scan(self, asked: Asked) -> str:
        scanned_at = asked.values["counted_at"] or asked.now
        reads = [
            inventory.Read(at, code, quantity, scanned_at)
            for at, (code, quantity) in enumerate(asked.values["lines"], start=1)
        ]
        done = inventory.record_scans(
            number=asked.row.stock_take.number,
            section=asked.row.number,
            round=asked.values["round"],
            device=f"page:{asked.values['key']}",
            scans=reads,
            **said(asked, "record-scans"),
        )
        return _("scans: %(scans)s") % {"scans": done.scans}

    @form_action(
        form=RoundForm, permission="inventory.count", description=_("Counting is finished"), icon="done_all"
    )
    def finish(self, asked: Asked) -> str:
        done = inventory.submit_section(
            number=asked.row.stock_take.number,
            section=asked.row.number,
            round=asked.values["round"],
            **said(asked, "submit-section"),
        )
        return _("scans: %(scans)s") % {"scans": done.scans}

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Have it counted again"),
        icon="replay",
        help=_("By somebody else: the round that is accepted last counts."),
    )
    def recount(self, asked: Asked) -> str:
        done = inventory.request_section_recount(
            number=asked.row.stock_take.number, section=asked.row.number, **said(asked, "section-recount")
        )
        return f"{_('round')} {done.round}"


@admin.register(SectionCount)
class SectionCountAdmin(AtLocations, ReadOnlyAdmin):
    at = ("section__stock_take__location",)
    list_display = ("section", "round", "status", "counted_by", "counted_at")
    list_select_related = ("section__stock_take__location",)
    list_filter = (("status", ChoicesDropdownFilter),)
    ordering = ("-pk",)
    finders = (exact("section__number"), starting("section__stock_take__number"))
    search_help_text = _("Number")
    summary = ("section", "round", "status")
    actions_detail = ("accept", "reject")

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        return super().allows(request, permission, obj.section.stock_take if obj is not None else None)

    def title_of(self, row: SectionCount) -> str:
        return f"{row.section.stock_take} / {row.section} / {row.round}"

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Accept"),
        icon="done",
        when=InState(SectionCount.Status.SUBMITTED),
        primary=True,
    )
    def accept(self, asked: Asked) -> str:
        number = asked.row.section.stock_take.number
        inventory.accept_counts(number=number, count_ids=[asked.row.pk], **said(asked, "accept-counts"))
        return asked.changes(["status"])

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Reject"),
        icon="close",
        when=InState(SectionCount.Status.SUBMITTED),
        danger=True,
    )
    def reject(self, asked: Asked) -> str:
        number = asked.row.section.stock_take.number
        inventory.reject_counts(number=number, count_ids=[asked.row.pk], **said(asked, "reject-counts"))
        return asked.changes(["status"])


@admin.register(Scan)
class ScanAdmin(AtLocations, ReadOnlyAdmin):
    at = ("stock_take__location",)
    paginator = InfinitePaginator
    list_display = ("scanned_at", "section", "code", "variant", "read", "quantity", "device", "sequence")
    list_select_related = ("stock_take", "count__section", "variant")
    ordering = ("-pk",)
    finders = (exact("code", "device"), starting("stock_take__number"))
    search_help_text = _("Code, device or number")

    @column(description=_("section"))
    def section(self, scan: Scan) -> str:
        return f"{scan.stock_take} / {scan.count.section} / {scan.count.round}"
