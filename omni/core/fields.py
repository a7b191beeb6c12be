"""Field builders that every app shares."""

from typing import Any

from django.db import models
from django.utils.text import capfirst


class TranslatedText(models.JSONField):
    """Text by language code; to the database and to migrations plain JSON, to forms an input a language."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def formfield(self, **options: Any) -> Any:
        # The form's widgets are the admin's, which can't be imported while models are being loaded.
        from omni.core.forms import TranslatedFormField

        # What an admin overrides for JSON does not fit: it would show the raw object.
        options.pop("widget", None)
        options.pop("form_class", None)
        label = capfirst(str(self.verbose_name))
        return TranslatedFormField(required=not self.blank, label=label, help_text=self.help_text)


class Int8Multirange(models.Field):
    """Whole numbers as spans (`{[1,3),[7,8)}`), which SQL adds and takes away; Python hands them through."""

    def db_type(self, connection: Any) -> str:
        return "int8multirange"


def translated(verbose_name: Any, **options: Any) -> Any:
    """Text by language code: `{"ja": "…", "en": "…"}`; shown by `omni.core.text.pick`."""
    return TranslatedText(verbose_name, default=dict, **options)


def amount(verbose_name: Any, **options: Any) -> Any:
    """Money: numeric(19,4) in the row's currency, quantised by its exponent."""
    return models.DecimalField(verbose_name, max_digits=19, decimal_places=4, **options)


def rate(verbose_name: Any, **options: Any) -> Any:
    """A ratio such as a tax rate: 0.1000 is ten per cent."""
    return models.DecimalField(verbose_name, max_digits=7, decimal_places=4, **options)


def choices(enum: type[models.TextChoices], verbose_name: Any, **options: Any) -> Any:
    return models.CharField(verbose_name, max_length=32, choices=enum.choices, **options)
