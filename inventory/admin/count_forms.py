"""What the actions on counts, stock-takes and discrepancies ask for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from catalog.models import Brand, Category
from inventory import services as inventory
from inventory.admin.forms import MOST_TEXT, note_field, read_articles, read_lines
from inventory.models import StockTake
from omni.core import clock
from omni.core.admin import ActionForm
from organisation import selectors as organisation
from organisation.admin.scope import location_field, locations_for
from organisation.models import User


def chosen_from(form: ActionForm, name: str, rows: Any) -> None:
    choice = form.fields[name]
    assert isinstance(choice, forms.ModelChoiceField)
    choice.queryset = rows


def row_field(label: Any, rows: Any, **options: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        rows, label=label, required=False, empty_label="–", widget=UnfoldAdminSelectWidget, **options
    )


def lines_field(help_text: Any, *, required: bool = True, label: Any = None) -> forms.CharField:
    return forms.CharField(
        label=label or _("articles"),
        max_length=MOST_TEXT,
        required=required,
        widget=UnfoldAdminTextareaWidget({"rows": 8}),
        help_text=help_text,
    )


class MomentForm(ActionForm):
    """What is typed from paper was counted before: what moved since is taken into account from then."""

    counted_at = forms.SplitDateTimeField(
        label=_("counted at"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("When the shelf was looked at, not when this is typed. Empty: now."),
    )

    def prepare(self) -> None:
        self.fields["counted_at"].initial = clock.now()


class NoteForm(ActionForm):
    note = note_field()


class SureForm(ActionForm):
    """Nothing to fill in: the page says what will happen."""


class AssignForm(ActionForm):
    owner = row_field(pgettext_lazy("staff", "owner"), User.objects.none())

    def prepare(self) -> None:
        chosen_from(self, "owner", organisation.staff_who_may("inventory.resolve", self.target.location_id))
        self.fields["owner"].initial = self.target.owner_id


class ResolveForm(ActionForm):
    resolution = forms.CharField(
        label=_("resolution"), max_length=500, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )


class OpenSheetForm(ActionForm):
    location = location_field(_("location"))
    lines = lines_field(_("JAN or SKU, one article a line; or choose below."), required=False)
    category = row_field(_("category"), Category.objects.order_by("path"))
    brand = row_field(_("brand"), Brand.objects.order_by("code"))
    blind = forms.BooleanField(
        label=_("blind"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Who counts is not told what the books say."),
    )
    assignee = row_field(_("assigned to"), User.objects.none())
    note = note_field()

    def prepare(self) -> None:
        chosen_from(self, "location", locations_for(self.request, "inventory.count"))
        chosen_from(self, "assignee", User.objects.filter(is_staff=True, is_active=True).order_by("name"))

    def clean_lines(self) -> list[int]:
        return [variant_id for variant_id, _quantity in read_articles(self.cleaned_data["lines"])]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        assignee, location = values.get("assignee"), values.get("location")
        if assignee and location and not organisation.may(assignee, "inventory.count", location):
            self.add_error("assignee", ValidationError(_("This member of staff does not count here.")))
        return values


class RecordForm(MomentForm):
    lines = lines_field(
        _("JAN or SKU and how many there are, one article a line; 0 where there is none."),
        label=_("counted"),
    )

    def clean_lines(self) -> list[tuple[int, int]]:
        """(variant, quantity); what stands in several lines is added up."""
        total: dict[int, int] = {}
        for variant_id, quantity in read_articles(self.cleaned_data["lines"], least=0):
            total[variant_id] = total.get(variant_id, 0) + quantity
        return list(total.items())


class RecountForm(ActionForm):
    lines = lines_field(_("JAN or SKU, one article a line."))

    def clean_lines(self) -> list[int]:
        return [variant_id for variant_id, _quantity in read_articles(self.cleaned_data["lines"])]


class FinishForm(ActionForm):
    leave_uncounted = forms.BooleanField(
        label=_("leave what was not counted"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Its stock stays as the books say."),
    )


def read_sections(text: str, *, selling: bool) -> list[inventory.SectionSpec]:
    """A number and, after a space, a name on each line."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        number, _space, name = line.partition(" ")
        if len(number) > 32 or len(name) > 100:
            raise ValidationError(_("This line can't be read: %(line)s"), params={"line": line[:80]})
        found.append(inventory.SectionSpec(number, name.strip(), selling))
    return found


class SectionsForm(ActionForm):
    shelves = forms.CharField(
        label=_("sections of the sales floor"),
        required=False,
        max_length=50_000,
        widget=UnfoldAdminTextareaWidget({"rows": 5}),
        help_text=_("A number and a name on each line. What is sold meanwhile leaves from here."),
    )
    rooms = forms.CharField(
        label=_("sections of stock rooms"),
        required=False,
        max_length=50_000,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
    )

    def clean_shelves(self) -> list[inventory.SectionSpec]:
        return read_sections(self.cleaned_data["shelves"], selling=True)

    def clean_rooms(self) -> list[inventory.SectionSpec]:
        return read_sections(self.cleaned_data["rooms"], selling=False)


class OpenStockTakeForm(SectionsForm):
    location = location_field(_("location"))
    business_date = forms.DateField(label=_("business date"), widget=UnfoldAdminSingleDateWidget)
    note = note_field()

    field_order = ("location", "business_date", "shelves", "rooms", "note")

    def prepare(self) -> None:
        chosen_from(self, "location", locations_for(self.request, "inventory.take_stock"))
        self.fields["business_date"].initial = clock.now().date()


class UncountedForm(ActionForm):
    uncounted = forms.ChoiceField(
        label=_("what was not counted"),
        choices=StockTake.Uncounted.choices,
        widget=UnfoldAdminRadioSelectWidget,
    )


class ScanForm(MomentForm):
    lines = lines_field(
        _("JAN or SKU and quantity, one article a line; without a quantity it is 1."), label=_("scanned")
    )
    round = forms.IntegerField(
        label=_("round"), min_value=1, max_value=99, initial=1, widget=UnfoldAdminTextInputWidget
    )

    def clean_lines(self) -> list[tuple[str, int]]:
        return read_lines(self.cleaned_data["lines"])


class RoundForm(ActionForm):
    round = forms.IntegerField(
        label=_("round"), min_value=1, max_value=99, initial=1, widget=UnfoldAdminTextInputWidget
    )
