"""How values are shown to staff: money, counts, rates, states, languages, who and why."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from omni.core.text import amount as in_currency
from omni.core.text import pick as pick

EMPTY = "–"

ACTORS = {
    "user": gettext_lazy("staff"),
    "api-key": gettext_lazy("API key"),
    "connection": gettext_lazy("connection"),
    "command": gettext_lazy("command"),
    "system": gettext_lazy("system"),
    "guest": gettext_lazy("guest"),
}

# What a `source` such as `order:42` names, and the page that shows it; apps add their own.
SOURCES: dict[str, tuple[Any, str]] = {}
# What one such as `transfer:T0000042:7` names by its number, and the list that finds it.
NUMBERED: dict[str, tuple[Any, str]] = {}

# What a reason's code means, as `size: too small`; apps add their own.
REASONS: dict[str, Any] = {}

COLOURS = {
    "good": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "going": "bg-blue-100 text-blue-700 dark:bg-blue-500/20 dark:text-blue-400",
    "waiting": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "bad": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
    "over": "bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200",
}
STATES = {
    **dict.fromkeys(("COMPLETED", "CAPTURED", "FULFILLED", "RESOLVED", "RECEIVED", "DONE", "BURNT"), "good"),
    **dict.fromkeys(("POSTED", "ACCEPTED"), "good"),
    **dict.fromkeys(("COUNTED", "SUBMITTED", "CLOSED"), "waiting"),
    **dict.fromkeys(("APPROVED",), "going"),
    **dict.fromkeys(
        (
            "PLACED",
            "AUTHORISED",
            "COMMITTED",
            "RESERVED",
            "PREPARED",
            "READY",
            "ACTIVE",
            "APPROVED",
            "ORDERED",
            "SHIPPED",
        ),
        "going",
    ),
    **dict.fromkeys(("PENDING", "OPEN", "HELD", "PROPOSED", "REQUESTED", "PARTIALLY_RECEIVED"), "waiting"),
    **dict.fromkeys(("FAILED", "UNKNOWN", "REJECTED"), "bad"),
}


def count(value: int | None) -> str:
    return EMPTY if value is None else formats.number_format(value, use_l10n=True, force_grouping=True)


def amount(value: Decimal | None, currency: str) -> str:
    """As `omni.core.text.amount`; a dash for none."""
    return EMPTY if value is None else in_currency(value, currency)


def rate(value: Decimal | None) -> str:
    """0.1000 is 10%."""
    return EMPTY if value is None else f"{(value * 100).normalize():f}%"


def duration(value: timedelta | None) -> str:
    if value is None:
        return EMPTY
    seconds = value.total_seconds()
    if seconds < 1:
        return _("%(number)s ms") % {"number": count(round(seconds * 1000))}
    if seconds < 120:
        return _("%(number)s s") % {"number": formats.number_format(round(seconds, 1))}
    minutes = round(seconds / 60)
    return ngettext("%(number)s minute", "%(number)s minutes", minutes) % {"number": count(minutes)}


def state(value: str, label: str) -> SafeString:
    return badge(str(label), STATES.get(value, "over")) if value else format_html("{}", EMPTY)


def badge(text: Any, tone: str) -> SafeString:
    return format_html(
        '<span class="inline-block font-semibold rounded-default text-[11px] whitespace-nowrap h-6 leading-6 px-2 {}">{}</span>',
        COLOURS[tone],
        text,
    )


def languages(texts: Mapping[str, str] | None) -> SafeString | str:
    """The text of the reader's language, with the others after it."""
    first = pick(texts)
    others = [text for text in dict.fromkeys((texts or {}).values()) if text != first]
    return f"{first}（{' / '.join(others)}）" if others else first or EMPTY


def as_json(value: Any) -> SafeString | str:
    if value in (None, {}, []):
        return EMPTY
    if isinstance(value, dict) and set(value) <= set(dict(settings.LANGUAGES)):
        return languages(value)
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return format_html('<pre class="omni-json">{}</pre>', text)


def actor(value: str, names: Mapping[str, str]) -> str:
    """`user:7` by the user's name, others by their kind."""
    kind, separator, key = value.partition(":")
    if not separator or kind not in ACTORS:
        return value or EMPTY
    return f"{ACTORS[kind]} {names.get(value, key)}"


def source(value: str) -> SafeString | str:
    """A link to what `order:42` names; anything else as it is."""
    kind, _separator, rest = value.partition(":")
    key = rest.partition(":")[0]
    if kind in NUMBERED and key:
        label, url_name = NUMBERED[kind]
        return link(f"{reverse(url_name)}?{urlencode({'q': key})}", f"{label} {key}")
    if kind not in SOURCES or not key.isdigit():
        return value or EMPTY
    label, url_name = SOURCES[kind]
    return link(reverse(url_name, args=[key]), f"{label} #{rest}")


def reason(value: str) -> str:
    """A reason of one tap by its name, with the note after it; other reasons as they are."""
    code, separator, note = value.partition(": ")
    return f"{REASONS.get(code, code)}{separator}{note}" or EMPTY


def row_link(row: Any) -> SafeString | str:
    """A row under the name that its own admin gives it, with a link to its page."""
    screen = admin.site._registry.get(type(row))
    if row is None or screen is None:
        return EMPTY if row is None else str(row)
    title = screen.title_of(row) if hasattr(screen, "title_of") else str(row)
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)])
    return link(url, title)


def link(url: str, text: Any) -> SafeString:
    return format_html('<a href="{}" class="text-link">{}</a>', url, text)


def moment(value: datetime | None) -> str:
    """In the time zone of whoever looks, to the minute."""
    return EMPTY if value is None else formats.localize(timezone.template_localtime(value))  # type: ignore[attr-defined]  # not in the stubs


def day(value: date | None) -> str:
    return EMPTY if value is None else formats.date_format(value)


def table(headers: Sequence[Any], rows: Sequence[Sequence[Any]]) -> SafeString:
    """A small table on a detail page; on a phone each row is a card."""
    shown = {"table": {"headers": [str(header) for header in headers], "rows": [list(row) for row in rows]}}
    return render_to_string("unfold/components/table.html", shown)
