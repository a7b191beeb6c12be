from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from connectors import services as connectors
from connectors.admin.connections import GoForm
from connectors.models import InboundFailure, RefusedFile, TillDevice, TillEntry
from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import containing, starting

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


@admin.register(RefusedFile)
class RefusedFileAdmin(ReadOnlyAdmin):
    """Files whose lines could not be taken; the report with what stands in them lies in quarantine."""

    list_display = ("name", "connection", "whole", "count", "refused_at", "settled_at", "settled_by")
    list_select_related = ("connection",)
    list_filter = (("connection", RelatedDropdownFilter), "settled_at", "refused_at")
    ordering = ("-pk",)
    finders = (containing("name"),)
    search_help_text = _("File")
    summary = ("connection", "name", "whole", "count", "refused_at", "lines")
    actions_detail = ("settle",)

    @form_action(
        form=GoForm,
        permission="connectors.replay",
        description=_("I have seen to it"),
        icon="done_all",
        when=lambda file: file.settled_at is None,
        primary=True,
        help=_("Mended lines are taken in once they are dropped in the inbox again."),
    )
    def settle(self, asked: Asked) -> str:
        def act() -> str:
            connectors.settle_refused(file_id=asked.row.pk, actor=asked.actor, now=asked.now)
            return str(_("It is off the list."))

        return asked.once("settle-refused-file", act)


@admin.register(TillEntry)
class TillEntryAdmin(ReadOnlyAdmin):
    """What tills of other makers did: booked, waiting for a sale, or not to be booked, and why."""

    list_display = ("device", "sequence", "connection", "kind", "receipt_number", "status", "number", "error")
    list_select_related = ("connection",)
    list_filter = (("connection", RelatedDropdownFilter), "status", "kind", "received_at")
    ordering = ("-pk",)
    finders = (starting("receipt_number", "device"),)
    search_help_text = _("Receipt or device")
    summary = (
        "connection",
        "device",
        "sequence",
        "kind",
        "receipt_number",
        "status",
        "tries",
        "next_try_at",
        "error",
    )
    actions_list = ("retry_all",)
    actions_detail = ("retry", "drop")

    @form_action(
        form=GoForm,
        permission="connectors.replay",
        description=_("Book all again"),
        icon="replay",
        help=_("All that is not booked yet, of every connection, within half a minute."),
    )
    def retry_all(self, asked: Asked) -> str:
        def act() -> str:
            due = connectors.make_entries_due(now=asked.now)
            told = ngettext("%(number)s entry is tried again.", "%(number)s entries are tried again.", due)
            return told % {"number": display.count(due)}

        return asked.once("retry-till-entries", act)

    @form_action(
        form=GoForm,
        permission="connectors.replay",
        description=_("Book it again"),
        icon="replay",
        when=lambda entry: entry.status not in ("BOOKED", "DROPPED"),
        primary=True,
        help=_("After what stood in its way is mended."),
    )
    def retry(self, asked: Asked) -> str:
        entry = connectors.retry_till_entry(entry_id=asked.row.pk, now=asked.now)
        if entry.status == "BOOKED":
            return str(_("Booked as %(number)s.") % {"number": entry.number})
        return str(_("It still can't be booked: %(code)s.") % {"code": entry.error.get("code", "")})

    @form_action(
        form=DropForm,
        permission="connectors.drop",
        description=_("Drop the entry"),
        icon="delete_forever",
        submit=_("Drop the entry"),
        when=lambda entry: entry.status not in ("BOOKED", "DROPPED"),
        danger=True,
        help=_("It is never booked, even if the till sends it again."),
    )
    def drop(self, asked: Asked) -> str:
        values = asked.values

        def act() -> str:
            connectors.drop_till_entry(
                entry_id=asked.row.pk,
                reason=": ".join(part for part in (values["reason"], values["note"]) if part),
                actor=asked.actor,
                now=asked.now,
            )
            return asked.changes(["drop_reason"])

        return asked.once("drop-till-entry", act)


@admin.register(TillDevice)
class TillDeviceAdmin(ReadOnlyAdmin):
    """How far each device of another maker's tills has come, and what of it never arrived."""

    list_display = ("device", "connection", "last_sequence", "gaps")
    list_select_related = ("connection",)
    list_filter = (("connection", RelatedDropdownFilter),)
    ordering = ("connection", "device")
    finders = (starting("device"),)
    search_help_text = _("The device's own name")
    fields = ("connection", "device", "last_sequence", "gaps")

    @column(description=_("numbers that never came"))
    def gaps(self, device: TillDevice) -> str:
        """As `3–7, 9`; the upper end of a span is outside it."""
        return ", ".join(_span(span.lower, span.upper - 1) for span in device.missing)


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
