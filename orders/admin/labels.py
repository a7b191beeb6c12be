"""Labels out and tracking numbers in, from the list of fulfilments."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from omni.core import clock
from omni.core.admin import ActionForm, Asked
from omni.core.admin.sheets.files import SheetUnreadable, decoded
from omni.core.errors import DomainError
from orders.errors import TrackingRefused
from orders.labels import Tracked, as_file, read_tracking
from orders.models import Carrier
from orders.selectors_labels import list_labels
from orders.services.tracking import take_tracking
from organisation import roles
from organisation.admin.scope import location_field, locations_for

MOST_BYTES = 5_000_000


class LabelsForm(ActionForm):
    location = location_field(_("location"))
    carrier = forms.ModelChoiceField(
        Carrier.objects.exclude(labels=Carrier.Labels.NONE).order_by("code"),
        label=_("carrier"),
        empty_label=_("Choose"),
        widget=UnfoldAdminSelectWidget,
    )

    def prepare(self) -> None:
        choice = self.fields["location"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = locations_for(self.request, "orders.fulfil")


class TrackingForm(ActionForm):
    """The file as the carrier's software wrote it."""

    file = forms.FileField(label=_("file of the carrier"), widget=UnfoldAdminFileFieldWidget)

    tracked: list[Tracked]

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        try:
            self.tracked = read_tracking(decoded(sent.read()))
        except SheetUnreadable as error:
            raise forms.ValidationError(str(error)) from error
        except TrackingRefused as error:
            raise forms.ValidationError(_lines_of(error)) from error
        return sent

    def refuse(self, error: DomainError) -> None:
        if isinstance(error, TrackingRefused):
            self.add_error("file", _lines_of(error))
        else:
            super().refuse(error)


REASONS = {
    "columns": _("the columns of the reference and of the tracking number are missing"),
    "reference": _("no reference of ours"),
    "number": _("no tracking number"),
    "unknown": _("no such fulfilment here"),
    "not-shipped": _("it is not shipped"),
    "not-open": _("it is not to be shipped any more"),
    "gone-with-another-number": _("it has left with another number"),
    "too-many-parcels": _("too many parcels"),
}


def _lines_of(error: TrackingRefused) -> list[str]:
    """What each line that can't be taken is told."""
    return [
        str(_("Line %(line)s: %(reason)s (%(value)s)"))
        % {"line": each["line"], "reason": REASONS[each["reason"]], "value": each.get("value", "")}
        for each in error.data()["lines"]
    ]


def label_file(asked: Asked) -> HttpResponse:
    carrier, location = asked.values["carrier"], asked.values["location"]
    today = clock.business_date(asked.now, settings.TIME_ZONE)
    labels = list_labels(carrier=carrier, location=location, on=today)
    answer = HttpResponse(as_file(carrier.labels, labels), content_type="text/csv; charset=cp932")
    name = f"{carrier.code}-{location.code}-{today:%Y%m%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def taken(asked: Asked) -> str:
    form = asked.form
    assert isinstance(form, TrackingForm)
    within = roles.reach(asked.request.user, "orders.fulfil")
    done = take_tracking(tracked=form.tracked, within=within, actor=asked.actor, now=asked.now)
    told = _("%(completed)s have left, %(known)s had left before.") % {
        "completed": done.completed,
        "known": done.known,
    }
    failed = [f"{each['order']}: {each['reason']}" for each in done.failed]
    return "、".join([str(told), *failed])
