"""
Change forms under a claim: a form carries a key, so that a second click saves nothing twice.

The claim, what the form saves and the audit's rows are one transaction, which this opens: services
that a form calls are building blocks. A refusal leaves no claim, so the same form can be sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Field, Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin as UnfoldModelAdmin

from omni.core import clock, db, idempotency
from omni.core.actor import Actor
from omni.core.admin.refusals import describe
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from omni.core.ids import uuid7

KEY = "_key"
# What is not in a claim's fingerprint: the key itself, and what must not even be kept as a hash.
LEFT_OUT = (KEY, "csrfmiddlewaretoken", "password1", "password2", "usable_password", "secret")


@dataclass(frozen=True, slots=True)
class Saved:
    """What a claim keeps of a form that was saved: where its reader was sent."""

    location: str


def staff_of(request: HttpRequest) -> Actor:
    """Who is at the screen: the admin lets in nobody who isn't signed in."""
    assert request.user.is_authenticated
    return Actor.user(request.user.pk)


class SavedOnce(UnfoldModelAdmin):
    """Give the change form its key, and save it under that."""

    change_form_before_template = "omni/admin/key.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {}), "form_key": request.POST.get(KEY) or uuid7()}
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, context)
        claim = self._claim(request, object_id)
        try:
            with db.transaction():
                if replayed := idempotency.claim(claim, result_type=Saved):
                    return self._again(request, replayed.location)
                response = super().changeform_view(request, object_id, form_url, context)
                if hasattr(request, "saved_row"):
                    idempotency.settle(claim, Saved(self._led_to(response)), now=clock.now())
                return response
        except DomainError as error:
            # The form was valid when it was checked; what is refused now has changed meanwhile.
            messages.error(request, describe(error))
            return HttpResponseRedirect(request.get_full_path())

    def _claim(self, request: HttpRequest, object_id: str | None) -> Claim:
        if not (self.has_change_permission(request) if object_id else self.has_add_permission(request)):
            raise PermissionDenied
        return Claim.of(
            actor=staff_of(request),
            operation=f"save-{self.opts.label_lower}",
            key=str(key_of(request.POST)),
            request={"row": object_id, "form": asked_in(request)},
        )

    def _again(self, request: HttpRequest, location: str) -> HttpResponse:
        messages.info(request, _("Nothing changed: this had been done already."))
        return HttpResponseRedirect(location)

    def _led_to(self, response: HttpResponse) -> str:
        """Where the answer leads; a window for adding a related row closes instead, and leads to the list."""
        base = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return str(response.get("Location") or reverse(base))

    def response_add(self, request: HttpRequest, obj: Any, *rest: Any, **options: Any) -> HttpResponse:
        request.saved_row = obj  # type: ignore[attr-defined]
        return super().response_add(request, obj, *rest, **options)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        request.saved_row = obj  # type: ignore[attr-defined]
        return super().response_change(request, obj)


def key_of(values: Mapping[str, Any]) -> UUID:
    """The key that the page carried; a form that comes from no page of ours has none (400)."""
    try:
        return UUID(str(values.get(KEY, "")))
    except ValueError as error:
        raise BadRequest("The form carries no key.") from error


def asked_in(request: HttpRequest) -> dict[str, list[str]]:
    return {name: request.POST.getlist(name) for name in request.POST if name not in LEFT_OUT}


def column_of(model: type[Model], name: str) -> str:
    """The column behind a field: the key, where the field is a relation."""
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    return field.attname
