"""Staff screens of what belongs to no one app: history brought in, and other libraries' tables."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from backoffice.models import HistoryImport, RefusedRow
from omni.core.admin import MasterAdmin, ReadOnlyAdmin, ReadOnlyInline
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
