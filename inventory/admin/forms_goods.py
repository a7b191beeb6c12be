"""What the actions on transfers and purchase orders ask for."""

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from catalog.selectors import Coded
from inventory.admin.forms import SEPARATORS, LinesForm, note_field, quantity_field, unreadable
from inventory.admin.forms_lots import lots_of_line, tracked_of, with_units, with_units_of
from inventory.models import PurchaseOrderLine, Supplier, TransferLine
from inventory.services import Arrival, LotUnits, OrderedLine
from omni.core.admin import ActionForm
from omni.core.limits import MOST_AMOUNT, MOST_UNITS
from omni.core.text import plain
from organisation import selectors as organisation
from organisation.admin.scope import location_field, locations_for

COST_UNIT = Decimal("0.0001")
REASON = _("reason")


def date_field() -> forms.DateField:
    return forms.DateField(label=_("expected on"), required=False, widget=UnfoldAdminSingleDateWidget)


def reason_field(label: Any = REASON, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=500, widget=UnfoldAdminTextareaWidget({"rows": 2}), **options
    )


class ConfirmForm(ActionForm):
    """Nothing is asked: the page says what will happen."""


class RescheduleForm(ActionForm):
    expected_date = date_field()


class ReasonForm(ActionForm):
    reason = reason_field()


class RequestTransferForm(LinesForm):
    """Either end may ask: the place that sends, or the one that needs the goods."""

    origin = location_field(_("from"))
    destination = location_field(_("to"))
    expected_date = date_field()

    field_order = ("origin", "destination", "expected_date", "lines", "note")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        origin, destination = values.get("origin"), values.get("destination")
        if not (origin and destination):
            return values
        user = self.request.user
        sends = organisation.may(user, "inventory.transfer", origin)
        if not (sends or organisation.may(user, "inventory.request_transfer", destination)):
            raise ValidationError(_("Neither of the two places is within your reach."), code="reach")
        return values


class ShipForm(ActionForm):
    """How many of each line leave; what stays behind is free again."""

    def prepare(self) -> None:
        lines = list(self.target.lines.select_related("variant").order_by("pk"))
        tracked = tracked_of(line.variant_id for line in lines)
        for line in lines:
            self.fields[f"line_{line.variant_id}"] = quantity_field(
                str(line.variant), least=0, initial=line.quantity, help_text=asked_for(line.quantity)
            )
            if line.variant_id in tracked:
                self.fields[f"lots_{line.variant_id}"] = lots_of_line(line.variant)

    def quantities(self) -> dict[int, int]:
        return {int(name[5:]): value for name, value in numbered(self.cleaned_data, "line_").items()}

    def named(self) -> dict[int, tuple[LotUnits, ...]]:
        lots = {int(name[5:]): value for name, value in numbered(self.cleaned_data, "lots_").items()}
        return with_units_of(lots, self.quantities())


class ArrivalsForm(ActionForm):
    """Of each line what arrived fit for sale, and what damaged; and of which lots, where they are kept."""

    def add_lines(self, lines: Collection[TransferLine | PurchaseOrderLine]) -> None:
        tracked = tracked_of(line.variant_id for line in lines)
        for line in lines:
            self.fields[f"fit_{line.variant_id}"] = quantity_field(
                str(line.variant), least=0, initial=line.outstanding, help_text=waited_for(line.outstanding)
            )
            self.fields[f"damaged_{line.variant_id}"] = quantity_field(
                _("%(article)s, damaged") % {"article": line.variant}, least=0, initial=0
            )
            if line.variant_id in tracked:
                self.fields[f"lots_{line.variant_id}"] = lots_of_line(line.variant)

    def arrivals(self) -> list[Arrival]:
        fit = numbered(self.cleaned_data, "fit_")
        return [self._arrival(name.removeprefix("fit_"), received) for name, received in fit.items()]

    def _arrival(self, line: str, received: int) -> Arrival:
        damaged: int = self.cleaned_data[f"damaged_{line}"]
        lots = with_units(self.cleaned_data.get(f"lots_{line}", ()), received + damaged)
        return Arrival(int(line), received, damaged, lots)


class ReceiveTransferForm(ArrivalsForm):
    complete = forms.BooleanField(
        label=_("nothing more will come"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "What is missing becomes a discrepancy, to be settled when it is known what became of it."
        ),
    )
    note = note_field()

    def prepare(self) -> None:
        self.add_lines(list(self.target.lines.select_related("variant").order_by("pk")))
        self.order_fields([name for name in self.fields if name not in ("complete", "note")])


class ReceivePurchaseForm(ArrivalsForm):
    number = forms.CharField(
        label=_("delivery number"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A delivery is booked once at a location under its number."),
    )
    over_reason = reason_field(
        _("reason for taking more"),
        required=False,
        help_text=_("Only where more arrived than the order tolerates."),
    )
    note = note_field()

    def prepare(self) -> None:
        self.add_lines(list(self.target.lines.select_related("variant").order_by("pk")))
        last = ("over_reason", "note")
        self.order_fields([name for name in self.fields if name not in last])


class SettleForm(ActionForm):
    quantity = quantity_field(_("quantity"))
    reason = reason_field()

    def prepare(self) -> None:
        self.fields["quantity"].initial = self.target.open


class OrderedLinesForm(LinesForm):
    """What is ordered: an article a line, with its quantity and its cost a unit."""

    expected_date = date_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["lines"].help_text = _("JAN or SKU, quantity and cost of one, one article a line.")

    def clean_lines(self) -> list[OrderedLine]:  # type: ignore[override]  # with what each costs
        read = [self._read_costed(line) for line in self.written_lines()]
        known = self.known(code for code, _quantity, _cost in read)
        lines = [self._ordered(known[code], quantity, cost) for code, quantity, cost in read]
        if len({line.variant_id for line in lines}) < len(lines):
            raise ValidationError(_("An article stands on two lines."), code="variant-once")
        return lines

    def _ordered(self, coded: Coded, quantity: int, cost: Decimal) -> OrderedLine:
        """A case of 24 at 2,400 is 24 units at 100."""
        return OrderedLine(
            coded.variant_id, coded.quantity * quantity, (cost / coded.quantity).quantize(COST_UNIT)
        )

    def _read_costed(self, line: str) -> tuple[str, int, Decimal]:
        parts = SEPARATORS.split(plain(line))
        if len(parts) != 3 or not parts[1].isdigit() or not 0 < int(parts[1]) < MOST_UNITS:
            raise unreadable(line)
        try:
            cost = Decimal(parts[2])
        except InvalidOperation:
            raise unreadable(line) from None
        if not cost.is_finite() or not 0 <= cost <= MOST_AMOUNT:
            raise unreadable(line)
        return parts[0], int(parts[1]), cost


class DraftForm(OrderedLinesForm):
    supplier = forms.ModelChoiceField(
        Supplier.objects.filter(active=True).order_by("code"),
        label=_("supplier"),
        empty_label=_("Choose"),
        widget=UnfoldAdminSelectWidget,
    )
    destination = location_field(_("to"))
    over_tolerance = forms.DecimalField(
        label=_("tolerance of over-delivery"),
        required=False,
        min_value=0,
        max_value=1,
        max_digits=7,
        decimal_places=4,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The supplier's unless given; 0.05 takes up to 5% more than was ordered."),
    )

    field_order = ("supplier", "destination", "expected_date", "over_tolerance", "lines", "note")

    def prepare(self) -> None:
        choice = self.fields["destination"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = locations_for(self.request, "inventory.purchase")


class ReviseForm(OrderedLinesForm):
    field_order = ("expected_date", "lines", "note")

    def prepare(self) -> None:
        lines = self.target.lines.select_related("variant").order_by("pk")
        written = [f"{line.variant.sku} {line.quantity} {line.unit_cost.normalize():f}" for line in lines]
        self.fields["lines"].initial = "\n".join(written)
        self.fields["expected_date"].initial = self.target.expected_date
        self.fields["note"].initial = self.target.note


def numbered(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name.startswith(prefix)}


def asked_for(units: int) -> str:
    return str(_("%(units)s were asked for.")) % {"units": units}


def waited_for(units: int) -> str:
    return str(_("%(units)s are expected.")) % {"units": units}
