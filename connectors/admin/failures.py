from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from connectors import services as connectors
from connectors.admin.connections import GoForm
from connectors.models import InboundFailure
from omni.core.admin import Asked, ReadOnlyAdmin, form_action
from omni.core.admin.search import starting


@admin.register(InboundFailure)
class InboundFailureAdmin(ReadOnlyAdmin):
    """Orders that were sold outside and could not be booked."""

    list_display = ("external_number", "connection", "tries", "failed_at", "error", "resolved_at")
    list_select_related = ("connection",)
    list_filter = (("connection", RelatedDropdownFilter), "resolved_at", "failed_at")
    ordering = ("-pk",)
    finders = (starting("external_number"),)
    search_help_text = _("The channel's own number")
    actions_detail = ("retry",)

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
