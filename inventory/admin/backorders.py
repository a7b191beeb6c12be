from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from catalog.admin.finding import variants
from inventory import services as inventory
from inventory.admin.sourcing import SetByService
from inventory.models import Backlog, BackorderPolicy
from omni.core import clock
from omni.core.admin import ReadOnlyAdmin, staff_of
from omni.core.admin.sheets import Exported, columns
from organisation.admin.history import with_history


@admin.register(BackorderPolicy)
@with_history
class BackorderPolicyAdmin(Exported, SetByService):
    pair = ("variant", "channel")
    fields = (
        "variant",
        "channel",
        "kind",
        "most",
        "opens_at",
        "closes_at",
        "release_at",
        "supplier",
        "active",
    )
    list_display = ("variant", "channel", "kind", "most", "outstanding", "release_at", "closes_at", "active")
    list_select_related = ("channel", "variant")
    list_filter = (("channel", RelatedDropdownFilter), "kind", "active")
    ordering = ("channel__code", "variant__sku")
    autocomplete_fields = ("variant",)
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")
    resource_classes = (
        columns(
            sku="variant__sku",
            channel="channel__code",
            kind="kind",
            most="most",
            outstanding="outstanding_units",
            opens_at="opens_at",
            closes_at="closes_at",
            release_at="release_at",
            supplier="supplier__code",
            active="active",
        ),
    )

    def title_of(self, row: BackorderPolicy) -> str:
        return f"{row.variant} / {row.channel}"

    def get_queryset(self, request: HttpRequest) -> Any:
        own = Backlog.objects.filter(variant=OuterRef("variant"), channel=OuterRef("channel"))
        return super().get_queryset(request).annotate(outstanding_units=Subquery(own.values("ahead")))

    @admin.display(description=_("sold ahead"))
    def outstanding(self, policy: Any) -> int:
        units: int = policy.outstanding_units or 0
        return units

    def save_model(self, request: HttpRequest, obj: BackorderPolicy, form: Any, change: bool) -> None:
        obj.pk = inventory.set_backorder_policy(
            variant_id=obj.variant_id,
            channel_id=obj.channel_id,
            kind=obj.kind,
            most=obj.most,
            opens_at=obj.opens_at,
            closes_at=obj.closes_at,
            release_at=obj.release_at,
            supplier_id=obj.supplier_id,
            active=obj.active,
            actor=staff_of(request),
            now=clock.now(),
        )


@admin.register(Backlog)
class BacklogAdmin(ReadOnlyAdmin):
    list_display = ("variant", "channel", "ahead", "owed")
    list_select_related = ("channel", "variant")
    list_filter = (("channel", RelatedDropdownFilter),)
    ordering = ("-owed", "pk")
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")
    summary = ("ahead", "owed")

    def title_of(self, row: Backlog) -> str:
        return f"{row.variant} / {row.channel}"
