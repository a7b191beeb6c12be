"""A kind's own settings: JSON on the connection, a dataclass in the kind's hands."""

import dataclasses
import json
import types
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors.errors import SettingInvalid

NAMES: dict[Any, Any] = {
    str: gettext_lazy("text"),
    int: gettext_lazy("a whole number"),
    bool: gettext_lazy("true or false"),
    Decimal: gettext_lazy("a number as text"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as people are told of it: `rule` is its form, `default` None where it is demanded."""

    name: str
    rule: str
    default: Any
    demanded: bool
    help: Any


def describe(kind: type) -> list[Setting]:
    """The settings that a dataclass takes, in its order."""
    hints = _hints(kind)
    return [_described(field, hints[field.name]) for field in dataclasses.fields(kind)]


def _described(field: dataclasses.Field[Any], hint: Any) -> Setting:
    demanded = _is_demanded(field)
    default = None if demanded or field.default is dataclasses.MISSING else field.default
    return Setting(field.name, _rule(hint), default, demanded, field.metadata.get("help", ""))


def read(kind: type, given: Any) -> Any:
    """
    Build a kind's settings from what stands in the connection's JSON.

    Raises:
        SettingInvalid: names the setting and the rule that it breaks; the first of them.
    """
    if not isinstance(given, Mapping):
        raise SettingInvalid(field="settings", rule=_("must be an object of names and values"))
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in given:
        if name not in fields:
            rule = _("is no setting of this kind; these are: %(known)s") % {"known": ", ".join(fields) or "–"}
            raise SettingInvalid(field=f"settings.{name}", rule=rule)
    for name, field in fields.items():
        if name not in given and _is_demanded(field):
            raise SettingInvalid(field=f"settings.{name}", rule=_("is demanded"))
    hints = _hints(kind)
    values = {name: _value(name, hints[name], value) for name, value in given.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise SettingInvalid(field="settings", rule=str(error)) from error


def read_secret(kind: type, secret: str) -> Any:
    """
    Build a kind's credentials from the connection's secret, which is JSON of them.

    Raises:
        SettingInvalid: `secret`, and the rule that it breaks; never what stands there.
    """
    names = ", ".join(field.name for field in dataclasses.fields(kind))
    form = SettingInvalid(field="secret", rule=_("must be a JSON object of: %(names)s") % {"names": names})
    try:
        given = json.loads(secret)
    except ValueError:
        raise form from None
    if not isinstance(given, dict) or not set(given) <= {field.name for field in dataclasses.fields(kind)}:
        raise form
    try:
        return read(kind, given)
    except SettingInvalid as error:
        name = error.field.removeprefix("settings").lstrip(".")
        raise SettingInvalid(field="secret", rule=f"{name} {error.rule}".strip()) from None


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_demanded(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _value(name: str, hint: Any, value: Any) -> Any:
    try:
        return _fitted(hint, value)
    except (TypeError, InvalidOperation) as error:
        raise SettingInvalid(
            field=f"settings.{name}", rule=_("must be %(form)s") % {"form": _rule(hint)}
        ) from error


def _fitted(hint: Any, value: Any) -> Any:
    """The value as its type; TypeError where it has another. JSON's true is no whole number."""
    if get_origin(hint) in (Union, types.UnionType):
        return None if value is None else _fitted(_given(hint), value)
    if get_origin(hint) is tuple:
        return tuple(_fitted(get_args(hint)[0], item) for item in _fitted(list, value))
    if hint is Decimal:
        return Decimal(_fitted(str, value))
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise TypeError(value)
    return value


def _rule(hint: Any) -> str:
    if get_origin(hint) in (Union, types.UnionType):
        return _("%(form)s, or null") % {"form": _rule(_given(hint))}
    if get_origin(hint) is tuple:
        return _("a list, each item %(form)s") % {"form": _rule(get_args(hint)[0])}
    return str(NAMES.get(hint, hint))


def _given(hint: Any) -> Any:
    return next(arg for arg in get_args(hint) if arg is not type(None))
