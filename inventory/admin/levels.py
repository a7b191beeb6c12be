from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display as column

from catalog.admin.finding import variants
from inventory import selectors
from inventory import services as inventory
from inventory.admin.forms import SafetyForm
from inventory.admin.forms_holds import HoldForm
from inventory.admin.forms_lots import (
    AdjustLotsForm,
    AsksLots,
    CountLotsForm,
    DeliveryForm,
    ReceiveForm,
    TransferLotsForm,
)
from inventory.admin.lots import lots_of_level
from inventory.admin.sheets import SafetySheet
from inventory.models import StockEntry, StockLevel, StockLevelQuerySet
from omni.core.admin import Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.base import name_actors
from omni.core.admin.sheets import ExchangedInSets, columns
from organisation.admin.scope import AtLocations, LocationFilter

COUNTERS = ("on_hand", "reserved", "damaged", "quality_control", "safety_stock", "incoming")
RECENT = 20


def is_tracked(level: StockLevel) -> bool:
    return level.tracked


def _named(asked: Asked, units: int) -> tuple[inventory.LotUnits, ...]:
    """The lots that a level's form names, of so many units."""
    assert isinstance(asked.form, AsksLots)
    return asked.form.named(units)


class InStock(admin.SimpleListFilter):
    title = _("availability")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("available", _("available")), ("none", _("sold out")), ("below", _("below zero"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = {
            "available": {"available__gt": 0},
            "none": {"available__lte": 0},
            "below": {"on_hand__lt": 0},
        }
        return queryset.filter(**wanted[value]) if (value := self.value()) in wanted else queryset


@admin.register(StockLevel)
class StockLevelAdmin(ExchangedInSets, AtLocations, ReadOnlyAdmin):
    """
    Stock is moved by actions: each asks what it needs, and the ledger says why.

    What comes in as a file is safety stock alone.
    """

    import_resources = (SafetySheet,)
    import_permission = "inventory.set_safety_stock"
    resource_classes = (
        columns(
            sku="variant__sku",
            location="location__code",
            on_hand="on_hand",
            reserved="reserved",
            damaged="damaged",
            quality_control="quality_control",
            safety_stock="safety_stock",
            incoming="incoming",
            available="available",
        ),
    )
    list_display = (
        "sku",
        "product",
        "location",
        "available",
        "on_hand",
        "reserved",
        "damaged",
        "safety_stock",
        "incoming",
    )
    list_display_links = ("sku",)
    list_select_related = ("variant__product", "location")
    list_filter = (
        InStock,
        ("location", LocationFilter),
        ("variant__product__brand", RelatedDropdownFilter),
    )
    ordering = ("pk",)
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")
    fieldsets = (
        (None, {"fields": ("variant", "location", "available")}),
        (_("What is there"), {"fields": (("on_hand", "damaged", "quality_control"),)}),
        (_("What is kept back"), {"fields": (("reserved", "safety_stock", "incoming", "learned_buffer"),)}),
        (_("Under way"), {"fields": ("under_way",)}),
        (_("Lots"), {"fields": ("lots",)}),
        (_("Latest movements"), {"fields": ("movements",)}),
    )
    readonly_fields = ("available", "under_way", "lots", "movements")
    summary = ("on_hand", "reserved", "damaged", "quality_control", "safety_stock")
    actions_list = ("receive_delivery",)
    actions_detail = ("receive", "adjust", "count_lots", "transfer", "hold", "set_safety_stock")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return cast(StockLevelQuerySet, super().get_queryset(request)).with_available()

    def title_of(self, row: StockLevel) -> str:
        return f"{row.variant} / {row.location}"

    @column(description=_("SKU"), ordering="variant__sku")
    def sku(self, level: StockLevel) -> str:
        return level.variant.sku

    @column(description=_("product"))
    def product(self, level: StockLevel) -> str:
        return str(level.variant.product)

    @column(description=_("available"), ordering="available")
    def available(self, level: Any) -> str:
        return display.count(level.available)

    @column(description=_("incoming"))
    def under_way(self, level: StockLevel) -> str:
        """What makes up `incoming`, and when each part is expected."""
        expected = selectors.list_expected(variant_ids=[level.variant_id], location_ids=[level.location_id])
        return display.table(
            [_("document"), _("expected on"), _("quantity")],
            [[one.document, display.day(one.expected_date), display.count(one.quantity)] for one in expected],
        )

    @column(description=_("lots"))
    def lots(self, level: StockLevel) -> str:
        return lots_of_level(level.variant_id, level.location_id) if level.tracked else display.EMPTY

    @column(description=_("movements"))
    def movements(self, level: StockLevel) -> str:
        """The newest rows of the ledger of this level."""
        rows = list(
            StockEntry.objects.filter(variant=level.variant_id, location=level.location_id)
            .select_related("document")
            .order_by("-id")[:RECENT]
        )
        name_actors(rows)
        return display.table(
            [
                _("date"),
                _("kind"),
                _("bucket"),
                _("change"),
                _("balance after"),
                _("reason"),
                _("document"),
                _("actor"),
            ],
            [self._movement(entry) for entry in rows],
        )

    def _movement(self, entry: Any) -> list[Any]:
        return [
            display.moment(entry.occurred_at),
            entry.get_kind_display(),
            entry.get_bucket_display(),
            f"{entry.delta:+,}",
            display.count(entry.balance_after),
            entry.get_reason_display() or display.EMPTY,
            entry.document.number,
            display.actor(entry.actor, entry._actors),
        ]

    @form_action(
        form=DeliveryForm,
        permission="inventory.receive",
        description=_("Receive a delivery"),
        icon="local_shipping",
        primary=True,
    )
    def receive_delivery(self, asked: Asked) -> str:
        assert isinstance(asked.form, DeliveryForm)
        values = asked.values
        done = inventory.receive_stock(
            location_id=values["location"].pk,
            lines=values["lines"],
            lots=asked.form.named(),
            note=values["note"],
            number=values["number"],
            claim=asked.claim("receive-stock"),
            actor=asked.actor,
            now=asked.now,
        )
        shown = [
            _("%(sku)s: %(units)s on hand") % {"sku": level.sku, "units": display.count(level.on_hand)}
            for level in done.levels[:10]
        ]
        more = [f"… ({len(done.levels)})"] if len(done.levels) > 10 else []
        return "、".join([f"{values['location']}", *shown, *more])

    @form_action(
        form=ReceiveForm,
        permission="inventory.receive",
        description=_("Receive"),
        icon="add_box",
        primary=True,
    )
    def receive(self, asked: Asked) -> str:
        inventory.receive_stock(
            location_id=asked.row.location_id,
            lines=[(asked.row.variant_id, asked.values["quantity"])],
            lots={asked.row.variant_id: _named(asked, asked.values["quantity"])},
            note=asked.values["note"],
            claim=asked.claim("receive-stock"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(COUNTERS)

    @form_action(form=AdjustLotsForm, permission="inventory.adjust", description=_("Adjust"), icon="edit")
    def adjust(self, asked: Asked) -> str:
        values = asked.values
        inventory.adjust_stock(
            location_id=asked.row.location_id,
            variant_id=asked.row.variant_id,
            delta=values["delta"],
            reason=values["reason"],
            bucket=values["bucket"],
            note=values["note"],
            lots=_named(asked, abs(values["delta"])),
            claim=asked.claim("adjust-stock"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(COUNTERS)

    @form_action(
        form=CountLotsForm,
        permission="inventory.adjust",
        description=_("Count by lot"),
        icon="checklist",
        when=is_tracked,
        help=_("All that is there of each lot; a lot that is not named is not there."),
    )
    def count_lots(self, asked: Asked) -> str:
        inventory.count_lots(
            location_id=asked.row.location_id,
            variant_id=asked.row.variant_id,
            counted=_named(asked, 1),
            note=asked.values["note"],
            claim=asked.claim("count-lots"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(COUNTERS)

    @form_action(
        form=TransferLotsForm, permission="inventory.transfer", description=_("Transfer"), icon="swap_horiz"
    )
    def transfer(self, asked: Asked) -> str:
        values = asked.values
        inventory.transfer_stock(
            origin_id=asked.row.location_id,
            destination_id=values["destination"].pk,
            lines=[(asked.row.variant_id, values["quantity"])],
            lots={asked.row.variant_id: _named(asked, values["quantity"])},
            note=values["note"],
            claim=asked.claim("transfer-stock"),
            actor=asked.actor,
            now=asked.now,
        )
        return f"{asked.row.location} → {values['destination']}、{asked.changes(COUNTERS)}"

    @form_action(
        form=HoldForm,
        permission="inventory.hold",
        description=_("Hold"),
        icon="bookmark",
        help=_("Units kept for somebody until a time; from then on anyone may buy them."),
    )
    def hold(self, asked: Asked) -> str:
        values = asked.values
        inventory.hold_stock(
            variant_id=asked.row.variant_id,
            location_id=asked.row.location_id,
            quantity=values["quantity"],
            expires_at=values["expires_at"],
            note=values["note"],
            claim=asked.claim("hold-stock"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(COUNTERS)

    @form_action(
        form=SafetyForm,
        permission="inventory.set_safety_stock",
        description=_("Set safety stock"),
        icon="shield",
        help=_("Units kept from being sold online, against errors of the books."),
    )
    def set_safety_stock(self, asked: Asked) -> str:
        inventory.set_safety_stock(
            location_id=asked.row.location_id,
            variant_id=asked.row.variant_id,
            quantity=asked.values["quantity"],
            claim=asked.claim("set-safety-stock"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(COUNTERS)
