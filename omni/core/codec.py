"""Frozen dataclasses to JSON and back: for claims' results and events' payloads."""

import dataclasses
import types
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

T = TypeVar("T")


def encode(value: Any) -> Any:
    """Turn a dataclass (or a part of one) into what JSON holds; Decimals and dates are strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [encode(item) for item in value]
    raise TypeError(f"{type(value).__name__} can't be encoded")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def decode(kind: type[T], value: Any) -> T:
    """Build a `kind` from what `encode` made of one. Unknown keys are ignored (additive change)."""
    return _decode(kind, value)


def _decode(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _decode(next(arg for arg in get_args(kind) if arg is not type(None)), value)
    if origin is tuple:
        return tuple(_decode(get_args(kind)[0], item) for item in value)
    if origin is list:
        return [_decode(get_args(kind)[0], item) for item in value]
    if origin is dict:
        return {key: _decode(get_args(kind)[1], item) for key, item in value.items()}
    return _decode_plain(kind, value)


def _decode_plain(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{key: _decode(hints[key], item) for key, item in value.items() if key in hints})  # type: ignore[operator]
    if kind in (Decimal, UUID):
        return kind(value)
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value
