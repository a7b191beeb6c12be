"""Columns: a model's field shown as people read it, in lists and on read-only details alike."""

from collections.abc import Callable
from functools import reduce
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from omni.core.admin import display
from omni.core.fields import TranslatedText

MONEY = (19, 4)
RATE = (7, 4)
# Columns that say who, as `user:7`.
ACTOR_FIELDS = ("actor", "counted_by", "approved_by", "opened_by", "closed_by")


class Column:
    """
    A field of a row, by its type: money in its currency, counts grouped, states as badges.

    Django takes any callable for a column; this one is made once a field, so that the same
    column stands among the fields and among the read-only ones.
    """

    def __init__(self, field: models.Field, show: Callable[[Any], Any]) -> None:
        self.__name__ = field.name
        self.short_description = field.verbose_name
        self.admin_order_field = field.name
        self.show = show

    def __call__(self, row: Any) -> Any:
        return self.show(row)


def column_of(model: type[models.Model], name: str, *, currency: str, wide: bool) -> Column | None:
    """The column of a field; None where what Django shows is right. `wide` is for details."""
    field = next((field for field in model._meta.fields if field.name == name), None)
    if field is None:
        return None
    show = _by_name(field) or _by_type(field, currency=currency, wide=wide)
    return Column(field, show) if show else None


def _by_name(field: models.Field) -> Callable[[Any], Any] | None:
    if field.name in ACTOR_FIELDS:
        return lambda row: display.actor(getattr(row, field.name), getattr(row, "_actors", {}))
    if field.name == "source":
        return lambda row: display.source(row.source)
    if field.name in ("reason", "cancel_reason") and not field.choices:
        return lambda row: display.reason(getattr(row, field.name))
    if field.name == "status":
        return lambda row: display.state(row.status, row.get_status_display())
    return None


def _by_type(field: models.Field, *, currency: str, wide: bool) -> Callable[[Any], Any] | None:
    name = field.name
    if isinstance(field, models.DecimalField):
        return _decimal(field, currency)
    if isinstance(field, models.IntegerField) and not (field.choices or field.primary_key):
        return lambda row: display.count(getattr(row, name))
    if isinstance(field, models.ForeignKey):
        return (lambda row: display.row_link(getattr(row, name))) if wide else None
    if isinstance(field, models.DurationField):
        return lambda row: display.duration(getattr(row, name))
    if isinstance(field, TranslatedText):
        show = display.languages if wide else display.pick
        return lambda row: show(getattr(row, name))
    if isinstance(field, ArrayField):
        return _labels(field)
    if isinstance(field, models.JSONField):
        return lambda row: display.as_json(getattr(row, name))
    if isinstance(field, models.BinaryField):
        return lambda row: bytes(getattr(row, name)).hex()
    return None


def _decimal(field: models.DecimalField, currency: str) -> Callable[[Any], Any] | None:
    name, size = field.name, (field.max_digits, field.decimal_places)
    if size == RATE:
        return lambda row: display.rate(getattr(row, name))
    if size == MONEY and currency:
        path = currency.split(".")
        return lambda row: display.amount(getattr(row, name), reduce(getattr, path, row))
    return None


def _labels(field: ArrayField) -> Callable[[Any], Any]:
    labels = dict(getattr(field.base_field, "choices", None) or ())
    return lambda row: (
        "、".join(str(labels.get(value, value)) for value in getattr(row, field.name)) or display.EMPTY
    )
