"""The components of a bundle: set as lines of code and quantity, and listed."""

import re

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from catalog import selectors
from catalog.admin.finding import variants
from catalog.models import Component
from omni.core.admin import ActionForm, ReadOnlyAdmin
from omni.core.text import plain
from organisation.admin.history import with_history

SEPARATORS = re.compile(r"[\s,;、]+")
MOST = 50


class ComponentsForm(ActionForm):
    components = forms.CharField(
        label=_("components"),
        required=False,
        max_length=5_000,
        widget=UnfoldAdminTextareaWidget({"rows": 6}),
        help_text=_("JAN or SKU and quantity, one article a line. Empty: it is no bundle any more."),
    )

    def prepare(self) -> None:
        rows = Component.objects.filter(bundle=self.target).order_by("component__sku")
        lines = [f"{sku} {units}" for sku, units in rows.values_list("component__sku", "quantity")]
        self.fields["components"].initial = "\n".join(lines)

    def clean_components(self) -> dict[int, int]:
        """variant → units in one bundle; a code that stands for a case of 24 counts 24."""
        read = [self._read(line) for line in self.cleaned_data["components"].splitlines() if line.strip()]
        if len(read) > MOST:
            raise ValidationError(_("No more than %(most)s lines at once."), params={"most": MOST})
        known = selectors.resolve_codes(codes=[code for code, _quantity in read])
        if missing := [code for code, _quantity in read if code not in known]:
            raise ValidationError(_("Nothing is known by: %(codes)s"), params={"codes": ", ".join(missing)})
        components: dict[int, int] = {}
        for code, quantity in read:
            variant_id = known[code].variant_id
            components[variant_id] = components.get(variant_id, 0) + known[code].quantity * quantity
        return components

    def _read(self, line: str) -> tuple[str, int]:
        code, *rest = SEPARATORS.split(plain(line))
        quantity = rest[0] if rest else "1"
        if len(rest) > 1 or not quantity.isdigit() or not 0 < int(quantity) < 10**4:
            raise ValidationError(_("This line can't be read: %(line)s"), params={"line": line.strip()[:80]})
        return code, int(quantity)


@admin.register(Component)
@with_history
class ComponentAdmin(ReadOnlyAdmin):
    """What is in which bundle; it is set on the bundle's own page."""

    list_display = ("bundle", "component", "quantity")
    list_select_related = ("bundle", "component")
    ordering = ("bundle__sku", "component__sku")
    finders = (variants("bundle"), variants("component"))
    search_help_text = _("JAN, SKU, name or kana")

    def title_of(self, row: Component) -> str:
        return f"{row.bundle} / {row.component}"
