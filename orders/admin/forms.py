"""What the actions on orders ask for."""

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from catalog.models import Variant
from inventory.admin.forms_lots import ArticleLotsField, tracked_of, with_units_of
from inventory.models import RejectionReason, Reservation
from inventory.services import LotUnits
from omni.core import clock
from omni.core.admin import ActionForm, display
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, Payment, TenderType
from orders.services.bundles import components_of_lines
from orders.services.fulfil import COLLECTED
from orders.services.parts import Portion
from orders.services.returnable import ReturnItem
from orders.services.tenders import OURS, TAKEN_AT_TILLS
from organisation.admin.scope import location_field, locations_for

REASONS = [
    ("size", _("size or fit")),
    ("changed_mind", _("changed mind")),
    ("faulty", _("faulty or damaged")),
    ("wrong_item", _("wrong article")),
    ("late", _("came too late")),
    ("other", _("other")),
]
CANCEL_REASONS = [
    ("customer", _("the customer asked for it")),
    ("out_of_stock", _("not in stock after all")),
    ("duplicate", _("ordered twice")),
    ("fraud", _("suspected fraud")),
    ("other", _("other")),
]


class QuantitiesForm(ActionForm):
    """One quantity for each line of an order, from 0 to what is left of it."""

    def add_quantities(self, lines: Iterable[tuple[OrderLine, int]], *, initial_all: bool, text: Any) -> None:
        for line, most in lines:
            self.fields[f"line_{line.position}"] = forms.IntegerField(
                label=f"{line.position}. {line.variant}",
                min_value=0,
                max_value=most,
                initial=most if initial_all else 0,
                widget=UnfoldAdminIntegerFieldWidget,
                help_text=str(text) % {"most": most},
            )

    def quantities(self) -> dict[int, int]:
        """The quantities above zero, by the line's position."""
        named = {name: value for name, value in self.cleaned_data.items() if name.startswith("line_")}
        return {int(name[5:]): value for name, value in named.items() if value}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not self.quantities():
            raise ValidationError(_("Say of at least one line how many."), code="required")
        return values


class ReturnForm(QuantitiesForm):
    """Goods come back: which, where, whether they go on sale again, and why (one tap)."""

    order: Order | None = None
    location = location_field(_("where it is received"))
    restock = forms.ChoiceField(
        label=_("the goods"),
        choices=[("yes", _("back on sale")), ("no", _("written off as damaged"))],
        initial="yes",
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = forms.ChoiceField(label=_("reason"), choices=REASONS, widget=UnfoldAdminRadioSelectWidget)
    note = forms.CharField(label=_("note"), required=False, max_length=150, widget=UnfoldAdminTextInputWidget)

    def prepare(self) -> None:
        self.order = self.target
        self._fit()

    def _fit(self) -> None:
        choice = self.fields["location"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = locations_for(self.request, "orders.take_back").filter(
            capabilities__contains=["RETURNS"]
        )
        if len(choice.queryset) == 1:
            choice.initial = choice.queryset[0]
        assert self.order is not None
        lines = self.order.lines.select_related("variant").order_by("position")
        left = [(line, line.fulfilled_quantity - line.returned_quantity) for line in lines]
        self.add_quantities(
            [(line, most) for line, most in left if most > 0],
            initial_all=False,
            text=_("Up to %(most)s can come back."),
        )
        self.order_fields([name for name in self.fields if name.startswith("line_")])

    def items(self) -> list[ReturnItem]:
        restock = self.cleaned_data["restock"] == "yes"
        return [ReturnItem(position, quantity, restock) for position, quantity in self.quantities().items()]

    def told_reason(self) -> str:
        """The reason's code, with the note after it."""
        return ": ".join(part for part in (self.cleaned_data["reason"], self.cleaned_data["note"]) if part)


class FindAndReturnForm(ReturnForm):
    """The same for any order of the group: first its number, then its lines."""

    number = forms.CharField(
        label=_("order number"),
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("On the receipt, or in the confirmation by e-mail."),
    )

    def prepare(self) -> None:
        number = self.request.GET.get("order", "")
        self.order = Order.objects.filter(number=number).first() if number else None
        if self.order is not None:
            del self.fields["number"]
            self._fit()
            return
        for name in ("location", "restock", "reason", "note"):
            del self.fields[name]

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip()
        if not Order.objects.filter(number=number).exists():
            raise ValidationError(_("There is no such order."), code="unknown")
        return number

    def clean(self) -> dict[str, Any]:
        return super().clean() if self.order is not None else self.cleaned_data


class FulfilForm(QuantitiesForm):
    """Hand over a fulfilment, or a part of it; what is to be paid on collection is paid now."""

    tracking_number = forms.CharField(
        label=_("tracking number"), required=False, max_length=64, widget=UnfoldAdminTextInputWidget
    )
    lots = ArticleLotsField(label=_("serial numbers, or lots other than those that expire first"))
    tender = forms.ModelChoiceField(
        TenderType.objects.none(), label=_("paid by"), empty_label=_("Choose"), widget=UnfoldAdminSelectWidget
    )

    def prepare(self) -> None:
        part: Fulfilment = self.target
        left: dict[OrderLine, int] = {}
        for line in part.lines.filter(quantity__gt=0).select_related("order_line__variant").order_by("pk"):
            left[line.order_line] = left.get(line.order_line, 0) + line.quantity
        self.add_quantities(left.items(), initial_all=True, text=_("Up to %(most)s are left."))
        self._ask_lots(left)
        if not self.collected:
            del self.fields["tender"]
            return
        del self.fields["tracking_number"]
        if not self.due:
            del self.fields["tender"]
            return
        tender = self.fields["tender"]
        assert isinstance(tender, forms.ModelChoiceField)
        amount = display.amount(self.due, self.target.order.currency)
        tender.help_text = str(_("To pay: %(amount)s") % {"amount": amount})
        taken = TenderType.objects.filter(active=True, kind__in=TAKEN_AT_TILLS).exclude(code__in=OURS)
        tender.queryset = taken.order_by("code")

    @property
    def collected(self) -> bool:
        return self.target.kind in COLLECTED

    @cached_property
    def due(self) -> Any:
        """What is still to pay for the order."""
        waiting = self.target.order.payments.filter(
            status=Payment.Status.PENDING, tender_type__kind=TenderType.Kind.DEFERRED
        )
        return sum(payment.amount for payment in waiting)

    def _ask_lots(self, lines: Collection[OrderLine]) -> None:
        """Only where something that goes is told apart, a bundle's components among it."""
        parts = components_of_lines([line.pk for line in lines])
        self.goes = {line.position: parts.get(line.pk, [(line.variant_id, 1)]) for line in lines}
        if not tracked_of(variant_id for goes in self.goes.values() for variant_id, _each in goes):
            del self.fields["lots"]

    def named(self) -> dict[int, tuple[LotUnits, ...]]:
        units: dict[int, int] = {}
        for position, quantity in self.quantities().items():
            for variant_id, each in self.goes[position]:
                units[variant_id] = units.get(variant_id, 0) + each * quantity
        return with_units_of(self.cleaned_data.get("lots", {}), units)

    def portions(self) -> list[Portion]:
        return [Portion(position, quantity) for position, quantity in self.quantities().items()]


class RejectForm(QuantitiesForm):
    """What can't be handed over, why (one tap), and whether the books are put right by it."""

    reason = forms.ChoiceField(
        label=_("reason"), choices=RejectionReason.choices, widget=UnfoldAdminRadioSelectWidget
    )
    components = forms.ModelMultipleChoiceField(
        Variant.objects.none(),
        label=_("what of the sets"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("The articles that the reason is about. None: all of them."),
    )
    correct = forms.BooleanField(
        label=_("put the stock right"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Not in stock: taken off. Damaged, worn or mistaken: set aside. Closed: as it was."),
    )
    note = forms.CharField(
        label=_("note"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("No names and no telephone numbers."),
    )

    def prepare(self) -> None:
        left: dict[OrderLine, int] = {}
        for line in (
            self.target.lines.filter(quantity__gt=0).select_related("order_line__variant").order_by("pk")
        ):
            if line.order_line.variant.keeps_stock:
                left[line.order_line] = left.get(line.order_line, 0) + line.quantity
        self.add_quantities(left.items(), initial_all=True, text=_("Up to %(most)s can be rejected."))
        made_of = components_of_lines([line.pk for line in left])
        if not made_of:
            del self.fields["components"]
            return
        choice = self.fields["components"]
        assert isinstance(choice, forms.ModelMultipleChoiceField)
        variant_ids = {variant_id for parts in made_of.values() for variant_id, _each in parts}
        variant_ids |= {line.variant_id for line in left if line.pk not in made_of}
        choice.queryset = Variant.objects.filter(pk__in=variant_ids).order_by("sku")

    def portions(self) -> list[Portion]:
        return [Portion(position, quantity) for position, quantity in self.quantities().items()]

    def at_fault(self) -> frozenset[int] | None:
        chosen = self.cleaned_data.get("components")
        return frozenset(variant.pk for variant in chosen) if chosen else None


class SendFromForm(ActionForm):
    location = location_field(_("to"))

    def prepare(self) -> None:
        choice = self.fields["location"]
        assert isinstance(choice, forms.ModelChoiceField)
        # Units are held there and freed here, so the right to hand over must hold at both ends.
        within = locations_for(self.request, "orders.fulfil").exclude(pk=self.target.location_id)
        # The second click comes when it is there already, and is to say the same as the first.
        sent = str(self.data.get("location", ""))
        if sent.isdecimal():
            within = within | locations_for(self.request, "orders.fulfil").filter(pk=sent)
        choice.queryset = within


class CancelForm(ActionForm):
    reason = forms.ChoiceField(label=_("reason"), choices=CANCEL_REASONS, widget=UnfoldAdminRadioSelectWidget)
    note = forms.CharField(label=_("note"), required=False, max_length=150, widget=UnfoldAdminTextInputWidget)


class CancelLinesForm(QuantitiesForm):
    """Which units of which lines, and why (one tap)."""

    reason = forms.ChoiceField(label=_("reason"), choices=CANCEL_REASONS, widget=UnfoldAdminRadioSelectWidget)
    note = forms.CharField(label=_("note"), required=False, max_length=150, widget=UnfoldAdminTextInputWidget)

    def prepare(self) -> None:
        order = self.target
        assert isinstance(order, Order)
        lines = order.lines.select_related("variant").order_by("position")
        left = [(line, line.quantity - line.fulfilled_quantity - line.cancelled_quantity) for line in lines]
        self.add_quantities(
            [(line, most) for line, most in left if most > 0],
            initial_all=False,
            text=_("Up to %(most)s can be cancelled."),
        )
        self.order_fields([name for name in self.fields if name.startswith("line_")])

    def portions(self) -> list[Portion]:
        return [Portion(position, quantity) for position, quantity in self.quantities().items()]


class HoldChoiceForm(ActionForm):
    hold = forms.ModelChoiceField(
        Reservation.objects.none(),
        label=_("hold"),
        empty_label=_("Choose"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("What is held where you may change it, of what this order waits for."),
    )

    def prepare(self) -> None:
        choice = self.fields["hold"]
        assert isinstance(choice, forms.ModelChoiceField)
        lines = FulfilmentLine.objects.waiting().filter(fulfilment__order=self.target)
        offered = Reservation.objects.live_holds(clock.now()).filter(
            variant__in=lines.values("order_line__variant")
        )
        # What was chosen is the order's after the first click; the second is answered by the claim.
        chosen = str(self.data.get("hold", ""))
        sent = Q(pk=chosen) if chosen.isdecimal() else Q(pk__in=())
        choice.queryset = Reservation.objects.filter(
            Q(pk__in=offered.values("pk")) | sent, location__in=locations_for(self.request, "inventory.hold")
        )

    def clean_hold(self) -> int:
        """Its key alone: what it is held for changes, and a second click is to say the same as the first."""
        hold: Reservation = self.cleaned_data["hold"]
        return hold.pk
