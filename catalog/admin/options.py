"""A variant's options as rows of name and value, in place of the JSON that holds them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.widgets import INPUT_CLASSES

from catalog import services
from catalog.errors import InvalidOption

Rows = list[tuple[str, str]]
# Rows beyond those in use, so that the form works without scripts too.
SPARE = 2


class OptionsWidget(forms.Widget):
    template_name = "catalog/admin/options.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Rows:
        names, values = data.getlist(f"{name}-name"), data.getlist(f"{name}-value")
        return [(left.strip(), right.strip()) for left, right in zip(names, values, strict=False)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-name" not in data

    def format_value(self, value: Any) -> Rows:
        return list(value.items()) if isinstance(value, Mapping) else list(value or ())

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        given = [row for row in context["widget"]["value"] or () if any(row)]
        context["widget"]["rows"] = [*given, *[("", "")] * SPARE]
        context["widget"]["classes"] = " ".join(INPUT_CLASSES)
        return context


class OptionsField(forms.Field):
    """`{"colour": "NV"}`; the catalogue's rules are the service's, and are told row by row."""

    widget = OptionsWidget

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Rows | None) -> dict[str, str]:
        rows = [row for row in value or () if any(row)]
        options: dict[str, str] = {}
        for number, (name, text) in enumerate(rows, start=1):
            if name in options:
                raise ValidationError(told(number, name, "unique"), code="unique")
            options[name] = text
            try:
                services.checked_options(options)
            except InvalidOption as error:
                raise ValidationError(told(number, name, error.rule), code=error.rule) from error
        return options

    def has_changed(self, initial: Any, data: Any) -> bool:
        return dict(initial or {}) != dict(row for row in data or () if any(row))


def told(number: int, name: str, rule: str) -> str:
    """Which row, and which rule it breaks."""
    rules = {
        "name": _("the name must be text of 1 to 32 characters without = and ;"),
        "value": _("the value must be text of 1 to 100 characters without ;"),
        "unique": _("this name stands there twice"),
        "most": _("there are more than 10"),
    }
    return _("Row %(number)s (%(name)s): %(rule)s.") % {
        "number": number,
        "name": name or "–",
        "rule": rules[rule],
    }
