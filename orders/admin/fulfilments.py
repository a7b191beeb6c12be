from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display as column

from omni.core.admin import Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from orders.admin.finding import orders as by_order
from orders.admin.forms import FulfilForm, RejectForm, SendFromForm
from orders.admin.labels import LabelsForm, TrackingForm, label_file, taken
from orders.models import Fulfilment, FulfilmentLine, FulfilmentStep
from orders.services.fulfil import HandedOver, complete_fulfilment, hand_over
from orders.services.rejecting import Rejection, reject_fulfilment
from orders.services.relocating import move_fulfilment
from orders.services.tenders import Handed
from orders.shipping import SHIPPED
from organisation.admin.scope import AtLocations, LocationFilter

OPEN = (
    Fulfilment.Status.PROPOSED,
    Fulfilment.Status.RESERVED,
    Fulfilment.Status.PREPARED,
    Fulfilment.Status.READY,
)
BY_ORDER = _("Order number, member number, phone, e-mail or name")


def is_movable(part: Fulfilment) -> bool:
    """Delivered, and nobody has begun to pick it."""
    begun = part.picking_at is not None or part.status != Fulfilment.Status.RESERVED
    return part.kind in SHIPPED and not begun and part.location_id is not None


class ToDo(admin.SimpleListFilter):
    title = _("work")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to do")), ("done", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "open":
            return queryset.filter(status__in=OPEN)
        return queryset.exclude(status__in=OPEN) if self.value() == "done" else queryset


class FulfilmentLineInline(ReadOnlyInline):
    model = FulfilmentLine
    fields = ("article", "quantity", "reservation")
    readonly_fields = ("article",)

    @admin.display(description=_("variant"))
    def article(self, line: FulfilmentLine) -> str:
        return str(line.order_line.variant)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("order_line__variant", "reservation")


class StepInline(ReadOnlyInline):
    """What was done with it, by whom and when."""

    model = FulfilmentStep
    fields = ("step", "at", "actor")


@admin.register(Fulfilment)
class FulfilmentAdmin(AtLocations, ReadOnlyAdmin):
    """What is to be shipped or handed over, shop by shop."""

    list_display = ("order", "kind", "status", "location", "customer", "created_at", "completed_at")
    list_select_related = ("order__customer", "location")
    list_filter = (
        ToDo,
        ("location", LocationFilter),
        ("kind", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("rejection", ChoicesDropdownFilter),
        "created_at",
    )
    ordering = ("-pk",)
    finders = (by_order("order"),)
    search_help_text = BY_ORDER
    inlines = (FulfilmentLineInline, StepInline)
    readonly_fields = ("why",)
    summary = ("order", "status", "location", "rejection")
    actions_list = ("write_labels", "take_tracking")
    actions_detail = ("complete", "send_from", "reject")

    def title_of(self, row: Fulfilment) -> str:
        return f"{row.order} / {row.get_kind_display()}"

    @column(description=_("why from there"))
    def why(self, part: Fulfilment) -> str:
        """What rules decided last before it was there, or with it; orders from outside bear an earlier time."""
        decisions = part.order.routing_decisions.order_by("pk")
        made = decisions.filter(decided_at__lte=part.created_at).last() or decisions.first()
        if made is None or part.kind not in SHIPPED:
            return display.EMPTY
        return display.link(
            reverse("admin:orders_routingdecision_change", args=[made.pk]), _("Why this location")
        )

    @column(description=_("customer"))
    def customer(self, part: Fulfilment) -> str:
        return str(part.order.customer) if part.order.customer else display.EMPTY

    @form_action(
        form=LabelsForm,
        permission="orders.fulfil",
        description=_("Label file"),
        icon="label",
        help=_("What is to leave there by this carrier and has no tracking number yet."),
    )
    def write_labels(self, asked: Asked) -> HttpResponse:
        return label_file(asked)

    @form_action(
        form=TrackingForm,
        permission="orders.fulfil",
        description=_("Take tracking numbers"),
        icon="upload_file",
        help=_("All lines are taken, or none. What they name is completed: it leaves the stock."),
    )
    def take_tracking(self, asked: Asked) -> str:
        return taken(asked)

    @form_action(
        form=FulfilForm,
        permission="orders.fulfil",
        description=_("Complete / hand over"),
        icon="check_circle",
        when=lambda part: part.status in OPEN,
        primary=True,
        help=_("What goes out leaves the stock; what was to be paid on hand-over is settled."),
    )
    def complete(self, asked: Asked) -> str:
        form = asked.form
        assert isinstance(form, FulfilForm)
        done = _collect(form, asked) if form.collected else _ship(form, asked)
        paid = _("paid: %(amount)s") % {"amount": display.amount(done.paid, done.currency)}
        return f"{asked.changes(['status', 'completed_at'])}、{paid}"

    @form_action(
        form=SendFromForm,
        permission="orders.fulfil",
        description=_("Send from elsewhere"),
        icon="move_location",
        when=is_movable,
        help=_("As many units are held over there instead; here they are free again. No goods are sent."),
    )
    def send_from(self, asked: Asked) -> str:
        done = move_fulfilment(
            number=asked.row.order.number,
            fulfilment_id=asked.row.pk,
            location_id=asked.values["location"].pk,
            claim=asked.claim("move-fulfilment"),
            actor=asked.actor,
            now=asked.now,
        )
        return f"{done.number} → {asked.values['location']}"

    @form_action(
        form=RejectForm,
        permission="orders.fulfil",
        description=_("Reject"),
        icon="block",
        when=lambda part: part.status in OPEN and part.location_id is not None,
        danger=True,
        help=_(
            "What can't be handed over here is let go, and what is delivered comes from another location, "
            "or waits."
        ),
    )
    def reject(self, asked: Asked) -> str:
        form = asked.form
        assert isinstance(form, RejectForm)
        done = reject_fulfilment(
            number=asked.row.order.number,
            fulfilment_id=asked.row.pk,
            location_id=asked.row.location_id,
            portions=form.portions(),
            rejection=Rejection(
                asked.values["reason"], asked.values["note"], form.at_fault(), asked.values["correct"]
            ),
            claim=asked.claim("reject-fulfilment"),
            actor=asked.actor,
            now=asked.now,
        )
        told = {"order": done.number, "units": display.count(done.units)}
        return str(_("%(order)s: %(units)s rejected; they come from elsewhere, or wait.") % told)


def _collect(form: FulfilForm, asked: Asked) -> HandedOver:
    tender = asked.values.get("tender")
    return hand_over(
        number=asked.row.order.number,
        location_id=asked.row.location_id,
        portions=form.portions(),
        lots=form.named(),
        tenders=[Handed(tender.code)] if tender else [],
        claim=asked.claim("hand-over"),
        actor=asked.actor,
        now=asked.now,
    )


def _ship(form: FulfilForm, asked: Asked) -> HandedOver:
    return complete_fulfilment(
        number=asked.row.order.number,
        fulfilment_id=asked.row.pk,
        portions=form.portions(),
        lots=form.named(),
        tracking_number=asked.values["tracking_number"],
        claim=asked.claim("complete-fulfilment"),
        actor=asked.actor,
        now=asked.now,
    )


@admin.register(FulfilmentLine)
class FulfilmentLineAdmin(AtLocations, ReadOnlyAdmin):
    at = ("fulfilment__location",)
    list_display = ("order", "article", "quantity", "fulfilment_status")
    list_select_related = ("fulfilment__order", "order_line__variant")
    ordering = ("-pk",)
    finders = (by_order("fulfilment__order"),)
    search_help_text = BY_ORDER

    @admin.display(description=_("order"))
    def order(self, line: FulfilmentLine) -> str:
        return line.fulfilment.order.number

    @admin.display(description=_("variant"))
    def article(self, line: FulfilmentLine) -> str:
        return str(line.order_line.variant)

    @admin.display(description=_("status"))
    def fulfilment_status(self, line: FulfilmentLine) -> str:
        return display.state(line.fulfilment.status, line.fulfilment.get_status_display())

    def title_of(self, row: FulfilmentLine) -> str:
        return f"{self.order(row)} / {self.article(row)}"
