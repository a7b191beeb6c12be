from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display as column
from unfold.paginator import InfinitePaginator

from catalog.admin.finding import variants
from inventory import selectors_lots
from inventory import services as inventory
from inventory.admin.forms_lots import BlockForm, StopTrackingForm, TrackForm
from inventory.models import Lot, LotEntry, LotStock, LotTracking, ShelfLife
from omni.core.admin import Asked, MasterAdmin, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import exact, starting
from omni.core.admin.sheets import Exported, columns
from organisation.admin.scope import AtLocations, LocationFilter

DAYS_AHEAD = (0, 1, 3, 7, 14, 30, 90)
# On a level's page; all of them are in the list of stock by lot.
LOTS_SHOWN = 100


class Expiring(admin.SimpleListFilter):
    """What is soon past its day, for whoever marks it down."""

    title = _("good until")
    parameter_name = "expiring"
    field = "expires_on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        ahead = [(str(days), _("within %(days)s days") % {"days": days}) for days in DAYS_AHEAD[1:]]
        return [("past", _("past its day")), ("0", _("today")), *ahead]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value, today = self.value(), timezone.localdate()
        if value == "past":
            return queryset.filter(**{f"{self.field}__lt": today})
        if value is None or not value.isdigit() or int(value) not in DAYS_AHEAD:
            return queryset
        until = today + timedelta(days=int(value))
        return queryset.filter(**{f"{self.field}__gte": today, f"{self.field}__lte": until})


class StockExpiring(Expiring):
    field = "lot__expires_on"


class Blocked(admin.SimpleListFilter):
    title = _("blocked")
    parameter_name = "blocked"
    field = "blocked_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = {"yes": False, "no": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(**{f"{self.field}__isnull": wanted})


class StockBlocked(Blocked):
    field = "lot__blocked_at"


@admin.register(LotStock)
class LotStockAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """What each place has of each lot, the first to expire first."""

    resource_classes = (
        columns(
            sku="variant__sku",
            location="location__code",
            lot="lot__number",
            expires_on="lot__expires_on",
            on_hand="on_hand",
            damaged="damaged",
            quality_control="quality_control",
        ),
    )
    list_display = ("variant", "location", "lot", "good_until", "on_hand", "damaged", "quality_control")
    list_select_related = ("variant", "location", "lot")
    list_filter = (StockExpiring, StockBlocked, ("location", LocationFilter))
    ordering = ("lot__expires_on", "pk")
    finders = (variants("variant"), starting("lot__number"))
    search_help_text = _("JAN, SKU, name or lot number")

    @column(description=_("good until"), ordering="lot__expires_on")
    def good_until(self, stock: LotStock) -> str:
        return display.day(stock.lot.expires_on)


class LotEntryInline(AtLocations, ReadOnlyInline):
    model = LotEntry
    fields = ("occurred_at", "location", "kind", "bucket", "delta", "balance_after", "document", "actor")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("location", "document")


def is_known(lot: Lot) -> bool:
    """Of the unknown lot nothing is known to be wrong."""
    return bool(lot.number)


@admin.register(Lot)
class LotAdmin(ReadOnlyAdmin):
    list_display = ("number", "variant", "expires_on", "produced_on", "created_at", "blocked_at")
    list_select_related = ("variant",)
    list_filter = (Expiring, Blocked)
    ordering = ("-pk",)
    finders = (variants("variant"), starting("number"))
    search_help_text = _("JAN, SKU, name or lot number")
    inlines = (LotEntryInline,)
    actions_detail = ("block",)

    @form_action(
        form=BlockForm,
        permission="inventory.recall_lots",
        description=_("Block at all locations"),
        icon="block",
        when=is_known,
        danger=True,
        help=_("What is left of it is set aside in quality control everywhere, in one step."),
    )
    def block(self, asked: Asked) -> str:
        done = inventory.block_lot(
            lot_id=asked.row.pk,
            reason=asked.values["reason"],
            claim=asked.claim("block-lot"),
            actor=asked.actor,
            now=asked.now,
        )
        told = _("%(units)s set aside") % {"units": display.count(done.units)}
        return "、".join([str(told), *done.locations])


@admin.register(LotEntry)
class LotEntryAdmin(AtLocations, ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = (
        "occurred_at",
        "variant",
        "location",
        "lot",
        "kind",
        "bucket",
        "delta",
        "balance_after",
        "document",
        "actor",
    )
    list_select_related = ("variant", "location", "lot", "document")
    list_filter = (
        ("location", LocationFilter),
        ("kind", ChoicesDropdownFilter),
        ("bucket", ChoicesDropdownFilter),
    )
    ordering = ("-id",)
    finders = (variants("variant"), exact("lot__number"), exact("document__number"))
    search_help_text = _("JAN, SKU, name, lot or document number")


@admin.register(LotTracking)
class LotTrackingAdmin(ReadOnlyAdmin):
    """Which articles are told apart. Begun and ended by actions: stock has to be split and joined."""

    list_display = ("variant", "tracks", "dated", "started_at")
    list_select_related = ("variant",)
    list_filter = (("tracks", ChoicesDropdownFilter), ("dated", ChoicesDropdownFilter))
    ordering = ("-pk",)
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU or name")
    actions_list = ("start",)
    actions_detail = ("stop",)

    @form_action(
        form=TrackForm,
        permission="inventory.track_lots",
        description=_("Track lots of an article"),
        icon="qr_code_scanner",
        help=_("What is in stock is of the unknown lot until it is counted by lot or has gone."),
        primary=True,
    )
    def start(self, asked: Asked) -> str:
        values = asked.values
        done = inventory.start_tracking(
            variant_id=values["sku"],
            tracks=values["tracks"],
            dated=values["dated"],
            claim=asked.claim("start-tracking"),
            actor=asked.actor,
            now=asked.now,
        )
        units = display.count(done.unknown)
        return str(_("%(sku)s: %(units)s of the unknown lot") % {"sku": done.sku, "units": units})

    @form_action(
        form=StopTrackingForm,
        permission="inventory.track_lots",
        description=_("Track lots no longer"),
        icon="link_off",
        danger=True,
    )
    def stop(self, asked: Asked) -> str:
        done = inventory.stop_tracking(
            variant_id=asked.row.variant_id,
            claim=asked.claim("stop-tracking"),
            actor=asked.actor,
            now=asked.now,
        )
        return done.sku


@admin.register(ShelfLife)
class ShelfLifeAdmin(MasterAdmin):
    list_display = ("channel", "category", "variant", "days")
    list_select_related = ("channel", "category", "variant")
    list_filter = ("channel",)
    ordering = ("channel", "pk")
    autocomplete_fields = ("channel", "category", "variant")


def lots_of_level(variant_id: int, location_id: int) -> str:
    """The lots of a level, the first to expire first, as a table; of very many, how many more there are."""
    stock = selectors_lots.list_lot_stock(location_id=location_id).filter(variant=variant_id)
    first = list(stock.order_by("lot__expires_on", "pk")[:LOTS_SHOWN])
    more = stock.count() - LOTS_SHOWN if len(first) == LOTS_SHOWN else 0
    return display.table(
        [_("lot or serial number"), _("good until"), _("on hand"), _("damaged"), _("in quality control")],
        [*map(_lot_cells, first), *([[f"… +{display.count(more)}", "", "", "", ""]] if more > 0 else [])],
    )


def _lot_cells(stock: LotStock) -> list[str]:
    return [
        str(stock.lot),
        display.day(stock.lot.expires_on),
        *(display.count(units) for units in (stock.on_hand, stock.damaged, stock.quality_control)),
    ]
