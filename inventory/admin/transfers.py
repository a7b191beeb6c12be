from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display as column

from catalog.admin.finding import variants
from inventory import services as inventory
from inventory.admin.forms_goods import (
    ConfirmForm,
    ReasonForm,
    ReceiveTransferForm,
    RequestTransferForm,
    SettleForm,
    ShipForm,
)
from inventory.models import Transfer, TransferDifference, TransferLine, TransferPosting
from omni.core.admin import Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import starting
from organisation import selectors as organisation
from organisation.admin.scope import AtLocations, LocationFilter
from organisation.errors import NotYours
from organisation.models import Location

NUMBER_OR_ARTICLE = _("Number, JAN, SKU or name")


class TransferLineInline(ReadOnlyInline):
    model = TransferLine
    fields = ("variant", "quantity", "shipped", "received", "damaged")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("variant")


class TransferPostingInline(ReadOnlyInline):
    model = TransferPosting
    fields = ("document",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("document")


@admin.register(Transfer)
class TransferAdmin(AtLocations, ReadOnlyAdmin):
    """Asked for by either end, shipped by the origin, received by the destination; both see it."""

    at = ("origin", "destination")
    acts_at = "origin_id"
    list_display = ("number", "status", "origin", "destination", "expected_date", "occurred_at", "note")
    list_select_related = ("origin", "destination")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("origin", LocationFilter),
        ("destination", LocationFilter),
        "occurred_at",
    )
    ordering = ("-pk",)
    finders = (starting("number"), variants("lines__variant"))
    search_help_text = NUMBER_OR_ARTICLE
    readonly_fields = ("differences",)
    inlines = (TransferLineInline, TransferPostingInline)
    summary = ("status", "origin", "destination")
    actions_list = ("request_transfer",)
    actions_detail = ("approve", "ship", "receive", "cancel")

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        """What arrives is received at the destination, which may take back what it asks for; all else is the origin's."""
        if obj is None:
            return organisation.may(request.user, permission)
        if permission == "inventory.request_transfer":
            asked = obj.status == Transfer.Status.REQUESTED
            sends = organisation.may(request.user, "inventory.transfer", obj.origin_id)
            return sends or (asked and organisation.may(request.user, permission, obj.destination_id))
        place = obj.destination_id if permission == "inventory.receive" else obj.origin_id
        return organisation.may(request.user, permission, place)

    @column(description=_("differences"))
    def differences(self, transfer: Transfer) -> str:
        """What went otherwise than written, each with a link to where it is settled."""
        found = TransferDifference.objects.filter(line__transfer=transfer).select_related(
            "line__transfer", "line__variant"
        )
        return display.table(
            [_("variant"), _("nature"), _("quantity"), _("still open")],
            [
                [
                    display.row_link(one),
                    one.get_nature_display(),
                    display.count(one.quantity),
                    display.count(one.open),
                ]
                for one in found.order_by("pk")
            ],
        )

    @form_action(
        form=RequestTransferForm,
        permission="inventory.request_transfer",
        description=_("Ask for a transfer"),
        icon="add",
        primary=True,
        help=_("The units are held at the origin until it ships them, or calls it off."),
    )
    def request_transfer(self, asked: Asked) -> str:
        values = asked.values
        done = inventory.request_transfer(
            origin_id=values["origin"].pk,
            destination_id=values["destination"].pk,
            lines=values["lines"],
            expected_date=values["expected_date"],
            note=values["note"],
            claim=asked.claim("request-transfer"),
            actor=asked.actor,
            now=asked.now,
        )
        return f"{done.number}: {values['origin']} → {values['destination']}"

    @form_action(
        form=ConfirmForm,
        permission="inventory.transfer",
        description=_("Approve"),
        icon="check",
        when=lambda row: row.status == Transfer.Status.REQUESTED,
    )
    def approve(self, asked: Asked) -> str:
        inventory.approve_transfer(
            transfer_id=asked.row.pk,
            claim=asked.claim("approve-transfer"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])

    @form_action(
        form=ShipForm,
        permission="inventory.transfer",
        description=_("Ship"),
        icon="local_shipping",
        when=lambda row: row.status in Transfer.HELD,
        primary=True,
        help=_("What is shipped leaves the books here; what stays behind is free again."),
    )
    def ship(self, asked: Asked) -> str:
        assert isinstance(asked.form, ShipForm)
        inventory.ship_transfer(
            transfer_id=asked.row.pk,
            quantities=asked.form.quantities(),
            lots=asked.form.named(),
            claim=asked.claim("ship-transfer"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])

    @form_action(
        form=ReceiveTransferForm,
        permission="inventory.receive",
        description=_("Receive"),
        icon="add_box",
        when=lambda row: row.status in Transfer.UNDER_WAY,
        primary=True,
    )
    def receive(self, asked: Asked) -> str:
        assert isinstance(asked.form, ReceiveTransferForm)
        done = inventory.receive_transfer(
            transfer_id=asked.row.pk,
            arrivals=asked.form.arrivals(),
            complete=asked.values["complete"],
            note=asked.values["note"],
            claim=asked.claim("receive-transfer"),
            actor=asked.actor,
            now=asked.now,
        )
        opened = len(done.discrepancies)
        told = [_("%(count)s differences are to be settled.") % {"count": opened}] if opened else []
        return "、".join([asked.changes(["status"]), *map(str, told)])

    @form_action(
        form=ReasonForm,
        permission="inventory.request_transfer",
        description=_("Cancel"),
        icon="cancel",
        when=lambda row: row.status in Transfer.HELD,
        danger=True,
    )
    def cancel(self, asked: Asked) -> str:
        inventory.cancel_transfer(
            transfer_id=asked.row.pk,
            reason=asked.values["reason"],
            claim=asked.claim("cancel-transfer"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])


@admin.register(TransferLine)
class TransferLineAdmin(AtLocations, ReadOnlyAdmin):
    at = ("transfer__origin", "transfer__destination")
    list_display = ("transfer", "variant", "quantity", "shipped", "received", "damaged")
    list_select_related = ("transfer", "variant")
    ordering = ("-pk",)
    finders = (starting("transfer__number"), variants("variant"))
    search_help_text = NUMBER_OR_ARTICLE

    def title_of(self, row: TransferLine) -> str:
        return f"{row.transfer} / {row.variant}"


@admin.register(TransferPosting)
class TransferPostingAdmin(AtLocations, ReadOnlyAdmin):
    at = ("transfer__origin", "transfer__destination")
    list_display = ("transfer", "document")
    list_select_related = ("transfer", "document")
    ordering = ("-pk",)
    finders = (starting("transfer__number"),)
    search_help_text = _("Number")

    def title_of(self, row: TransferPosting) -> str:
        return str(row.document)


@admin.register(TransferDifference)
class TransferDifferenceAdmin(AtLocations, ReadOnlyAdmin):
    """What went otherwise than written; each way of settling is that of the place whose books it moves."""

    at = ("line__transfer__origin", "line__transfer__destination")
    list_display = ("transfer", "article", "nature", "quantity", "found", "written_off", "returned", "state")
    list_select_related = (
        "line__transfer__origin",
        "line__transfer__destination",
        "line__variant",
        "discrepancy",
    )
    list_filter = (("nature", ChoicesDropdownFilter), ("discrepancy__status", ChoicesDropdownFilter))
    ordering = ("-pk",)
    finders = (starting("line__transfer__number"), variants("line__variant"))
    search_help_text = NUMBER_OR_ARTICLE
    summary = ("nature", "quantity", "found", "written_off", "returned")
    actions_detail = ("find", "put_back", "write_off")

    def title_of(self, row: TransferDifference) -> str:
        return f"{row.line.transfer} / {row.line.variant}"

    @column(description=_("transfer"), ordering="line__transfer")
    def transfer(self, row: TransferDifference) -> str:
        return row.line.transfer.number

    @column(description=_("variant"))
    def article(self, row: TransferDifference) -> str:
        return str(row.line.variant)

    @column(description=_("status"), ordering="discrepancy__status")
    def state(self, row: TransferDifference) -> str:
        return display.state(row.discrepancy.status, row.discrepancy.get_status_display())

    def acts_within(self, row: TransferDifference, locations: frozenset[int]) -> bool:
        transfer = row.line.transfer
        return not locations.isdisjoint((transfer.origin_id, transfer.destination_id))

    def settle(self, asked: Asked, how: inventory.Settlement) -> str:
        place = Location.objects.get(pk=inventory.acting_location_id(asked.row, how))
        if not organisation.may(asked.request.user, "inventory.resolve", place):
            raise NotYours(function="inventory.resolve", location=place.code)
        inventory.settle_difference(
            difference_id=asked.row.pk,
            how=how,
            quantity=asked.values["quantity"],
            reason=asked.values["reason"],
            claim=asked.claim(f"settle-difference-{how}"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["found", "written_off", "returned"])

    @form_action(
        form=SettleForm,
        permission="inventory.resolve",
        description=_("Found after all"),
        icon="search",
        when=lambda row: row.open and row.nature != TransferDifference.Nature.OVER,
        primary=True,
        help=_("Missing units arrived late; damaged ones turned out to be fit for sale."),
    )
    def find(self, asked: Asked) -> str:
        return self.settle(asked, inventory.Settlement.FOUND)

    @form_action(
        form=SettleForm,
        permission="inventory.resolve",
        description=_("Back on the origin's books"),
        icon="undo",
        when=lambda row: row.open,
        help=_("Missing or damaged units are at the origin; what arrived over is taken off its books."),
    )
    def put_back(self, asked: Asked) -> str:
        return self.settle(asked, inventory.Settlement.RETURNED)

    @form_action(
        form=SettleForm,
        permission="inventory.resolve",
        description=_("Write off"),
        icon="delete",
        when=lambda row: row.open,
        danger=True,
        help=_(
            "Missing units are the origin's loss, damaged ones the destination's; "
            "what arrived over stays there as a correction."
        ),
    )
    def write_off(self, asked: Asked) -> str:
        return self.settle(asked, inventory.Settlement.WRITTEN_OFF)
