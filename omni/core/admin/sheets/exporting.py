"""Lists out: what the list shows under its search and filters, within the user's reach, row by row."""

from collections.abc import Iterator
from typing import Any, ClassVar

import structlog
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.resources import Resource
from unfold.contrib.import_export.forms import ExportForm

from omni.core.admin.sheets import files
from omni.core.admin.sheets.files import FORMATS, Csv, SheetTooLong, cell, written_csv, written_xlsx

logger = structlog.get_logger(__name__)
CHUNK = 1_000


class Listed(Resource):
    @classmethod
    def get_display_name(cls) -> str:
        return cls.__name__


def columns(**paths: str | Field) -> type[Resource]:
    """A file's columns by name: the path from the row to each, or a field that reads it in its own way."""
    fields = {
        name: path if isinstance(path, Field) else Field(attribute=path, column_name=name)
        for name, path in paths.items()
    }
    made: type[Resource] = type(Resource)("Columns", (Listed,), fields)
    return made


def relations(model: type[Model], paths: list[str]) -> list[str]:
    """The relations that the paths lead over, to be read along with each row."""
    found = set()
    for path in paths:
        at: Any = model
        steps: list[str] = []
        for name in path.split("__")[:-1]:
            try:
                field = at._meta.get_field(name)
            except FieldDoesNotExist:
                break
            if not (field.many_to_one or field.one_to_one):
                break
            steps.append(name)
            at = field.related_model
        if steps:
            found.add("__".join(steps))
    return sorted(found)


class Exported(ExportMixin):
    """
    A list that can be taken out as CSV or XLSX, by whoever may see it.

    Rows come from a cursor and leave as they come, so a ledger of millions takes no more memory than
    a page of it. Who took what, and how many rows, is logged.
    """

    export_form_class = ExportForm
    # A permission beyond seeing the list, where rows are personal data; it has to hold everywhere.
    export_permission: ClassVar[str] = ""

    def has_export_permission(self, request: HttpRequest) -> bool:
        if not self.has_view_permission(request):
            return False
        return not self.export_permission or request.user.has_perm(self.export_permission, self.model())

    def get_export_formats(self) -> list[Any]:
        return FORMATS

    def get_export_resource_kwargs(self, request: HttpRequest, *rest: Any, **options: Any) -> dict[str, Any]:
        return {"screen": self, "request": request}

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[Any]:
        """Rows are chosen by search and filters, not one by one."""
        return []

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        try:
            return super().get_export_queryset(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("There is no such filter.") from error

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet, export_form: Any = None
    ) -> HttpResponse | StreamingHttpResponse:
        if not self.has_export_permission(request):
            raise PermissionDenied
        rows = self._rows(request, queryset)
        response: FileResponse | StreamingHttpResponse
        if isinstance(file_format, Csv):
            response = StreamingHttpResponse(written_csv(rows), content_type="text/csv; charset=utf-8")
        elif queryset[files.SHEET_ROWS - 1 : files.SHEET_ROWS].exists():
            # Told above the form; no row is left out in silence.
            raise SheetTooLong(_("A workbook does not hold so many rows: take them out as CSV."))
        else:
            response = FileResponse(written_xlsx(rows), content_type=file_format.get_content_type())
        name = self.get_export_filename(request, queryset, file_format)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    def _rows(self, request: HttpRequest, queryset: QuerySet) -> Iterator[list[Any]]:
        resource = self.get_export_resource_classes(request)[0]
        fields = list(resource.fields.values())
        paths = [field.attribute for field in fields]
        yield [field.column_name for field in fields]
        count = 0
        for row in queryset.select_related(*relations(self.model, paths)).iterator(chunk_size=CHUNK):
            yield [cell(field.get_value(row)) for field in fields]
            count += 1
        logger.info("sheet.exported", model=self.opts.label, user=request.user.pk, rows=count)
