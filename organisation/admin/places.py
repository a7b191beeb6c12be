from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from omni.core import clock
from omni.core.admin import Asked, MasterAdmin, display, form_action, staff_of
from omni.core.admin.search import containing
from omni.core.admin.sheets import Exchanged
from organisation import services as organisation
from organisation.admin.history import with_history
from organisation.admin.hours import ExceptionInline, HoursInline, PauseForm, ResumeForm, paused_text
from organisation.admin.scope import AtLocations
from organisation.admin.sheets import LocationSheet
from organisation.models import Company, Location, SalesChannel


def is_paused(location: Location) -> bool:
    return bool(paused_text(location, clock.now()))


class ManyChoices(forms.TypedMultipleChoiceField):
    """An array of choices, ticked rather than typed."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget


class LocationForm(forms.ModelForm):
    capabilities = ManyChoices(label=_("capabilities"), choices=Location.Capability.choices, required=False)


@admin.register(Company)
@with_history
class CompanyAdmin(MasterAdmin):
    list_display = ("code", "name", "registration_number", "country", "tax_rounding")
    ordering = ("code",)
    finders = (containing("code", "name", "registration_number"),)
    search_help_text = _("Code, name or registration number")


@admin.register(Location)
@with_history
class LocationAdmin(Exchanged, AtLocations, MasterAdmin):
    resource_classes = (LocationSheet,)
    at = ("pk",)
    acts_at = "pk"
    form = LocationForm
    inlines = (HoursInline, ExceptionInline)
    actions_detail = ("pause", "resume")
    summary = ("name", "paused_until", "pause_reason", "pause_note", "paused_by")
    list_display = ("code", "name", "kind", "company", "phone", "franchise", "active", "pause_state")
    list_select_related = ("company",)
    list_filter = (("kind", ChoicesDropdownFilter), ("company", RelatedDropdownFilter), "franchise", "active")
    ordering = ("code",)
    finders = (containing("code", "name", "postal_code", "phone", "address"),)
    search_help_text = _("Code, name, phone or postal code")
    fieldsets = (
        (None, {"fields": ("code", "kind", "name", "company", "franchise", "active")}),
        (
            _("Where it is"),
            {"fields": ("country", "postal_code", "address", "phone", ("latitude", "longitude"))},
        ),
        (
            _("How it works"),
            {
                "fields": (
                    "capabilities",
                    ("pickup_lead_minutes", "accept_within_minutes"),
                    ("dispatch_until", "parcels_a_day"),
                    ("time_zone", "currency"),
                )
            },
        ),
    )

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        """A new location is within the reach of those alone who reach everywhere."""
        if permission == self.permission("add"):
            return bool(request.user.has_perm(permission, Location()))
        return super().allows(request, permission, obj)

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("code",) if obj else ()

    @column(description=_("online orders"))
    def pause_state(self, location: Location) -> str:
        paused = paused_text(location, clock.now())
        return display.badge(paused, "waiting") if paused else ""

    @form_action(
        form=PauseForm,
        permission="organisation.pause",
        description=_("Pause online orders"),
        icon="pause",
        when=lambda location: not is_paused(location),
        help=_("Until then no channel is offered its stock. What was ordered before is still to be done."),
    )
    def pause(self, asked: Asked) -> str:
        organisation.pause_location(
            location_id=asked.row.pk,
            until=asked.form.until(asked.now),  # type: ignore[attr-defined]  # a PauseForm
            reason=asked.values["reason"],
            note=asked.values["note"],
            claim=asked.claim("pause-location"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["paused_until", "pause_reason"])

    @form_action(
        form=ResumeForm,
        permission="organisation.pause",
        description=_("Take online orders again"),
        icon="play_arrow",
        when=is_paused,
        primary=True,
    )
    def resume(self, asked: Asked) -> str:
        organisation.resume_location(
            location_id=asked.row.pk,
            claim=asked.claim("resume-location"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["paused_until", "pause_reason"])

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        rows = formset.save(commit=False)
        organisation.save_hours(rows=rows, removed=formset.deleted_objects, actor=staff_of(request))

    def save_model(self, request: HttpRequest, obj: Location, form: Any, change: bool) -> None:
        organisation.save_location(location=obj, actor=staff_of(request), now=clock.now())


@admin.register(SalesChannel)
@with_history
class SalesChannelAdmin(MasterAdmin):
    list_display = ("code", "name", "kind", "company", "country", "currency", "active")
    list_select_related = ("company",)
    list_filter = (("kind", ChoicesDropdownFilter), ("company", RelatedDropdownFilter), "active")
    ordering = ("code",)
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")

    def save_model(self, request: HttpRequest, obj: SalesChannel, form: Any, change: bool) -> None:
        organisation.save_channel(channel=obj, actor=staff_of(request), now=clock.now())
