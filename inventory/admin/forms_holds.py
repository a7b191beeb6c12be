"""What the actions on holds ask for."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from inventory.admin.forms import quantity_field
from omni.core import clock
from omni.core.admin import ActionForm
from organisation.admin.scope import location_field, locations_for

DAYS = 3


def expiry_field() -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(label=_("expires at"), widget=UnfoldAdminSplitDateTimeWidget)


def closing_time(days: int) -> datetime:
    """The end of a day from now: what is held until Friday is held until Friday is over."""
    day = timezone.localtime(clock.now()) + timedelta(days=days)
    return day.replace(hour=23, minute=59, second=0, microsecond=0)


class HoldForm(ActionForm):
    quantity = quantity_field(_("quantity"), initial=1)
    expires_at = expiry_field()
    note = forms.CharField(
        label=_("note"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Why, or a slip's number: no names and no telephone numbers."),
    )

    def prepare(self) -> None:
        self.fields["expires_at"].initial = lambda: closing_time(DAYS)


class ExtendForm(ActionForm):
    expires_at = expiry_field()

    def prepare(self) -> None:
        self.fields["expires_at"].initial = lambda: closing_time(DAYS)


class SplitForm(ActionForm):
    quantity = quantity_field(
        _("quantity"), help_text=_("Units of the new hold; the rest stays in this one.")
    )


class MoveForm(ActionForm):
    location = location_field(_("to"))

    def prepare(self) -> None:
        choice: Any = self.fields["location"]
        # Units are held there and freed here, so the right to hold them must be there at both ends.
        choice.queryset = locations_for(self.request, "inventory.hold").exclude(pk=self.target.location_id)


class LetGoForm(ActionForm):
    """Asks for nothing but the click."""
