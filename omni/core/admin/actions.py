"""
Actions: a form that asks for what a service needs, runs it once, and says what changed.

    @form_action(form=AdjustForm, permission="inventory.adjust", description=_("Adjust"))
    def adjust(self, asked: Asked) -> str:
        inventory.adjust_stock(..., claim=asked.claim("adjust-stock"), actor=asked.actor, now=asked.now)
        return asked.changes(LEVEL_FIELDS)

The page carries a key, so that a second click repeats nothing. What a service refuses stands
at its field. Nothing is written here: services write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from omni.core import clock, idempotency
from omni.core.actor import Actor
from omni.core.admin.refusals import describe
from omni.core.admin.saving import staff_of
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.core.models import Claim as ClaimRecord

TEMPLATE = "omni/admin/action.html"


@dataclass(frozen=True, slots=True)
class Told:
    """What a claim keeps of an action that building blocks carried out: what was said of it."""

    text: str


class ActionForm(forms.Form):
    """The base of all: `key` is the page's own, `target` the row (None for actions of a list)."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, target: Any = None, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.target = target
        self.request = request
        self.prepare()
        for item in self.fields.values():
            item.label = capfirst(item.label)

    def prepare(self) -> None:
        """Fit the fields to the row; a hook for forms."""

    def refuse(self, error: DomainError) -> None:
        """Say at the field that the error names, else above the form, what the service refused."""
        named = error.data().get("field")
        self.add_error(named if named in self.fields else None, describe(error))

    def hidden_errors(self) -> list[str]:
        return [
            f"{name}: {text}"
            for name in self.fields
            if self[name].is_hidden
            for text in self.errors.get(name, [])
        ]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for: the row, the form with its values, and who and when."""

    row: Any
    form: ActionForm
    request: HttpRequest
    actor: Actor
    now: datetime
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, Any]:
        return self.form.cleaned_data

    def claim(self, operation: str) -> Claim:
        """The claim under the page's key; its fingerprint is of the row and the values."""
        request = {name: str(value) for name, value in self.values.items() if name != "key"}
        target = {"row": str(self.row.pk) if self.row else ""}
        return Claim.of(
            actor=self.actor, operation=operation, key=str(self.values["key"]), request=request | target
        )

    def once(self, operation: str, act: Callable[[], str]) -> str:
        """Let building blocks act in one transaction under the page's key; say again what was said."""
        told = idempotency.once(self.claim(operation), lambda: Told(act()), result_type=Told, now=self.now)
        return told.text

    def changes(self, names: Sequence[str]) -> str:
        """What the row's fields were and are, read again: `on hand 10 → 12`."""
        self.row.refresh_from_db()
        return changed(self.row, self.before, names)


def changed(row: Any, before: Mapping[str, Any], names: Sequence[str]) -> str:
    """The fields that differ, before → after; or that this had been done already."""
    after = snapshot(row)
    parts = [
        f"{row._meta.get_field(name).verbose_name}: {before[name]} → {after[name]}"
        for name in names
        if before[name] != after[name]
    ]
    return "、".join(parts) if parts else _("Nothing changed: this had been done already.")


def snapshot(row: Any) -> dict[str, Any]:
    """Each field as people read it."""
    if row is None:
        return {}
    return {
        item.name: getattr(row, f"get_{item.name}_display")() if item.choices else getattr(row, item.attname)
        for item in row._meta.concrete_fields
    }


@dataclass(frozen=True, slots=True)
class Spec:
    """An action as declared: what it asks, who may, when it is offered, and what it does."""

    form: type[ActionForm]
    permission: str
    title: Any
    perform: Callable[[Any, Asked], str | HttpResponse]
    when: Callable[[Any], bool]
    submit: Any
    danger: bool
    help: Any


def always(row: Any) -> bool:
    return True


def form_action(
    *,
    form: type[ActionForm],
    permission: str,
    description: Any,
    icon: str | None = None,
    when: Callable[[Any], bool] = always,
    submit: Any = None,
    danger: bool = False,
    help: Any = "",
    primary: bool = False,
) -> Callable[[Callable[..., str | HttpResponse]], Any]:
    """Make a method `(admin, asked) -> message` an action of unfold, with its own page."""

    def decorate(perform: Callable[..., str | HttpResponse]) -> Any:
        spec = Spec(form, permission, description, perform, when, submit or description, danger, help)

        @wraps(perform)
        def view(admin: Any, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
            return run(admin, request, object_id, spec)

        decorated = action(
            view,
            description=description,
            url_path=perform.__name__.replace("_", "-"),
            icon=icon,
            variant=ActionVariant.PRIMARY if primary else ActionVariant.DEFAULT,
        )
        decorated.spec = spec
        return decorated

    return decorate


def run(admin: Any, request: HttpRequest, object_id: str | None, spec: Spec) -> HttpResponse:
    """Ask, perform, answer: 404 for rows that the user can't see, 403 for what they may not do."""
    row = _row(admin, request, object_id)
    if row is None and object_id is not None:
        return _gone(admin, request)
    if not admin.allows(request, spec.permission, row):
        raise PermissionDenied
    before = snapshot(row)
    form = spec.form(request.POST or None, request.FILES or None, target=row, request=request)
    if request.method == "POST" and form.is_valid():
        asked = Asked(row, form, request, staff_of(request), clock.now(), before)
        try:
            done = spec.perform(admin, asked)
        except DomainError as error:
            form.refuse(error)
        else:
            return done if isinstance(done, HttpResponse) else _say(admin, request, row, done)
    return _page(admin, request, row, form, spec)


def _row(admin: Any, request: HttpRequest, object_id: str | None) -> Any:
    return None if object_id is None else admin.get_object(request, unquote(object_id))


def _gone(admin: Any, request: HttpRequest) -> HttpResponse:
    """A second click on what took the row away is told so; any other row that isn't there is a 404."""
    key = request.POST.get("key", "")
    if not key or not ClaimRecord.objects.filter(principal=str(staff_of(request)), key=key).exists():
        raise Http404
    return _say(admin, request, None, _("Nothing changed: this had been done already."))


def _say(admin: Any, request: HttpRequest, row: Any, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(page_of(admin, row))


def page_of(admin: Any, row: Any) -> str:
    """The row's page, or the list."""
    base = f"admin:{admin.opts.app_label}_{admin.opts.model_name}"
    return reverse(f"{base}_changelist") if row is None else reverse(f"{base}_change", args=[quote(row.pk)])


def _page(admin: Any, request: HttpRequest, row: Any, form: ActionForm, spec: Spec) -> HttpResponse:
    context = {
        **admin.admin_site.each_context(request),
        "title": spec.title,
        "subtitle": None,
        "opts": admin.opts,
        "row": row,
        "row_title": admin.title_of(row) if row is not None else "",
        "summary": admin.summary_of(row) if row is not None else (),
        "form": form,
        "spec": spec,
        "back": page_of(admin, row),
        "media": admin.media + form.media,
    }
    return TemplateResponse(request, TEMPLATE, context, status=422 if form.errors else 200)
