"""
The two formats, as bytes: CSV for everyone's programs, XLSX for spreadsheets.

CSV goes out in UTF-8 with a byte order mark, without which Excel in Japan reads it as CP932; it comes
in as UTF-8, with or without the mark, or as CP932. All cells come in as text, so both read the same.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import BadZipFile

import tablib
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.formats import base_formats
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# A file of this many rows is taken in within a request; what is larger comes in parts.
MOST_ROWS = 2_000
# The same of a file whose rows are looked up and written as sets.
MOST_ROWS_OF_SETS = 20_000
MOST_BYTES = 5 * 2**20
MOST_COLUMNS = 100
# A sheet of XLSX holds no more (ECMA-376, SpreadsheetML as Excel limits it), its head included.
SHEET_ROWS = 2**20
# What a spreadsheet takes for a formula (OWASP, "CSV Injection"), the full-width forms as well; and what
# looks like one that is guarded, so that taking the guard off gives back exactly what it was put on.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
BATCH = 64 * 1024


class SheetTooLong(ValueError):
    """More rows than a workbook holds; the text is for the reader."""


class SheetUnreadable(ValueError):
    """The file is not what its format says, or too large; the text is for the reader."""


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe before what would begin a formula."""
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given, so that a file that went out comes in as it was."""
    return text[1:] if text[:1] == "'" and FORMULA.match(text[1:]) else text


def cell(value: Any) -> Any:
    """A value as a cell: numbers stay numbers, moments are ISO 8601 in the platform's time zone."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return Decimal(f"{value.normalize():f}")
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        value = ",".join(str(item) for item in value)
    return "" if value is None else guarded(str(value))


def written_csv(rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """The rows as CSV, some tens of kilobytes at a time."""
    yield b"\xef\xbb\xbf"
    text = StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(row)
        if text.tell() > BATCH:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def written_xlsx(rows: Iterable[list[Any]]) -> IO[bytes]:
    """The rows as a workbook, in a file that is gone when it is closed: memory holds one row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    written = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    book.save(written)
    written.seek(0)
    return written


def decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnreadable(_("The file is neither UTF-8 nor CP932 (Shift_JIS)."))


def typed(value: Any) -> str:
    """A cell of a workbook as it would stand in a CSV."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def dataset_of(rows: Iterator[list[str]], most: int) -> tablib.Dataset:
    """Head and rows, without the empty ones; short rows are filled up."""
    headers = [name.strip() for name in next(rows, [])]
    while headers and not headers[-1]:
        headers.pop()
    if not headers or len(headers) > MOST_COLUMNS:
        raise SheetUnreadable(_("The first row must name the columns."))
    dataset = tablib.Dataset(headers=headers)
    for row in rows:
        if not any(row):
            continue
        if len(dataset) == most:
            raise SheetUnreadable(_("No more than %(most)s lines at once.") % {"most": most})
        dataset.append([*row, *[""] * len(headers)][: len(headers)])
    return dataset


class Csv(base_formats.CSV):
    most_rows = MOST_ROWS

    def is_binary(self) -> bool:
        """Its bytes are ours to decode."""
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def get_title(self) -> str:
        return "CSV"

    def create_dataset(self, in_stream: bytes, **options: Any) -> tablib.Dataset:
        try:
            return dataset_of(iter(csv.reader(StringIO(decoded(in_stream), newline=""))), self.most_rows)
        except csv.Error as error:
            raise SheetUnreadable(_("The file can't be read: is it of this format?")) from error


class Xlsx(base_formats.XLSX):
    most_rows = MOST_ROWS

    def get_title(self) -> str:
        return "XLSX"

    def create_dataset(self, in_stream: bytes, **options: Any) -> tablib.Dataset:
        try:
            sheet = load_workbook(BytesIO(in_stream), read_only=True, data_only=True).active
            rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
            return dataset_of(([typed(value) for value in row] for row in rows), self.most_rows)
        except (BadZipFile, KeyError, OSError, AttributeError) as error:
            raise SheetUnreadable(_("The file can't be read: is it of this format?")) from error


class LongCsv(Csv):
    most_rows = MOST_ROWS_OF_SETS


class LongXlsx(Xlsx):
    most_rows = MOST_ROWS_OF_SETS


FORMATS: list[Any] = [Csv, Xlsx]
LONG_FORMATS: list[Any] = [LongCsv, LongXlsx]
