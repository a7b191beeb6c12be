"""
Lists in: a file is tried out first and its changes shown, then taken in whole or not at all.

What the reader confirms runs under a claim whose key is the file's name in the store, in one
transaction: a second click takes nothing in twice, and a row that no longer fits undoes all of it.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportMixin
from import_export.resources import Resource
from import_export.results import Result, RowResult
from import_export.tmp_storages import CacheStorage
from unfold.contrib.import_export.forms import ImportForm

from omni.core import clock, db, idempotency
from omni.core.admin.refusals import describe
from omni.core.admin.saving import staff_of
from omni.core.admin.sheets.exporting import Exported
from omni.core.admin.sheets.files import FORMATS, LONG_FORMATS, MOST_BYTES, SheetUnreadable
from omni.core.errors import DomainError
from omni.core.idempotency import Claim


@dataclass(frozen=True, slots=True)
class Taken:
    """What a claim keeps of a file that was taken in: how many rows were made, changed, left alone."""

    added: int
    changed: int
    same: int

    @classmethod
    def of(cls, result: Result) -> "Taken":
        totals = result.totals
        return cls(
            totals[RowResult.IMPORT_TYPE_NEW],
            totals[RowResult.IMPORT_TYPE_UPDATE],
            totals[RowResult.IMPORT_TYPE_SKIP],
        )


class Unfit(Exception):
    """A row that was fine in the preview no longer is."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class SheetStore(CacheStorage):
    """Between preview and confirmation the file is in the cache, where every web process finds it."""

    CACHE_LIFETIME = 3600


class SheetForm(ImportForm):
    def __init__(self, formats: list[Any], resources: list[Any], **options: Any) -> None:
        super().__init__(formats, resources, **options)
        self.fields["import_file"].help_text = _(
            "CSV in UTF-8 or CP932, or XLSX; up to %(rows)s lines and %(size)s MB. "
            "The changes are shown first; nothing is written before you confirm them."
        ) % {"rows": formats[0].most_rows, "size": MOST_BYTES >> 20}

    def clean_import_file(self) -> Any:
        given = self.cleaned_data["import_file"]
        if given.size > MOST_BYTES:
            self.add_error(
                "import_file", _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES >> 20}
            )
        return given


class Imported(ImportMixin):
    """A list of master data that can be brought in as CSV or XLSX, by whoever may add or change it."""

    import_form_class = SheetForm
    import_template_name = "omni/admin/import.html"
    tmp_storage_class = SheetStore
    import_formats: ClassVar[list[Any]] = FORMATS
    # What comes in, where it is not what goes out.
    import_resources: ClassVar[tuple[type[Resource], ...]] = ()
    # The permission for it, where it is neither to add nor to change.
    import_permission: ClassVar[str] = ""

    def has_import_permission(self, request: HttpRequest) -> bool:
        permissions = [self.import_permission or self.permission(verb) for verb in ("add", "change")]
        return any(self.allows(request, permission, None) for permission in permissions)

    def get_import_formats(self) -> list[Any]:
        return self.import_formats

    def get_import_resource_classes(self, request: HttpRequest) -> list[Any]:
        return list(self.import_resources) or super().get_import_resource_classes(request)

    def get_import_resource_kwargs(self, request: HttpRequest, *rest: Any, **options: Any) -> dict[str, Any]:
        return {"screen": self, "request": request}

    def add_data_read_fail_error_to_form(self, form: Form, error: Exception) -> None:
        if not isinstance(error, SheetUnreadable):
            raise error
        form.add_error("import_file", str(error))

    def process_import(self, request: HttpRequest, **options: Any) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        confirmed = self.create_confirm_form(request)
        if request.method != "POST" or not confirmed.is_valid():
            return HttpResponseRedirect(self._page("import"))
        store = SheetStore(name=confirmed.cleaned_data["import_file_name"])
        try:
            told = self._take(request, confirmed, store)
        except Unfit as error:
            return self._preview(request, error.result)
        except DomainError as error:
            messages.error(request, describe(error))
            return HttpResponseRedirect(self._page("import"))
        store.remove()
        messages.success(request, told)
        return HttpResponseRedirect(self._page("changelist"))

    def _take(self, request: HttpRequest, confirmed: Form, store: SheetStore) -> str:
        claim = Claim.of(
            actor=staff_of(request),
            operation=f"import-{self.opts.label_lower}",
            key=store.name,
            request={"format": confirmed.cleaned_data["format"]},
        )
        with db.transaction():
            if idempotency.claim(claim, result_type=Taken):
                return _("Nothing changed: this had been done already.")
            done = Taken.of(self._write(request, confirmed, store.read()))
            idempotency.settle(claim, done, now=clock.now())
        told = _("%(added)s added, %(changed)s changed, %(same)s as they were.")
        return told % {"added": done.added, "changed": done.changed, "same": done.same}

    def _write(self, request: HttpRequest, confirmed: Form, data: bytes | None) -> Result:
        if data is None:
            raise SheetGone()
        dataset = self.import_formats[int(confirmed.cleaned_data["format"])]().create_dataset(data)
        kind = self.choose_import_resource_class(confirmed, request)
        resource = kind(**self.get_import_resource_kwargs(request))
        result = resource.import_data(dataset, rollback_on_validation_errors=True)
        if result.has_errors() or result.has_validation_errors():
            raise Unfit(result)
        return result

    def _preview(self, request: HttpRequest, result: Result) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import"),
            "form": self.create_import_form(request),
            "opts": self.opts,
            "result": result,
            "media": self.media,
        }
        return TemplateResponse(request, [self.import_template_name], context, status=422)

    def _page(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}")


class Exchanged(Imported, Exported):
    """A list that goes out as the file that comes in."""

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"


class ExchangedInSets(Exchanged):
    """The same, of a list whose files may be long: its resource is a `SetSheet`."""

    import_formats = LONG_FORMATS


class SheetGone(DomainError):
    """The file waited too long for its confirmation."""

    code = "sheet-gone"
    title = gettext_lazy("The file is no longer there; choose it again.")
