from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column

from catalog.admin.finding import variants
from inventory import services as inventory
from inventory.admin.forms_goods import (
    ConfirmForm,
    DraftForm,
    ReasonForm,
    ReceivePurchaseForm,
    RescheduleForm,
    ReviseForm,
)
from inventory.admin.sheets import SupplierSheet
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseReceipt, Supplier
from omni.core import money
from omni.core.admin import Asked, MasterAdmin, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import containing, starting
from omni.core.admin.sheets import ExchangedInSets
from organisation.admin.history import with_history
from organisation.admin.scope import AtLocations, LocationFilter

Status = PurchaseOrder.Status
COSTS = frozenset({"unit_cost", "total"})
NUMBER_OR_ARTICLE = _("Number, JAN, SKU or name")


def without_costs(request: HttpRequest, names: Any) -> list[Any]:
    """What goods cost is for those who order them."""
    if request.user.has_perm("inventory.purchase"):
        return list(names)
    return [name for name in names if getattr(name, "__name__", name) not in COSTS]


@admin.register(Supplier)
@with_history
class SupplierAdmin(ExchangedInSets, MasterAdmin):
    resource_classes = (SupplierSheet,)
    list_display = ("code", "name", "company", "lead_time_days", "over_tolerance", "active")
    list_select_related = ("company",)
    list_filter = (("company", RelatedDropdownFilter), "active")
    ordering = ("code",)
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")


class PurchaseOrderLineInline(ReadOnlyInline):
    model = PurchaseOrderLine
    currency = "order.currency"
    fields = ("variant", "quantity", "unit_cost", "received", "damaged")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("variant", "order")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return without_costs(request, super().get_fields(request, obj))


class PurchaseReceiptInline(ReadOnlyInline):
    model = PurchaseReceipt
    fields = ("document", "over_reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("document")


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(AtLocations, ReadOnlyAdmin):
    """Drafted, ordered, received: what is open of it is incoming at its location."""

    at = ("destination",)
    acts_at = "destination_id"
    list_display = ("number", "status", "supplier", "destination", "expected_date", "ordered_at", "note")
    list_select_related = ("supplier", "destination")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("supplier", RelatedDropdownFilter),
        ("destination", LocationFilter),
        "expected_date",
    )
    ordering = ("-pk",)
    finders = (
        starting("number"),
        containing("supplier__code", "supplier__name"),
        variants("lines__variant"),
    )
    search_help_text = _("Number, supplier, JAN, SKU or name")
    readonly_fields = ("total",)
    inlines = (PurchaseOrderLineInline, PurchaseReceiptInline)
    summary = ("status", "supplier", "destination", "expected_date")
    actions_list = ("draft",)
    actions_detail = ("revise", "place", "receive", "reschedule", "close", "cancel")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return without_costs(request, super().get_fields(request, obj))

    @column(description=_("total cost"))
    def total(self, order: PurchaseOrder) -> str:
        lines = order.lines.all()
        cost = sum((line.quantity * line.unit_cost for line in lines), Decimal(0))
        return display.amount(money.quantize(cost, order.currency), order.currency)

    @form_action(
        form=DraftForm,
        permission="inventory.purchase",
        description=_("New purchase order"),
        icon="add",
        primary=True,
        help=_("A draft: nothing is ordered before it is placed."),
    )
    def draft(self, asked: Asked) -> str:
        values = asked.values
        done = inventory.draft_purchase_order(
            supplier_id=values["supplier"].pk,
            destination_id=values["destination"].pk,
            lines=values["lines"],
            expected_date=values["expected_date"],
            over_tolerance=values["over_tolerance"],
            note=values["note"],
            claim=asked.claim("draft-purchase-order"),
            actor=asked.actor,
            now=asked.now,
        )
        return f"{done.number}: {values['supplier']} → {values['destination']}"

    @form_action(
        form=ReviseForm,
        permission="inventory.purchase",
        description=_("Revise"),
        icon="edit",
        when=lambda row: row.status == Status.DRAFT,
    )
    def revise(self, asked: Asked) -> str:
        values = asked.values
        inventory.revise_purchase_order(
            order_id=asked.row.pk,
            lines=values["lines"],
            expected_date=values["expected_date"],
            note=values["note"],
            claim=asked.claim("revise-purchase-order"),
            actor=asked.actor,
            now=asked.now,
        )
        return str(_("%(number)s is revised.") % {"number": asked.row.number})

    @form_action(
        form=ConfirmForm,
        permission="inventory.purchase",
        description=_("Place the order"),
        icon="send",
        when=lambda row: row.status == Status.DRAFT,
        primary=True,
        help=_("Its goods are incoming from now on."),
    )
    def place(self, asked: Asked) -> str:
        inventory.place_purchase_order(
            order_id=asked.row.pk,
            claim=asked.claim("place-purchase-order"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status", "expected_date"])

    @form_action(
        form=RescheduleForm,
        permission="inventory.purchase",
        description=_("Expect on another day"),
        icon="event",
        when=lambda row: row.status in PurchaseOrder.OPEN,
        help=_("What was promised to buyers of these goods follows."),
    )
    def reschedule(self, asked: Asked) -> str:
        inventory.reschedule_purchase_order(
            order_id=asked.row.pk,
            expected_date=asked.values["expected_date"],
            claim=asked.claim("reschedule-purchase-order"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["expected_date"])

    @form_action(
        form=ReceivePurchaseForm,
        permission="inventory.receive",
        description=_("Receive"),
        icon="add_box",
        when=lambda row: row.status in PurchaseOrder.OPEN,
        primary=True,
    )
    def receive(self, asked: Asked) -> str:
        assert isinstance(asked.form, ReceivePurchaseForm)
        values = asked.values
        done = inventory.receive_purchase_order(
            order_id=asked.row.pk,
            arrivals=asked.form.arrivals(),
            number=values["number"],
            over_reason=values["over_reason"],
            note=values["note"],
            claim=asked.claim("receive-purchase-order"),
            actor=asked.actor,
            now=asked.now,
        )
        shown = [
            _("%(sku)s: %(units)s on hand") % {"sku": level.sku, "units": display.count(level.on_hand)}
            for level in done.levels[:10]
        ]
        return "、".join(map(str, shown))

    @form_action(
        form=ReasonForm,
        permission="inventory.purchase",
        description=_("Close short"),
        icon="block",
        when=lambda row: row.status == Status.PARTIALLY_RECEIVED,
        help=_("Nothing more is expected of it."),
    )
    def close(self, asked: Asked) -> str:
        inventory.close_purchase_order(
            order_id=asked.row.pk,
            reason=asked.values["reason"],
            claim=asked.claim("close-purchase-order"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])

    @form_action(
        form=ReasonForm,
        permission="inventory.purchase",
        description=_("Cancel"),
        icon="cancel",
        when=lambda row: row.status in (Status.DRAFT, Status.ORDERED),
        danger=True,
    )
    def cancel(self, asked: Asked) -> str:
        inventory.cancel_purchase_order(
            order_id=asked.row.pk,
            reason=asked.values["reason"],
            claim=asked.claim("cancel-purchase-order"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])


@admin.register(PurchaseOrderLine)
class PurchaseOrderLineAdmin(AtLocations, ReadOnlyAdmin):
    at = ("order__destination",)
    currency = "order.currency"
    list_display = ("order", "variant", "quantity", "unit_cost", "received", "damaged")
    list_select_related = ("order", "variant")
    ordering = ("-pk",)
    finders = (starting("order__number"), variants("variant"))
    search_help_text = NUMBER_OR_ARTICLE

    def title_of(self, row: PurchaseOrderLine) -> str:
        return f"{row.order} / {row.variant}"

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return without_costs(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return without_costs(request, super().get_fields(request, obj))


@admin.register(PurchaseReceipt)
class PurchaseReceiptAdmin(AtLocations, ReadOnlyAdmin):
    at = ("order__destination",)
    list_display = ("order", "document", "over_reason")
    list_select_related = ("order", "document")
    ordering = ("-pk",)
    finders = (starting("order__number", "document__number"),)
    search_help_text = _("Number")

    def title_of(self, row: PurchaseReceipt) -> str:
        return str(row.document)
