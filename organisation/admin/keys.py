from django import forms
from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import containing
from organisation import services
from organisation.admin.history import with_history
from organisation.admin.scope import AtLocations, LocationFilter, location_field
from organisation.models import ApiKey, SalesChannel


class NewKeyForm(ActionForm):
    name = forms.CharField(label=_("name"), max_length=100, widget=UnfoldAdminTextInputWidget)
    scopes = forms.MultipleChoiceField(
        label=_("scopes"), choices=ApiKey.Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    location = location_field(_("location"), required=False)
    channel = forms.ModelChoiceField(
        SalesChannel.objects.filter(active=True).order_by("code"),
        label=_("sales channel"),
        empty_label=_("Choose"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    expires_at = forms.DateField(label=_("expires at"), required=False, widget=UnfoldAdminSingleDateWidget)


class RevokeForm(ActionForm):
    """Asks for nothing but the click."""


@admin.register(ApiKey)
@with_history
class ApiKeyAdmin(AtLocations, ReadOnlyAdmin):
    """Keys are made and revoked by actions; what is kept of one can't sign anybody in."""

    list_display = ("name", "prefix", "standing", "location", "channel", "last_used_at", "expires_at")
    list_select_related = ("location", "channel")
    list_filter = (("location", LocationFilter), ("channel", RelatedDropdownFilter), "revoked_at")
    ordering = ("-pk",)
    hidden = ("digest",)
    finders = (containing("name", "prefix", "location__code"),)
    search_help_text = _("Name or the key's first characters")
    actions_list = ("create",)
    actions_detail = ("revoke",)

    @column(description=_("state"))
    def standing(self, key: ApiKey) -> str:
        return (
            display.badge(gettext("revoked"), "over")
            if key.revoked_at
            else display.badge(gettext("in use"), "good")
        )

    @form_action(
        form=NewKeyForm,
        permission="organisation.issue_keys",
        description=_("Create a key"),
        icon="key",
        primary=True,
        help=_("The key is shown once, on the next page: only its digest is kept."),
    )
    def create(self, asked: Asked) -> HttpResponse:
        values = {name: asked.values[name] for name in ("name", "scopes", "location", "channel")}
        issued = services.issue_api_key(
            **values,
            expires_on=asked.values["expires_at"],
            claim=asked.claim("issue-api-key"),
            now=asked.now,
        )
        context = {
            **self.admin_site.each_context(asked.request),
            "title": _("API key"),
            "issued": issued,
            "opts": self.opts,
        }
        return TemplateResponse(
            asked.request,
            "organisation/admin/issued_key.html",
            context,
            headers={"Cache-Control": "no-store"},
        )

    @form_action(
        form=RevokeForm,
        permission="organisation.issue_keys",
        description=_("Revoke"),
        icon="block",
        when=lambda key: key.revoked_at is None,
        danger=True,
        help=_("Whatever uses this key is refused from now on."),
    )
    def revoke(self, asked: Asked) -> str:
        def act() -> str:
            services.revoke_api_key(api_key=asked.row, now=asked.now)
            return asked.changes(["revoked_at"])

        return asked.once("revoke-api-key", act)
