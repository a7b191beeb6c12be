"""Staff's forms in the admin, sent back as they are shown but for what a test changes."""

from typing import Any

from django.forms import MultiWidget
from django.test import Client
from django.urls import reverse


def save(client: Client, model: str, pk: int, **changes: Any) -> None:
    """Open a row's page, change fields of its form, and save it; `model` is `organisation_location`."""
    url = reverse(f"admin:{model}_change", args=[pk])
    shown = client.get(url)
    assert shown.status_code == 200, shown

    values = sent(shown.context["adminform"].form, changes)
    rows = {
        field.html_name: field.value()
        for inline in shown.context["inline_admin_formsets"]
        for form in (inline.formset.management_form, *inline.formset.initial_forms)
        for field in form
        if field.value() is not None
    }
    answer = client.post(url, {**rows, **values, "_key": shown.context["form_key"], "_save": ""})

    assert answer.status_code == 302, answer.context["adminform"].form.errors


def sent(form: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """What a browser would send: nothing for an empty box."""
    assert changes.keys() <= form.fields.keys(), sorted(form.fields)
    data: dict[str, Any] = {}
    for bound in form:
        value = changes.get(bound.name, bound.value())
        widget = bound.field.widget
        parts = widget.decompress(value) if isinstance(widget, MultiWidget) else [value]
        names = widget.widgets_names if isinstance(widget, MultiWidget) else [""]
        for name, part in zip(names, parts, strict=True):
            if part is not None and part is not False:
                data[bound.name + name] = "on" if part is True else part
    return data
