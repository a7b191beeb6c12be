"""What every app's staff screens share, and the screens of the kernel's own tables."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from omni.core.admin.actions import ActionForm, Asked, form_action
from omni.core.admin.base import (
    MasterAdmin,
    ModelAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    TabularInline,
)
from omni.core.admin.saving import staff_of
from omni.core.admin.search import exact
from omni.core.models import Claim

__all__ = [
    "ActionForm",
    "Asked",
    "MasterAdmin",
    "ModelAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "TabularInline",
    "form_action",
    "staff_of",
]


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("key", "principal", "operation", "created_at", "expires_at")
    list_filter = ("operation", "created_at")
    ordering = ("-pk",)
    finders = (exact("key", "principal"),)
    search_help_text = _("Key or principal")
