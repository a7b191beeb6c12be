from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog import services
from catalog.models import Brand, Category
from omni.core.admin import MasterAdmin, staff_of
from omni.core.admin.search import containing
from organisation.admin.history import with_history


@admin.register(Brand)
@with_history
class BrandAdmin(MasterAdmin):
    list_display = ("code", "name")
    ordering = ("code",)
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            services.index_products(product_ids=obj.products.values_list("pk", flat=True))


class CategoryForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        parent = values.get("parent")
        if self.instance.pk and parent and parent.is_within(self.instance):
            self.add_error("parent", _("A category can't stand below itself."))
        return values


@admin.register(Category)
@with_history
class CategoryAdmin(MasterAdmin):
    """The tree. Its paths are kept by the services, so the forms call them."""

    form = CategoryForm
    list_display = ("path", "name", "parent")
    list_select_related = ("parent",)
    ordering = ("path",)
    autocomplete_fields = ("parent",)
    finders = (containing("code", "name", "path"),)
    search_help_text = _("Code or name")
    fields = ("code", "name", "parent")

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        actor = staff_of(request)
        if not change:
            made = services.create_category(
                code=obj.code, name=obj.name, parent_id=obj.parent_id, actor=actor
            )
            obj.pk, obj.path = made.pk, made.path
            return
        if "parent" in form.changed_data:
            services.move_category(category_id=obj.pk, parent_id=obj.parent_id, actor=actor)
        if "name" in form.changed_data:
            services.rename_category(category_id=obj.pk, name=obj.name, actor=actor)
