from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.paginator import InfinitePaginator

from catalog.admin.finding import variants
from inventory import services as inventory
from inventory.admin.forms_holds import ExtendForm, LetGoForm, MoveForm, SplitForm
from inventory.models import Reservation
from omni.core import clock
from omni.core.admin import Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import starting
from organisation.admin.scope import AtLocations, LocationFilter

TERMS = ("location", "quantity", "status", "expires_at")


def is_live_hold(row: Reservation) -> bool:
    return row.is_hold and row.holds_at(clock.now())


@admin.register(Reservation)
class ReservationAdmin(AtLocations, ReadOnlyAdmin):
    """What is promised. Holds made by hand are changed here; an order's are changed by the order."""

    paginator = InfinitePaginator
    list_display = (
        "source",
        "variant",
        "location",
        "quantity",
        "status",
        "created_at",
        "expires_at",
        "closed_at",
    )
    list_select_related = ("variant", "location")
    list_filter = (("status", ChoicesDropdownFilter), ("location", LocationFilter), "created_at")
    ordering = ("-pk",)
    finders = (variants("variant"), starting("source"))
    search_help_text = _("JAN, SKU, name or source")
    summary = ("variant", "location", "quantity", "expires_at", "note")
    actions_detail = ("extend", "split", "move", "let_go")

    def title_of(self, row: Reservation) -> str:
        return f"{row.variant} × {display.count(row.quantity)}"

    @form_action(
        form=ExtendForm,
        permission="inventory.hold",
        description=_("Hold longer"),
        icon="more_time",
        when=is_live_hold,
        primary=True,
    )
    def extend(self, asked: Asked) -> str:
        inventory.extend_hold(
            reservation_id=asked.row.pk,
            expires_at=asked.values["expires_at"],
            claim=asked.claim("extend-hold"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(TERMS)

    @form_action(
        form=SplitForm,
        permission="inventory.hold",
        description=_("Split"),
        icon="call_split",
        when=is_live_hold,
    )
    def split(self, asked: Asked) -> str:
        inventory.split_hold(
            reservation_id=asked.row.pk,
            quantity=asked.values["quantity"],
            claim=asked.claim("split-hold"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(TERMS)

    @form_action(
        form=MoveForm,
        permission="inventory.hold",
        description=_("Hold elsewhere"),
        icon="move_location",
        when=is_live_hold,
        help=_("Holds as many units over there instead. No goods are sent."),
    )
    def move(self, asked: Asked) -> str:
        inventory.move_hold(
            reservation_id=asked.row.pk,
            location_id=asked.values["location"].pk,
            claim=asked.claim("move-hold"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(TERMS)

    @form_action(
        form=LetGoForm,
        permission="inventory.hold",
        description=_("Let go"),
        icon="lock_open",
        when=is_live_hold,
        danger=True,
    )
    def let_go(self, asked: Asked) -> str:
        inventory.release_hold(
            reservation_id=asked.row.pk,
            claim=asked.claim("release-hold"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(TERMS)
