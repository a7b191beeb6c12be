"""Staff screens of what belongs to no one app: history brought in, and other libraries' tables."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from backoffice import recall
from backoffice.admin_recall import RecallForm, tables
from backoffice.models import HistoryImport, RecallLookup, RefusedRow
from omni.core.admin import Asked, MasterAdmin, ReadOnlyAdmin, ReadOnlyInline, form_action
from omni.core.admin.search import containing, exact
from organisation.admin.history import register_histories

admin.site.index_template = "backoffice/home.html"
admin.site.index_title = _("Home")

# Their own screens show secrets (tokens, seeds, client secrets), in another look.
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

register_histories()


class RefusedRowInline(ReadOnlyInline):
    model = RefusedRow
    fields = ("row", "key", "reason")


@admin.register(HistoryImport)
class HistoryImportAdmin(ReadOnlyAdmin):
    list_display = ("source", "from_date", "until_date", "opened", "position", "started_at", "finished_at")
    list_filter = ("source", "finished_at")
    ordering = ("-pk",)
    inlines = (RefusedRowInline,)


@admin.register(RefusedRow)
class RefusedRowAdmin(ReadOnlyAdmin):
    list_display = ("key", "history", "row", "reason")
    list_select_related = ("history",)
    list_filter = (("history", RelatedDropdownFilter), "reason")
    ordering = ("-pk",)
    finders = (exact("key"),)
    search_help_text = _("Key")


@admin.register(RecallLookup)
class RecallLookupAdmin(ReadOnlyAdmin):
    """Look a lot up, and see who looked before. What is found is shown to who asked, at that moment."""

    list_display = ("number", "sku", "personal", "actor", "looked_at")
    list_filter = ("personal", "looked_at")
    ordering = ("-pk",)
    finders = (exact("number"),)
    search_help_text = _("Number")
    actions_list = ("trace",)

    @form_action(
        form=RecallForm,
        permission="inventory.recall_lots",
        description=_("Trace a lot"),
        icon="travel_explore",
        help=_("Where every unit is now, where it came from and who bought it. The look-up is kept."),
        primary=True,
    )
    def trace(self, asked: Asked) -> HttpResponse:
        found = recall.look_up(
            number=asked.values["number"],
            sku=asked.values["sku"],
            personal=asked.request.user.has_perm("customers.view_customer"),
            actor=asked.actor,
            now=asked.now,
        )
        context = {**admin.site.each_context(asked.request), "title": asked.values["number"]}
        context["traces"] = [tables(one) for one in found]
        return TemplateResponse(asked.request, "backoffice/recall.html", context)


@admin.register(Group)
class GroupAdmin(MasterAdmin):
    """Django's groups, for permissions beyond those of the roles."""

    list_display = ("name",)
    ordering = ("name",)
    filter_horizontal = ("permissions",)
    finders = (containing("name"),)
    search_help_text = _("Name")


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ("email", "user", "verified", "primary")
    list_select_related = ("user",)
    list_filter = ("verified", "primary")
    ordering = ("-pk",)
    finders = (containing("email", "user__name"),)
    search_help_text = _("E-mail or name")


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    list_display = ("user", "provider", "uid", "last_login", "date_joined")
    list_select_related = ("user",)
    list_filter = ("provider",)
    ordering = ("-pk",)
    hidden = ("extra_data",)
    finders = (containing("user__email", "user__name"), exact("uid"))
    search_help_text = _("E-mail or name")
