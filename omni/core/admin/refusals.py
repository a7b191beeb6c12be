"""What a service refused, told to staff: the fact, then its figures."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from omni.core.admin import display
from omni.core.errors import DomainError

LABELS = {
    "requested": _("requested"),
    "available": _("available"),
    "ordered": _("ordered"),
    "arrived": _("arrived"),
    "allowed": _("allowed"),
    "transfer": _("transfer"),
    "reserved": _("reserved"),
    "found": _("found"),
    "delta": _("change"),
    "open": _("still open"),
    "returnable": _("returnable"),
    "refundable": _("refundable"),
    "sku": _("SKU"),
    "skus": _("SKU"),
    "location": _("location"),
    "position": _("line"),
    "positions": _("line"),
    "state": _("state"),
    "order": _("order"),
    "name": _("name"),
    "rule": _("rule"),
    "value": _("value"),
    "bucket": _("bucket"),
    "lot": _("lot or serial number"),
    "expected": _("needed"),
    "named": _("named"),
}
# Rules as staff read them; of others their code is shown.
RULES = {
    "required": _("it has to be given"),
    "sum-differs": _("the quantities don't add up"),
    "more-than-goes": _("more is named than goes"),
    "twice": _("it is named twice"),
    "tracked": _("it is tracked by lots already"),
    "not-tracked": _("it is not tracked by lots"),
    "serial-is-one-unit": _("a serial number is one unit"),
    "serial-in-stock": _("this serial number is in stock already"),
    "date-required": _("its last good day has to be given"),
    "date-differs": _("the lot is known with another date"),
    "date-not-kept": _("no dates are kept of this article"),
    "past-its-day": _("it is past its last good day"),
    "blocked": _("the lot is blocked"),
    "not-enough": _("there is not so much of it here"),
    "not-empty": _("a known lot is still in stock"),
    "under-way": _("a known lot is on its way"),
}


def describe(error: DomainError) -> str:
    """`There is not enough stock. (SKU: A-1、requested: 3、available: 2)`"""
    figures = "、".join(_figures(error.data()))
    return f"{error.title}（{figures}）" if figures else str(error.title)


def _figures(data: dict[str, Any]) -> list[str]:
    told: list[str] = []
    for name, value in data.items():
        if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
            told += [figure for item in value for figure in _figures(item)]
        elif name in LABELS and value not in (None, "", []):
            told.append(f"{LABELS[name]}: {_rule(value) if name == 'rule' else _text(value)}")
    return told


def _rule(code: str) -> str:
    return str(RULES.get(code, code))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return display.count(value) if isinstance(value, int) else str(value)
