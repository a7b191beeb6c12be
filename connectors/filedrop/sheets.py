"""Rows of files: written under a partner's columns, and read back."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from connectors.errors import PushFailed
from connectors.filedrop.columns import Column, written
from connectors.filedrop.reasons import Reason
from connectors.filedrop.settings import CsvSettings
from connectors.filedrop.texts import decoded, encoded, lacking

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A record of a file: its cells by our fields, and all that stood there. `line` is where it began."""

    line: int
    cells: Cells
    raw: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    header: Sequence[str]
    rows: Sequence[Row]
    reasons: Sequence[Reason]


def cells_of(given: CsvSettings, columns: Sequence[Column], values: Mapping[str, Any]) -> Cells:
    """
    What stands in a line, by its column.

    Raises:
        PushFailed: for good, where the encoding has no place for a character.
    """
    cells = {
        column.place or f"#{index}": _cell(given, column, values) for index, column in enumerate(columns)
    }
    for place, text in cells.items():
        if missing := lacking(text, given.encoding):
            raise PushFailed(
                f"{values.get('sku') or values.get('order_number')}: {place}: {given.encoding} lacks {', '.join(missing)}",
                permanent=True,
            )
    return cells


def _cell(given: CsvSettings, column: Column, values: Mapping[str, Any]) -> str:
    return written(column, values.get(column.field), given.zone)


def file_of(given: CsvSettings, columns: Sequence[Column], lines: Iterable[Cells]) -> bytes:
    """A whole file: its columns stand in their order."""
    names = [column.place or f"#{index}" for index, column in enumerate(columns)]
    return rows_of(given, names if given.header else None, ([line[name] for name in names] for line in lines))


def rows_of(given: CsvSettings, header: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> bytes:
    end = "\r\n" if given.line_end == "crlf" else "\n"
    all_rows = rows if header is None else [header, *rows]
    lines = (given.separator.join(_quoted(cell, given.separator) for cell in row) for row in all_rows)
    return encoded("".join(line + end for line in lines), given.encoding)


def _quoted(cell: str, separator: str) -> str:
    """As RFC 4180 has it. The standard library's writer leaves a lone CR bare where lines end in LF."""
    if cell and not any(special in cell for special in (separator, '"', "\r", "\n")):
        return cell
    return '"' + cell.replace('"', '""') + '"' if cell else ""


def read(given: CsvSettings, columns: Sequence[Column], content: bytes) -> Sheet:
    """The rows of a file; with `reasons` where it can't be read as one, and then there are no rows."""
    text, reasons = decoded(content, given.encoding)
    if reasons:
        return Sheet((), (), reasons)
    records, reasons = _records(given, text)
    if reasons:
        return Sheet((), (), reasons)
    header = records.pop(0)[1] if given.header and records else []
    places = {name.strip(): index for index, name in enumerate(header)}
    missing = [one.place for one in columns if one.number is None and one.constant is None]
    missing = [place for place in missing if place not in places]
    if missing:
        return Sheet((), (), [Reason(1, place, "", "the header has no such column") for place in missing])
    rows = [
        Row(line, {one.field: one.find(raw, places) for one in columns}, raw)
        for line, raw in records
        if any(cell.strip() for cell in raw)
    ]
    return Sheet(header, rows, _too_short(rows, columns))


def _records(given: CsvSettings, text: str) -> tuple[list[tuple[int, list[str]]], list[Reason]]:
    """Each record with the line that it begins on: a quoted cell may hold line ends."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=given.separator, strict=True)
    records, begins = [], 1
    try:
        for record in reader:
            records.append((begins, record))
            begins = reader.line_num + 1
    except csv.Error as error:
        return [], [Reason(begins, "", "", f"is no CSV: {error}")]
    return records, []


def _too_short(rows: Sequence[Row], columns: Sequence[Column]) -> list[Reason]:
    """A line that ends before a column that is read: cut off, or of another file."""
    last = max((one.number for one in columns if one.number is not None), default=-1)
    return [
        Reason(row.line, f"#{last + 1}", "", "the line ends before this column")
        for row in rows
        if len(row.raw) <= last
    ]
