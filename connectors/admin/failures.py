from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from connectors import services as connectors
from connectors.admin.connections import GoForm
from connectors.models import InboundFailure
from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, form_action
from omni.core.admin.search import starting

DROP_REASONS = [
    ("booked_by_hand", _("booked by hand")),
    ("cancelled_there", _("cancelled in the channel")),
    ("test", _("a test order")),
    ("other", _("other")),
]


class DropForm(ActionForm):
    """The reason is one tap; the note is free."""

    reason = forms.ChoiceField(label=_("reason"), choices=DROP_REASONS, widget=UnfoldAdminRadioSelectWidget)
    note = forms.CharField(label=_("note"), required=False, max_length=150, widget=UnfoldAdminTextInputWidget)


@admin.register(InboundFailure)
class InboundFailureAdmin(ReadOnlyAdmin):
    """Orders that were sold outside and could not be booked."""

    list_display = (
        "external_number",
        "connection",
        "tries",
        "failed_at",
        "error",
        "resolved_at",
        "drop_reason",
    )
    list_select_related = ("connection",)
    list_filter = (("connection", RelatedDropdownFilter), "resolved_at", "failed_at")
    ordering = ("-pk",)
    finders = (starting("external_number"),)
    search_help_text = _("The channel's own number")
    summary = ("connection", "external_number", "failed_at", "error")
    actions_detail = ("retry", "drop")

    @form_action(
        form=GoForm,
        permission="connectors.replay",
        description=_("Take it in again"),
        icon="replay",
        when=lambda failure: failure.resolved_at is None,
        primary=True,
        help=_("After what stood in its way is mended. An order that landed meanwhile lands once."),
    )
    def retry(self, asked: Asked) -> str:
        landed = connectors.retry_inbound(
            failure_id=asked.row.pk, claim=asked.claim("retry-inbound"), now=asked.now
        )
        return str(_("Booked as order %(number)s.") % {"number": landed.number})

    @form_action(
        form=DropForm,
        permission="connectors.drop",
        description=_("Drop the order"),
        icon="delete_forever",
        submit=_("Drop the order"),
        when=lambda failure: failure.resolved_at is None,
        danger=True,
        help=_("It is never taken in, even if the channel sends it again. The buyer's data goes."),
    )
    def drop(self, asked: Asked) -> str:
        values = asked.values
        connectors.drop_inbound(
            failure_id=asked.row.pk,
            reason=": ".join(part for part in (values["reason"], values["note"]) if part),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["drop_reason"])
