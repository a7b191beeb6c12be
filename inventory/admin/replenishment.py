"""Replenishment on staff's screens: rules, rates, what is low, and suggestions accepted with one click."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action
from unfold.decorators import display as column

from catalog.admin.finding import variants
from inventory import planning
from inventory import services as inventory
from inventory.admin.forms_goods import ConfirmForm, ReasonForm
from inventory.admin.sheets import PolicySheet
from inventory.models import LowStock, ReplenishmentPolicy, StockLevel, StockPlan, Suggestion
from omni.core import clock, idempotency
from omni.core.admin import Asked, MasterAdmin, ReadOnlyAdmin, display, form_action, staff_of
from omni.core.admin.refusals import describe
from omni.core.admin.sheets import ExchangedInSets, Exported, columns
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from organisation import selectors as organisation
from organisation.admin.history import with_history
from organisation.admin.scope import AtLocations, LocationFilter
from organisation.errors import NotYours

ARTICLE = _("JAN, SKU, name or kana")
Status = Suggestion.Status


@admin.register(ReplenishmentPolicy)
@with_history
class ReplenishmentPolicyAdmin(ExchangedInSets, AtLocations, MasterAdmin):
    """The narrowest rule holds: a variant's, else the nearest category's, else that of everything."""

    resource_classes = (PolicySheet,)
    fields = (
        "location",
        ("variant", "category"),
        ("origin", "supplier"),
        ("lead_time_days", "cover_days"),
        ("safety", "minimum", "pack", "maximum"),
    )
    list_display = (
        "location",
        "goods",
        "source",
        "lead_time_days",
        "cover_days",
        "safety",
        "pack",
        "maximum",
    )
    list_display_links = ("location", "goods")
    list_select_related = ("location", "variant", "category", "origin", "supplier")
    list_filter = (("location", LocationFilter), ("supplier", RelatedDropdownFilter))
    ordering = ("location__code", "pk")
    autocomplete_fields = ("variant",)
    finders = (variants("variant"),)
    search_help_text = ARTICLE

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("location", "variant", "category") if obj else ()

    def title_of(self, row: ReplenishmentPolicy) -> str:
        return f"{row.location} / {self.goods(row)}"

    @column(description=_("goods"))
    def goods(self, row: ReplenishmentPolicy) -> str:
        return str(row.variant or row.category or _("everything"))

    @column(description=_("comes from"))
    def source(self, row: ReplenishmentPolicy) -> str:
        return str(row.origin or row.supplier)


@admin.register(StockPlan)
class StockPlanAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """What each level sells a day, of which days that is made, and what follows from its rule."""

    resource_classes = (
        columns(
            location="location__code",
            sku="variant__sku",
            sold="sold",
            days_in_stock="days_in_stock",
            window_days="window_days",
            until="until_date",
            reorder_point="reorder_point",
            target="target",
        ),
    )
    list_display = (
        "variant",
        "location",
        "rate",
        "sold",
        "days_in_stock",
        "window_days",
        "until_date",
        "reorder_point",
        "target",
    )
    list_select_related = ("variant", "location")
    list_filter = (("location", LocationFilter), "until_date")
    ordering = ("pk",)
    readonly_fields = ("rate",)
    finders = (variants("variant"),)
    search_help_text = ARTICLE

    def title_of(self, row: StockPlan) -> str:
        return f"{row.variant} / {row.location}"

    @column(description=_("sold a day"))
    def rate(self, row: StockPlan) -> str:
        return f"{row.sold / max(row.days_in_stock, planning.LEAST_DAYS):.2f}"


@admin.register(LowStock)
class LowStockAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """Falls to the reorder point, and whether they have recovered."""

    resource_classes = (
        columns(
            sku="variant__sku",
            location="location__code",
            available="available",
            reorder_point="reorder_point",
            fell_at="fell_at",
            recovered_at="recovered_at",
        ),
    )
    list_display = (
        "variant",
        "location",
        "available",
        "available_now",
        "reorder_point",
        "fell_at",
        "recovered_at",
    )
    list_select_related = ("variant", "location")
    list_filter = (
        ("location", LocationFilter),
        ("recovered_at", admin.EmptyFieldListFilter),
        "fell_at",
    )
    ordering = ("-pk",)
    readonly_fields = ("available_now",)
    finders = (variants("variant"),)
    search_help_text = ARTICLE

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        level: QuerySet = StockLevel.objects.with_available().filter(
            variant=OuterRef("variant"), location=OuterRef("location")
        )
        return (
            super()
            .get_queryset(request)
            .annotate(now=Subquery(level.values("available")[:1], output_field=IntegerField()))
        )

    def title_of(self, row: LowStock) -> str:
        return f"{row.variant} / {row.location}"

    @column(description=_("available now"), ordering="now")
    def available_now(self, row: Any) -> str:
        return display.EMPTY if row.now is None else display.count(row.now)


@admin.register(Suggestion)
class SuggestionAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """Each says why; one or many become transfers and purchase orders with one click."""

    at = ("location", "origin")
    resource_classes = (
        columns(
            status="status",
            sku="variant__sku",
            location="location__code",
            origin="origin__code",
            supplier="supplier__code",
            quantity="quantity",
            wanted="wanted",
            rate="rate",
            lead_time_days="lead_time_days",
            cover_days="cover_days",
            on_hand="on_hand",
            available="available",
            incoming="incoming",
            asked_for="asked_for",
            reorder_point="reorder_point",
            target="target",
            made_at="made_at",
        ),
    )
    list_display = (
        "variant",
        "location",
        "source",
        "quantity",
        "wanted",
        "rate",
        "available",
        "incoming",
        "target",
        "status",
        "made_at",
    )
    list_select_related = ("variant", "location", "origin", "supplier")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("location", LocationFilter),
        ("origin", LocationFilter),
        ("supplier", RelatedDropdownFilter),
    )
    ordering = ("-pk",)
    finders = (variants("variant"),)
    search_help_text = ARTICLE
    readonly_fields = ("why",)
    summary = ("location", "origin", "supplier", "quantity", "available", "incoming", "target")
    actions = ("accept_ticked",)
    actions_detail = ("ask_for", "order", "dismiss")

    def title_of(self, row: Suggestion) -> str:
        return f"{row.variant} → {row.location}"

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        """A transfer is asked of its origin; all else is the affair of the place that gets the goods."""
        if obj is None or permission != "inventory.transfer":
            return super().allows(request, permission, obj)
        return organisation.may(request.user, permission, obj.origin_id)

    @column(description=_("comes from"))
    def source(self, row: Suggestion) -> str:
        return str(row.origin or row.supplier)

    @column(description=_("reasons"))
    def why(self, row: Suggestion) -> str:
        figures = {
            "rate": f"{row.rate:.2f}",
            "lead": row.lead_time_days,
            "cover": row.cover_days,
            "point": row.reorder_point,
            "target": row.target,
            "available": row.available,
            "incoming": row.incoming,
            "asked": row.asked_for,
            "passed": row.passed_on,
            "position": row.available + row.incoming + row.asked_for - row.passed_on,
            "wanted": row.wanted,
            "quantity": row.quantity,
        }
        return (
            gettext(
                "%(rate)s a day. Reorder point for %(lead)s days: %(point)s. Target for %(cover)s days more: "
                "%(target)s. Available %(available)s + incoming %(incoming)s + asked for %(asked)s − wanted by "
                "others from here %(passed)s = %(position)s. Wanted: %(wanted)s; of what is there: %(quantity)s."
            )
            % figures
        )

    def accept(self, request: HttpRequest, rows: Sequence[Suggestion], claim: Claim) -> str:
        for row in rows:
            function = "inventory.transfer" if row.origin_id else "inventory.purchase"
            if not self.allows(request, function, row):
                place = row.origin or row.location
                raise NotYours(function=function, location=place.code)
        done = inventory.accept_suggestions(
            suggestion_ids=[row.pk for row in rows], claim=claim, actor=staff_of(request), now=clock.now()
        )
        told = [gettext("%(count)s accepted: %(documents)s") % _shown(done)]
        if done.left:
            told.append(gettext("No longer there: %(skus)s") % {"skus": ", ".join(done.left)})
        if done.uncosted:
            told.append(
                gettext("Cost not known, to be filled in: %(skus)s") % {"skus": ", ".join(done.uncosted)}
            )
        if done.closed:
            told.append(gettext("Decided on before: %(count)s") % {"count": done.closed})
        return "、".join(told)

    @action(description=_("Accept"), permissions=["accept"])
    def accept_ticked(self, request: HttpRequest, queryset: QuerySet) -> None:
        """The claim is of the rows that were ticked: a second click says again what the first did."""
        rows = list(queryset.select_related("origin", "location").order_by("pk"))
        asked = {"suggestions": [row.pk for row in rows]}
        claim = Claim.of(
            actor=staff_of(request),
            operation="accept-suggestions",
            key=idempotency.fingerprint(asked).hex(),
            request=asked,
        )
        try:
            messages.success(request, self.accept(request, rows, claim))
        except DomainError as error:
            messages.error(request, describe(error))

    def has_accept_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(request.user.has_perm(name) for name in ("inventory.transfer", "inventory.purchase"))

    @form_action(
        form=ConfirmForm,
        permission="inventory.transfer",
        description=_("Accept into a transfer"),
        icon="check",
        when=lambda row: row.status == Status.OPEN and row.origin_id is not None,
        primary=True,
        help=_("The units are held at the origin until they are shipped."),
    )
    def ask_for(self, asked: Asked) -> str:
        return self.accept(asked.request, [asked.row], asked.claim("accept-suggestion"))

    @form_action(
        form=ConfirmForm,
        permission="inventory.purchase",
        description=_("Accept into a purchase order"),
        icon="check",
        when=lambda row: row.status == Status.OPEN and row.supplier_id is not None,
        primary=True,
        help=_("A draft: nothing is ordered before it is placed."),
    )
    def order(self, asked: Asked) -> str:
        return self.accept(asked.request, [asked.row], asked.claim("accept-suggestion"))

    @form_action(
        form=ReasonForm,
        permission="inventory.replenish",
        description=_("Dismiss"),
        icon="block",
        when=lambda row: row.status == Status.OPEN,
        danger=True,
        help=_("The same goods are not suggested again for a week."),
    )
    def dismiss(self, asked: Asked) -> str:
        inventory.dismiss_suggestion(
            suggestion_id=asked.row.pk,
            reason=asked.values["reason"],
            claim=asked.claim("dismiss-suggestion"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])


def _shown(done: inventory.Accepted) -> dict[str, Any]:
    return {"count": done.accepted, "documents": ", ".join(done.documents)}
