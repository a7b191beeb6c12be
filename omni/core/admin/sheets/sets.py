"""Long files: what rows name is looked up at once, and what they change is written as a set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from omni.core.admin.refusals import describe
from omni.core.admin.saving import column_of
from omni.core.admin.sheets.cells import CHUNK, Reference
from omni.core.admin.sheets.exporting import relations
from omni.core.admin.sheets.resources import SheetResource
from omni.core.errors import DomainError

# More rows than these are counted and not shown: a page of ten thousand helps nobody.
SHOWN = 500
Key = tuple[str, ...]


class SetSheet(SheetResource):
    """
    A list of which a file may change thousands of rows, by as many statements for one row as for a chunk.

    Each row is checked by itself, against all that its service could refuse (`rules`); only then, and
    only once the file is confirmed, all of them are written by one call, last.
    """

    class Meta:
        # No savepoint a row: the rows of a file change nothing before all of them were read.
        use_bulk = True

    def write_all(self, rows: Sequence[Any]) -> None:
        """Call the service that makes and changes all these rows: each list has its own, and none by default."""
        raise NotImplementedError

    def permission(self, verb: str) -> str:
        """What it takes to `add` or to `change` a row."""
        return str(self.screen.permission(verb))

    def may(self, instance: Any) -> bool:
        """Whether the user may, at the row's place. Asked once for each place."""
        verb = "add" if instance._state.adding else "change"
        place = getattr(instance, getattr(self.screen, "acts_at", ""), None)
        if (verb, place) not in self._may:
            self._may[verb, place] = self.screen.allows(self.request, self.permission(verb), instance)
        return self._may[verb, place]

    def before_import(self, dataset: Any, **options: Any) -> None:
        super().before_import(dataset, **options)
        self._may: dict[tuple[str, Any], bool] = {}
        self.pending: list[Any] = []
        given = [dict(zip(dataset.headers, row, strict=True)) for row in dataset]
        for column in self._columns():
            if isinstance(column, Reference):
                column.look_up(column.given(row) for row in given)
        self.rows = dict(self._existing(given))

    def _existing(self, given: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Key, Any]]:
        """The rows that the file names, by key: in the order of the keys, so that a chunk names few others."""
        keys = sorted({key for row in given if (key := self._readable_key(row))})
        for start in range(0, len(keys), CHUNK):
            for instance in self.of_keys(keys[start : start + CHUNK]):
                values = (self.fields[name].get_value(instance) for name in self.keys)
                yield tuple("" if value is None else str(value) for value in values), instance

    def _readable_key(self, row: Mapping[str, Any]) -> Key | None:
        try:
            return tuple(self._key_of(row))
        except ValidationError:
            return None

    def of_keys(self, keys: Sequence[Key]) -> QuerySet[Any]:
        """Rows with each part of a key among those given; some may have another key of these parts."""
        paths = [field.attribute for field in self.fields.values()]
        rows = self.model._default_manager.select_related(*relations(self.model, paths))
        for part, name in zip(zip(*keys, strict=True), self.keys, strict=True):
            path = self.fields[name].attribute
            named = Q(**{f"{path}__in": {value for value in part if value}})
            rows = rows.filter(named | Q(**{f"{path}__isnull": True}) if "" in part else named)
        return rows

    def find(self, row: Mapping[str, Any]) -> Any:
        return self.rows.get(tuple(self._key_of(row)))

    def import_instance(self, instance: Any, row: Mapping[str, Any], **options: Any) -> None:
        super().import_instance(instance, row, **options)
        if not self.may(instance):
            raise ValidationError({self.keys[0]: _("You may not do this.")})

    def save_instance(self, instance: Any, is_create: bool, row: Mapping[str, Any], **options: Any) -> None:
        self.pending.append(instance)

    def after_import(self, dataset: Any, result: Any, **options: Any) -> None:
        sound = not (result.has_errors() or result.has_validation_errors())
        if sound and self.pending and not options.get("dry_run"):
            try:
                self.write_all(self.pending)
            except DomainError as error:
                raise ValueError(describe(error)) from error
        if not result.has_errors():
            result.rows, result.invalid_rows = result.rows[:SHOWN], result.invalid_rows[:SHOWN]

    def set_fields(self) -> list[str]:
        """The fields that the file sets, but for the keys."""
        keys = {self.fields[name].sets() for name in self.keys}
        named = {self.fields[name].sets() for name in self.present} - keys
        return sorted(field for field in named if column_of(self.model, field))
