"""
A partner's columns: which of our fields stands where, and in what form.

A column is written `field=column`, `field=column|form`, or `field='constant`. `column` is the name in
the header, or `#3` for the third, as where there is no header.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from connectors.filedrop.reasons import ValueRefused

TRUTH = "1:0"


@dataclass(frozen=True, slots=True)
class Column:
    """`place` is a name, `number` its position from 0 where it goes by that; else a `constant`."""

    field: str
    place: str = ""
    number: int | None = None
    form: str = ""
    constant: str | None = None

    def find(self, row: Sequence[str], header: Mapping[str, int]) -> str:
        """The cell of a row; empty where the row is too short. Spaces around it don't count."""
        if self.constant is not None:
            return self.constant
        at = header[self.place] if self.number is None else self.number
        return row[at].strip(" \u3000\t") if at < len(row) else ""


def parse(text: str, fields: Sequence[str]) -> Column:
    """Raises ValueError, saying what is wrong with the column."""
    field, equals, rest = text.partition("=")
    field = field.strip()
    if not equals or not rest:
        raise ValueError(f"{text!r} must be field=column, field=column|form or field='constant")
    if field not in fields:
        raise ValueError(f"{field!r} is no field here; these are: {', '.join(fields)}")
    if rest.startswith("'"):
        return Column(field, place=field, constant=rest[1:])
    place, _bar, form = rest.partition("|")
    number = None
    if place.startswith("#"):
        if not (place[1:].isdecimal() and int(place[1:]) > 0):
            raise ValueError(f"{text!r} must number its column from #1")
        number = int(place[1:]) - 1
    return Column(field, place, number, form)


def parse_all(texts: Sequence[str], fields: Sequence[str], needed: Sequence[str]) -> tuple[Column, ...]:
    """
    The columns of one kind of file.

    Raises:
        ValueError: one is malformed, given twice, or a needed one is missing.
    """
    columns = tuple(parse(text, fields) for text in texts)
    names = [column.field for column in columns]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"given twice: {', '.join(sorted(twice))}")
    if columns and (missing := [name for name in needed if name not in names]):
        raise ValueError(f"also needs: {', '.join(missing)}")
    return columns


def written(column: Column, value: Any, zone: ZoneInfo) -> str:
    """A value as the partner's cell."""
    if column.constant is not None:
        return column.constant
    match value:
        case None:
            return ""
        case bool():
            yes, _colon, no = (column.form or TRUTH).partition(":")
            return yes if value else no
        case datetime():
            local = value.astimezone(zone)
            return local.strftime(column.form) if column.form else local.isoformat(timespec="seconds")
        case int() | Decimal():
            return (
                f"{value:,f}" if column.form == "," and isinstance(value, Decimal) else _number(value, column)
            )
    return str(value)


def _number(value: int | Decimal, column: Column) -> str:
    return f"{value:,}" if column.form == "," else str(value)


def whole(text: str, form: str) -> int:
    number = amount(text, form)
    if number != number.to_integral_value():
        raise ValueRefused("must be a whole number")
    return int(number)


def amount(text: str, form: str) -> Decimal:
    """A number without sign; thousands are separated only where the form says so."""
    plain = text.replace(",", "") if form == "," else text
    try:
        number = Decimal(plain) if plain.isascii() and plain.replace(".", "", 1).isdigit() else None
    except InvalidOperation:
        number = None
    if number is None or number >= 10**12:
        raise ValueRefused("must be a number, not negative" + (" and without commas" if form != "," else ""))
    return number


def moment(text: str, form: str, zone: ZoneInfo) -> datetime:
    """A time in the column's form, else RFC 3339; without an offset it is the partner's zone's."""
    try:
        # A form may lack an offset: the zone is put in below.
        at = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        raise ValueRefused(f"must be a time of the form {form or 'RFC 3339'}") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)
