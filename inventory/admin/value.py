"""Whose stock is and what it costs: masters, and the valuation ledger to be read."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalog.admin.finding import variants
from inventory import selectors_value
from inventory import services as inventory
from inventory.admin.forms_goods import reason_field
from inventory.admin.sheets import SupplyTermSheet
from inventory.admin.tables import as_csv, month_field
from inventory.models import (
    CostCorrection,
    CostPolicy,
    CostPool,
    MovementOrigin,
    OwnedStock,
    Owner,
    Ownership,
    ReceiptCost,
    SupplyTerm,
    Valuation,
    ValuationCursor,
    ValuationKind,
)
from omni.core.admin import ActionForm, Asked, MasterAdmin, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import containing, exact
from omni.core.admin.sheets import ExchangedInSets
from organisation import roles
from organisation.admin.history import HistoryAdmin, event_model_of, with_history
from organisation.admin.scope import AtLocations
from organisation.models import Company

SEE_COSTS = "inventory.see_costs"
CORRECTED = _("%(sku)s: unit cost %(before)s → %(after)s. Difference %(amount)s, of it in stock %(kept)s.")


def is_received(row: Valuation) -> bool:
    """Units of our own that a document brought."""
    own = row.owner.ownership == Ownership.OWN
    return row.kind == ValuationKind.RECEIPT and row.document_id is not None and own


class Costs:
    """What stock costs is for those who may see it; a company's figures for who may everywhere."""

    everywhere = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        reached = roles.reach(request.user, SEE_COSTS)
        sees = reached is None if self.everywhere else reached != frozenset()
        return sees and super().has_view_permission(request, obj)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_write(request) and super().has_add_permission(request)  # type: ignore[misc]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _may_write(self, request: HttpRequest) -> bool:
        return roles.reach(request.user, SEE_COSTS) is None


def company_field() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Company.objects.order_by("code"),
        label=_("company"),
        empty_label=_("Choose"),
        widget=UnfoldAdminSelectWidget,
    )


class CostForm(ActionForm):
    unit_cost = forms.DecimalField(
        label=_("unit cost"),
        min_value=0,
        max_digits=19,
        decimal_places=4,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Without tax."),
    )
    reason = reason_field()

    def prepare(self) -> None:
        row = self.target
        known = inventory.find_unit_cost(document_id=row.document_id, variant_id=row.variant_id)
        self.fields["unit_cost"].initial = None if known is None else f"{known.normalize():f}"


class StatementForm(ActionForm):
    company = company_field()
    month = month_field()


@admin.register(Owner)
@with_history
class OwnerAdmin(Costs, MasterAdmin):
    list_display = ("title", "ownership", "supplier")
    list_filter = (("ownership", ChoicesDropdownFilter),)
    ordering = ("ownership", "supplier")
    finders = (containing("supplier", "name"),)
    search_help_text = _("Supplier's code or name")
    actions_detail = ("statement",)

    @admin.display(description=_("owner"))
    def title(self, owner: Owner) -> str:
        return str(owner)

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("ownership", "supplier") if obj else ()

    @form_action(
        form=StatementForm,
        permission=SEE_COSTS,
        description=_("Supplier's statement"),
        icon="download",
        when=lambda row: row.ownership != Ownership.OWN,
        help=_("What was sold of the supplier's goods in a month, and bought of it with that."),
    )
    def statement(self, asked: Asked) -> HttpResponse:
        values = asked.values
        lines = selectors_value.list_statement(
            company_id=values["company"].pk, owner_id=asked.row.pk, month=values["month"]
        )
        heads = (
            _("business date"),
            _("document"),
            _("location"),
            _("SKU"),
            _("kind"),
            _("quantity"),
            _("unit cost"),
            _("amount"),
        )
        kinds = dict(Valuation._meta.get_field("kind").choices or ())
        return as_csv(
            f"statement-{asked.row.supplier}-{values['month']:%Y-%m}.csv",
            heads,
            [
                (
                    line.business_date,
                    line.document,
                    line.location,
                    line.sku,
                    kinds[line.kind],
                    line.quantity,
                    f"{line.unit_cost.normalize():f}",
                    f"{line.amount.normalize():f}",
                )
                for line in lines
            ],
        )


@admin.register(CostPolicy)
@with_history
class CostPolicyAdmin(Costs, MasterAdmin):
    list_display = ("company", "valid_from", "method", "leaves_first", "currency", "price_channel")
    list_select_related = ("company", "price_channel")
    list_filter = (("company", RelatedDropdownFilter), ("method", ChoicesDropdownFilter))
    ordering = ("company__code", "-valid_from")


@admin.register(SupplyTerm)
@with_history
class SupplyTermAdmin(Costs, ExchangedInSets, MasterAdmin):
    resource_classes = (SupplyTermSheet,)
    list_display = ("variant", "company", "owner", "unit_cost", "valid_from")
    list_select_related = ("variant", "company", "owner")
    list_filter = (("company", RelatedDropdownFilter), ("owner", RelatedDropdownFilter))
    ordering = ("variant__sku", "-valid_from")
    autocomplete_fields = ("variant",)
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")

    def title_of(self, row: SupplyTerm) -> str:
        return f"{row.variant} / {row.valid_from}"

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self._may_write(request) and super().has_import_permission(request)


@admin.register(event_model_of(SupplyTerm))
class SupplyTermHistoryAdmin(Costs, HistoryAdmin):
    """What articles had cost is for the same people as what they cost."""


@admin.register(ReceiptCost)
class ReceiptCostAdmin(Costs, ReadOnlyAdmin):
    list_display = ("document", "variant", "owner", "unit_cost")
    list_select_related = ("document", "variant", "owner")
    ordering = ("-pk",)
    finders = (variants("variant"), exact("document__number"))
    search_help_text = _("JAN, SKU, name or document number")

    def title_of(self, row: ReceiptCost) -> str:
        return f"{row.document} / {row.variant}"


@admin.register(MovementOrigin)
class MovementOriginAdmin(Costs, ReadOnlyAdmin):
    list_display = ("document", "variant", "origin")
    list_select_related = ("document", "variant", "origin")
    ordering = ("-pk",)
    finders = (variants("variant"), exact("document__number", "origin__number"))
    search_help_text = _("JAN, SKU, name or document number")

    def title_of(self, row: MovementOrigin) -> str:
        return f"{row.document} ← {row.origin}"


@admin.register(Valuation)
class ValuationAdmin(Costs, AtLocations, ReadOnlyAdmin):
    everywhere = False
    currency = "currency"
    paginator = InfinitePaginator
    list_display = (
        "business_date",
        "posting_month",
        "variant",
        "location",
        "owner",
        "kind",
        "quantity",
        "unit_cost",
        "amount",
        "running_quantity",
        "running_value",
        "document",
    )
    list_select_related = ("variant", "location", "owner", "document", "company", "origin")
    list_filter = (
        ("company", RelatedDropdownFilter),
        ("location", RelatedDropdownFilter),
        ("owner", RelatedDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        "assumed",
        ("posting_month", RangeDateFilter),
    )
    ordering = ("-id",)
    finders = (variants("variant"), exact("document__number"))
    search_help_text = _("JAN, SKU, name or document number")
    actions_detail = ("correct_cost",)

    @admin.display(description=_("unit cost"))
    def unit_cost(self, row: Valuation) -> str:
        """To the ten-thousandth: an average is finer than the currency's unit."""
        return f"{row.unit_cost.normalize():f}"

    @form_action(
        form=CostForm,
        permission="inventory.correct_cost",
        description=_("Correct the cost"),
        icon="price_change",
        when=is_received,
        help=_(
            "What is in stock still is revalued; the part of what has left is cost of goods sold. Where the "
            "month is closed, the difference is posted to the open one."
        ),
    )
    def correct_cost(self, asked: Asked) -> str:
        done = inventory.correct_receipt_cost(
            document_id=asked.row.document_id,
            variant_id=asked.row.variant_id,
            unit_cost=asked.values["unit_cost"],
            reason=asked.values["reason"],
            claim=asked.claim("correct-receipt-cost"),
            actor=asked.actor,
            now=asked.now,
        )
        return str(CORRECTED) % {
            "sku": done.sku,
            "before": f"{done.before.normalize():f}",
            "after": f"{done.after.normalize():f}",
            "amount": display.amount(done.amount, asked.row.currency),
            "kept": display.amount(done.kept, asked.row.currency),
        }

    def title_of(self, row: Valuation) -> str:
        return f"{row.variant} / {row.get_kind_display()}"


@admin.register(CostCorrection)
class CostCorrectionAdmin(Costs, ReadOnlyAdmin):
    currency = "currency"
    list_display = (
        "corrected_at",
        "document",
        "variant",
        "company",
        "quantity",
        "unit_cost_before",
        "unit_cost_after",
        "amount",
        "kept",
        "posting_month",
        "reason",
        "actor",
    )
    list_select_related = ("document", "variant", "company")
    list_filter = (("company", RelatedDropdownFilter), ("posting_month", RangeDateFilter))
    ordering = ("-pk",)
    finders = (variants("variant"), exact("document__number"))
    search_help_text = _("JAN, SKU, name or document number")

    @admin.display(description=_("unit cost before"))
    def unit_cost_before(self, row: CostCorrection) -> str:
        return f"{row.before.normalize():f}"

    @admin.display(description=_("unit cost after"))
    def unit_cost_after(self, row: CostCorrection) -> str:
        return f"{row.after.normalize():f}"

    def title_of(self, row: CostCorrection) -> str:
        return f"{row.document} / {row.variant}"


@admin.register(CostPool)
class CostPoolAdmin(Costs, ReadOnlyAdmin):
    currency = "currency"
    list_display = ("variant", "company", "owner", "quantity", "value", "unit_cost")
    list_select_related = ("variant", "company", "owner")
    list_filter = (("company", RelatedDropdownFilter), ("owner", RelatedDropdownFilter))
    ordering = ("pk",)
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")

    @admin.display(description=_("last known unit cost"))
    def unit_cost(self, row: CostPool) -> str:
        return f"{row.unit_cost.normalize():f}"

    def title_of(self, row: CostPool) -> str:
        return f"{row.variant} / {row.owner}"


@admin.register(OwnedStock)
class OwnedStockAdmin(AtLocations, ReadOnlyAdmin):
    """How many units are whose: no cost stands here."""

    list_display = ("variant", "location", "owner", "quantity")
    list_select_related = ("variant", "location", "owner")
    list_filter = (("location", RelatedDropdownFilter), ("owner", RelatedDropdownFilter))
    ordering = ("pk",)
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")

    def title_of(self, row: OwnedStock) -> str:
        return f"{row.variant} / {row.location}"


@admin.register(ValuationCursor)
class ValuationCursorAdmin(Costs, ReadOnlyAdmin):
    list_display = ("progress", "fence")
    ordering = ("pk",)

    @admin.display(description=_("stock ledger entry"))
    def progress(self, row: ValuationCursor) -> str:
        return gettext("valued up to %(entry)s") % {"entry": display.count(row.entry_id)}
