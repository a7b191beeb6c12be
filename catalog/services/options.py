"""What tells a product's variants apart: `{"colour": "NV", "size": "M"}`, by name."""

import re
from collections.abc import Mapping

from catalog.errors import InvalidOption
from omni.core.text import fold

MOST = 10
# A file writes them as `colour=NV; size=M`, so neither side holds a separator.
NAME = re.compile(r"[^\x00-\x1f\x7f=;]{1,32}")
VALUE = re.compile(r"[^\x00-\x1f\x7f;]{1,100}")


def checked_options(options: Mapping[str, str]) -> dict[str, str]:
    """
    Strip names and values, and see that they keep the rules.

    Raises:
        InvalidOption: `rule` is `most`, `name`, `value` (text of 1 to 100 characters), or `unique`
            (two names that read the same); `name` is the option's.
    """
    if len(options) > MOST:
        raise InvalidOption(field="options", name="", rule="most", value=str(len(options)))
    checked: dict[str, str] = {}
    for name, value in options.items():
        name, text = name.strip(), value.strip() if isinstance(value, str) else ""
        _must(NAME.fullmatch(name) is not None, "name", name, text)
        _must(VALUE.fullmatch(text) is not None, "value", name, text)
        _must(fold(name) not in {fold(other) for other in checked}, "unique", name, text)
        checked[name] = text
    return checked


def _must(holds: bool, rule: str, name: str, value: str) -> None:
    if not holds:
        raise InvalidOption(field="options", name=name, rule=rule, value=value)
