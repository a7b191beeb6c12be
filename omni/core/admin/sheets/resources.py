"""What a file that comes in is made of: its rows are checked one by one and written by services."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from import_export.instance_loaders import BaseInstanceLoader

from omni.core import clock
from omni.core.actor import Actor
from omni.core.admin.refusals import describe
from omni.core.admin.saving import column_of, staff_of
from omni.core.admin.sheets.cells import Column, InLanguage
from omni.core.admin.sheets.exporting import Listed
from omni.core.errors import DomainError


class UnknownColumns(ValueError):
    """The file's head names what the list has not."""


class SheetResource(Listed):
    """
    A list of master data as a file. The columns of `keys` say which row; one that isn't there is made.

    A column that the file leaves out stays as it is. What a row breaks is told by column and rule.
    """

    model: ClassVar[type[Model]]
    keys: ClassVar[tuple[str, ...]]

    class Meta:
        skip_unchanged = True
        report_skipped = True
        use_transactions = True
        instance_loader_class = BaseInstanceLoader

    def __init__(self, *, screen: Any, request: HttpRequest) -> None:
        super().__init__()
        self.screen, self.request = screen, request
        self.actor: Actor = staff_of(request)
        self.now: datetime = clock.now()
        self.present: set[str] = set()
        self.seen: set[tuple[str, ...]] = set()

    def find(self, row: Mapping[str, Any]) -> Any:
        """The row that the keys name, or None."""
        values = {self.fields[key].attribute: self.key(row, key) for key in self.keys}
        return self.model._default_manager.filter(**values).first()

    def write(self, instance: Any, *, is_create: bool) -> None:
        """Call the service that makes or changes the row; for each list to say."""
        # Abstract on purpose: the library's metaclass leaves no room for that of ABC.
        raise NotImplementedError

    def rules(self, instance: Any) -> dict[str, str]:
        """Rules of the list beyond its fields', told by column; a hook."""
        return {}

    def key(self, row: Mapping[str, Any], name: str) -> str:
        column = self.fields[name]
        return str(column.read(column.given(row)))

    def changes(self, instance: Any) -> dict[str, Any]:
        """The columns behind what the file says, but for the keys, and what they become."""
        names = {self.fields[name].sets() for name in self.present if name not in self.keys}
        attributes = [column_of(self.model, name) for name in sorted(names)]
        return {name: getattr(instance, name) for name in attributes}

    def before_import(self, dataset: Any, **options: Any) -> None:
        self.present, self.seen = set(dataset.headers), set()
        if unknown := self.present - set(self.fields):
            raise UnknownColumns(_("Unknown columns: %(names)s") % {"names": ", ".join(sorted(unknown))})
        if missing := [name for name in self.keys if name not in self.present]:
            raise UnknownColumns(_("Missing columns: %(names)s") % {"names": ", ".join(missing)})

    def get_or_init_instance(self, loader: Any, row: Mapping[str, Any]) -> tuple[Any, bool]:
        key = tuple(self._key_of(row))
        if key in self.seen:
            raise ValidationError({str(self.keys[0]): _("stands in the file twice")})
        self.seen.add(key)
        found = self.find(row)
        return (self.model(), True) if found is None else (found, False)

    def _key_of(self, row: Mapping[str, Any]) -> Iterator[str]:
        for name in self.keys:
            try:
                yield self.key(row, name)
            except ValueError as error:
                raise ValidationError({name: str(error)}) from error

    def import_instance(self, instance: Any, row: Mapping[str, Any], **options: Any) -> None:
        errors: dict[str, Any] = {}
        for column in self._columns():
            try:
                column.save(instance, row)
            except ValueError as error:
                errors[column.column_name] = str(error)
        if errors:
            raise ValidationError(errors)

    def _columns(self) -> list[Column]:
        return [column for name, column in self.fields.items() if name in self.present]

    def validate_instance(self, instance: Any, errors: Any = None, validate_unique: bool = True) -> None:
        """Hold the model's own rules against what the file sets, each told at its column."""
        found: dict[str, Any] = dict(errors or {})
        by_field = {column.sets(): name for name, column in reversed(self.fields.items())}
        set_already = [name for name in by_field if self._is_set_relation(instance, name)]
        left_out = [field.name for field in self.model._meta.fields if field.name not in by_field]
        try:
            instance.clean_fields(exclude=[*left_out, *set_already])
        except ValidationError as error:
            for name, told in error.error_dict.items():
                found.setdefault(by_field[name], told)
        found.update(self._without_default_language(instance))
        found.update(self.rules(instance))
        if found:
            raise ValidationError(found)

    def _is_set_relation(self, instance: Any, name: str) -> bool:
        """It was just looked up: no need to ask the database again."""
        column = column_of(self.model, name)
        return column != name and getattr(instance, column) is not None

    def _without_default_language(self, instance: Any) -> dict[str, str]:
        names = {column.sets() for column in self.fields.values() if isinstance(column, InLanguage)}
        texts = {name: getattr(instance, name) or {} for name in names}
        default = settings.LANGUAGE_CODE
        return {
            f"{name}_{default}": _("The default language's text is needed.")
            for name, given in texts.items()
            if given and default not in given
        }

    def save_instance(self, instance: Any, is_create: bool, row: Mapping[str, Any], **options: Any) -> None:
        verb = "add" if is_create else "change"
        if not self.screen.allows(
            self.request, self.screen.permission(verb), None if is_create else instance
        ):
            raise ValidationError({self.keys[0]: _("You may not do this.")})
        try:
            with transaction.atomic():
                self.write(instance, is_create=is_create)
        except DomainError as error:
            named = error.data().get("field")
            column = named if named in self.fields else self.keys[0]
            raise ValidationError({str(column): describe(error)}) from error

    def save_m2m(self, instance: Any, row: Mapping[str, Any], **options: Any) -> None:
        """No list has any."""

    def after_import(self, dataset: Any, result: Any, **options: Any) -> None:
        """Services keep sequences right."""
