"""A shop's work queue: what is most urgent first, with the next step one click away."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display as column

from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, display, form_action
from omni.core.ids import uuid7
from orders import services
from orders.admin.finding import orders as by_order
from orders.models import MOST_URGENT, Fulfilment, FulfilmentStep, HandOver, WorkItem
from orders.work_queue import due_at, next_step
from organisation.admin.scope import AtLocations, LocationFilter

BY_ORDER = _("Order number, member number, phone, e-mail or name")
Step = FulfilmentStep.Step
# What the button of each step says, and the name of its action.
BUTTONS = {
    Step.ACCEPT: (_("Accept"), "accept"),
    Step.PICK: (_("Start picking"), "pick"),
    Step.PACK: (_("Packed"), "pack"),
    Step.READY: (_("Ready"), "make_ready"),
}


class Urgency(admin.SimpleListFilter):
    title = _("urgency")
    parameter_name = "urgency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("overdue", _("overdue")), ("nowhere", _("nobody has it"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "overdue":
            return queryset.filter(escalated_at__isnull=False)
        return queryset.filter(location=None) if self.value() == "nowhere" else queryset


def comes_next(step: FulfilmentStep.Step) -> Callable[[Fulfilment], bool]:
    return lambda part: part.location_id is not None and next_step(part) == step


@admin.register(WorkItem)
class WorkAdmin(AtLocations, ReadOnlyAdmin):
    list_display = ("order", "kind", "status", "location", "urgency", "due", "created_at", "next")
    list_select_related = ("order", "location")
    list_filter = (
        ("location", LocationFilter),
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        Urgency,
    )
    ordering = MOST_URGENT
    finders = (by_order("order"),)
    search_help_text = BY_ORDER
    summary = ("order", "status", "location", "accept_by", "ready_by")
    actions_detail = ("accept", "pick", "pack", "make_ready")

    def title_of(self, row: WorkItem) -> str:
        return f"{row.order} / {row.get_kind_display()}"

    def get_ordering(self, request: HttpRequest) -> Any:
        return MOST_URGENT

    @column(description=_("urgency"))
    def urgency(self, part: WorkItem) -> Any:
        if part.escalated_at is None:
            return ""
        return display.badge(_("nobody has it") if part.location_id is None else _("overdue"), "bad")

    @column(description=_("due"))
    def due(self, part: WorkItem) -> str:
        return display.moment(due_at(part))

    @column(description=_("next step"))
    def next(self, part: WorkItem) -> Any:
        """A button that takes the step at once: it posts the list's own form, with a key of its own."""
        if part.location_id is None:
            return display.link(reverse("admin:orders_order_change", args=[part.order_id]), _("Look for it"))
        step = next_step(part)
        if step not in BUTTONS:
            url = reverse("admin:orders_fulfilment_complete", args=[part.pk])
            return display.link(url, _("Complete / hand over"))
        label, action = BUTTONS[Step(step)]
        return format_html(
            '<button type="submit" form="changelist-form" formmethod="post" formaction="{}" name="key" value="{}"'
            ' class="bg-primary-600 text-white font-medium rounded-default px-3 py-1 cursor-pointer">{}</button>',
            reverse(f"admin:orders_workitem_{action}", args=[part.pk]),
            uuid7(),
            label,
        )

    def _take(self, asked: Asked, operation: str, act: Callable[..., services.Worked]) -> HttpResponse:
        """Take the step, say so, and go back to the queue: the next piece of work waits there."""
        worked = act(
            asked=services.Asked(number=asked.row.order.number, fulfilment_id=asked.row.pk),
            claim=asked.claim(operation),
            actor=asked.actor,
            now=asked.now,
        )
        messages.success(asked.request, f"{worked.number}: {Step(worked.step).label}")
        return HttpResponseRedirect(reverse("admin:orders_workitem_changelist"))

    @form_action(
        form=ActionForm,
        permission="orders.fulfil",
        description=BUTTONS[Step.ACCEPT][0],
        icon="thumb_up",
        when=comes_next(Step.ACCEPT),
        primary=True,
    )
    def accept(self, asked: Asked) -> HttpResponse:
        return self._take(asked, "accept-fulfilment", services.accept_fulfilment)

    @form_action(
        form=ActionForm,
        permission="orders.fulfil",
        description=BUTTONS[Step.PICK][0],
        icon="shopping_basket",
        when=comes_next(Step.PICK),
        primary=True,
    )
    def pick(self, asked: Asked) -> HttpResponse:
        return self._take(asked, "start-picking", services.start_picking)

    @form_action(
        form=ActionForm,
        permission="orders.fulfil",
        description=BUTTONS[Step.PACK][0],
        icon="package",
        when=comes_next(Step.PACK),
        primary=True,
    )
    def pack(self, asked: Asked) -> HttpResponse:
        return self._take(asked, "pack-fulfilment", services.pack_fulfilment)

    @form_action(
        form=ActionForm,
        permission="orders.fulfil",
        description=BUTTONS[Step.READY][0],
        icon="task_alt",
        when=comes_next(Step.READY),
        primary=True,
    )
    def make_ready(self, asked: Asked) -> HttpResponse:
        return self._take(asked, "ready-fulfilment", services.ready_fulfilment)


@admin.register(FulfilmentStep)
class FulfilmentStepAdmin(AtLocations, ReadOnlyAdmin):
    at = ("fulfilment__location",)
    list_display = ("order", "step", "at_moment", "actor")
    list_select_related = ("fulfilment__order",)
    list_filter = (("step", ChoicesDropdownFilter), "at")
    ordering = ("-pk",)
    finders = (by_order("fulfilment__order"),)
    search_help_text = BY_ORDER

    @column(description=_("order"))
    def order(self, row: FulfilmentStep) -> str:
        return row.fulfilment.order.number

    @column(description=_("at"))
    def at_moment(self, row: FulfilmentStep) -> str:
        return display.moment(row.at)


@admin.register(HandOver)
class HandOverAdmin(AtLocations, ReadOnlyAdmin):
    """Who came for goods: personal data."""

    at = ("fulfilment__location",)
    list_display = ("order", "code_checked", "collector", "at_moment", "actor")
    list_select_related = ("fulfilment__order",)
    list_filter = ("code_checked",)
    ordering = ("-pk",)
    finders = (by_order("fulfilment__order"),)
    search_help_text = BY_ORDER

    @column(description=_("order"))
    def order(self, row: HandOver) -> str:
        return row.fulfilment.order.number

    @column(description=_("at"))
    def at_moment(self, row: HandOver) -> str:
        return display.moment(row.at)
