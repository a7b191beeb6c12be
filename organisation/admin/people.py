from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm
from unfold.widgets import UnfoldAdminPasswordWidget

from omni.core.admin import MasterAdmin, TabularInline
from omni.core.admin.search import containing
from organisation.admin.history import with_history
from organisation.admin.scope import LocationFilter
from organisation.models import StaffAssignment, User

POWERS = ("is_superuser", "groups", "user_permissions")


class NewUserForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "language", "is_staff")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("password1", "password2"):
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})


class AssignmentInline(TabularInline):
    model = StaffAssignment
    autocomplete_fields = ("location",)
    tab = True


@admin.register(User)
class UserAdmin(MasterAdmin, DjangoUserAdmin):
    """Accounts. Only a superuser may make superusers, or change one."""

    form = UserChangeForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "is_staff", "is_superuser", "is_active", "date_joined", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", ("assignments__role", ChoicesDropdownFilter))
    ordering = ("email",)
    finders = (containing("email", "name"),)
    search_help_text = _("E-mail or name")
    filter_horizontal = ("groups", "user_permissions")
    readonly_fields = ("last_login", "date_joined")
    inlines = (AssignmentInline,)
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language")}),
        (_("What the account may do"), {"fields": ("is_active", "is_staff", *POWERS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "language", "is_staff", "password1", "password2")}),)

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return () if request.user.is_superuser else POWERS

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Django's own opens a transaction around; the claim of the form opens it here."""
        return self._add_view(request, form_url, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ledgers name users: who leaves is made inactive."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        guarded = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not guarded and bool(super().has_change_permission(request, obj))


@admin.register(StaffAssignment)
@with_history
class StaffAssignmentAdmin(MasterAdmin):
    list_display = ("user", "role", "location")
    list_select_related = ("user", "location")
    list_filter = (("role", ChoicesDropdownFilter), ("location", LocationFilter))
    ordering = ("user__email", "role")
    autocomplete_fields = ("user", "location")
    finders = (containing("user__email", "user__name", "location__code", "location__name"),)
    search_help_text = _("User or location")
