"""
The words of the storefront: one file a language, which Django's pages and the web app share.

They live with the web app, whose compiler checks every key; a test checks the templates'.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

FOLDER = Path(__file__).parent / "web" / "packages" / "ui" / "messages"


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    """Every message of a language; that of the default one where there is none."""
    path = FOLDER / f"{language}.json"
    if not path.is_file():
        return catalogue(settings.LANGUAGE_CODE)
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def current_language() -> str:
    return (get_language() or settings.LANGUAGE_CODE).split("-")[0]


def text(key: str, **values: Any) -> str:
    """The message in the active language, its `{names}` filled in."""
    return catalogue(current_language())[key].format(**values)
