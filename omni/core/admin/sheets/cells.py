"""Columns of a file that comes in: how a cell is read, and what it sets."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.fields import Field

from omni.core.admin.sheets.files import cell, unguarded
from omni.core.text import plain

TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")
Reader = Callable[[str], Any]
# Rows of a long file that are looked up by one statement.
CHUNK = 2_000


def text(given: str) -> str:
    return given


def code(given: str) -> str:
    """However wide it was typed."""
    return plain(given)


def flag(given: str) -> bool:
    word = plain(given).lower()
    if word not in TRUE + FALSE:
        raise ValueError(_("must be TRUE or FALSE"))
    return word in TRUE


def whole(given: str) -> int:
    try:
        return int(plain(given))
    except ValueError as error:
        raise ValueError(_("must be a whole number")) from error


def number(given: str) -> float | None:
    try:
        return float(plain(given)) if given else None
    except ValueError as error:
        raise ValueError(_("must be a number")) from error


def amount(given: str) -> Decimal:
    try:
        value = Decimal(plain(given).replace(",", ""))
    except InvalidOperation as error:
        raise ValueError(_("must be an amount")) from error
    if not value.is_finite():
        raise ValueError(_("must be an amount"))
    return value


def moment(given: str) -> datetime | None:
    """ISO 8601; without an offset in the platform's time zone."""
    if not given:
        return None
    try:
        at = datetime.fromisoformat(plain(given).replace("/", "-"))
    except ValueError as error:
        raise ValueError(_("must be a date and time as 2026-04-01 10:00")) from error
    return at if at.tzinfo else timezone.make_aware(at)


def day(given: str) -> date:
    try:
        return date.fromisoformat(plain(given).replace("/", "-").removesuffix("T00:00:00"))
    except ValueError as error:
        raise ValueError(_("must be a date as 2026-04-01")) from error


def optional(read: Reader) -> Reader:
    """The same, where an empty cell says that there is none."""
    return lambda given: read(given) if given else None


def words(given: str) -> list[str]:
    return [word for word in (part.strip() for part in plain(given).split(",")) if word]


class Column(Field):
    """A cell that sets the attribute of its name, or another."""

    def __init__(self, attribute: str, read: Reader = text, **options: Any) -> None:
        super().__init__(attribute=attribute, **options)
        self.read = read

    def given(self, row: Mapping[str, Any]) -> str:
        return unguarded(str(row.get(self.column_name) or "").strip())

    def sets(self) -> str:
        """The field of the model that it sets."""
        return str(self.attribute).split("__")[0]

    def save(self, instance: Any, row: Mapping[str, Any], is_m2m: bool = False, **options: Any) -> None:
        setattr(instance, self.sets(), self.read(self.given(row)))

    def export(self, instance: Any, **options: Any) -> str:
        return str(cell(self.get_value(instance)))


class InLanguage(Column):
    """One language of a translated text; left empty, that language is left out."""

    def __init__(self, attribute: str, language: str, **options: Any) -> None:
        super().__init__(f"{attribute}__{language}", **options)
        self.language = language

    def save(self, instance: Any, row: Mapping[str, Any], is_m2m: bool = False, **options: Any) -> None:
        texts = dict(getattr(instance, self.sets()) or {})
        texts.pop(self.language, None)
        if given := self.given(row):
            texts[self.language] = given
        setattr(instance, self.sets(), texts)


def in_languages(attribute: str) -> dict[str, InLanguage]:
    """`name_ja`, `name_en`: a column a language."""
    return {
        f"{attribute}_{language}": InLanguage(attribute, language) for language, _name in settings.LANGUAGES
    }


class Reference(Column):
    """Another row, named by its code."""

    def __init__(self, model: type[Model], attribute: str, by: str = "code", **options: Any) -> None:
        super().__init__(f"{attribute}__{by}", code, **options)
        self.model, self.by = model, by
        self.known: dict[str, Any] | None = None

    def save(self, instance: Any, row: Mapping[str, Any], is_m2m: bool = False, **options: Any) -> None:
        setattr(instance, self.sets(), self.find(self.read(self.given(row))))

    def look_up(self, given: Iterable[str]) -> None:
        """Find all that a file names at once; nothing else is found afterwards."""
        codes = sorted({self.read(one) for one in given} - {""})
        self.known = {}
        for start in range(0, len(codes), CHUNK):
            found = self.model._default_manager.filter(**{f"{self.by}__in": codes[start : start + CHUNK]})
            self.known |= {str(getattr(row, self.by)): row for row in found}

    def find(self, given: str) -> Any:
        if not given:
            return None
        if self.known is None:
            found = self.model._default_manager.filter(**{self.by: given}).first()
        else:
            found = self.known.get(given)
        if found is None:
            raise ValueError(_("nothing has the code %(code)s") % {"code": given[:80]})
        return found
