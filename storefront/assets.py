"""
What Vite built, for Django to link: `web/dist` is among the static files, its manifest names them.

Vite's names carry a hash of their content already, so they are linked as they are: a second
hash would give the browser every shared module twice.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

MANIFEST = Path(__file__).parent / "web" / "dist" / ".vite" / "manifest.json"
ENTRY = "src/main.tsx"


@dataclass(frozen=True, slots=True)
class Assets:
    """URLs of a page's modules: the one that runs, those that it needs, and the styles."""

    scripts: tuple[str, ...] = ()
    preloads: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


def for_page(page: str) -> Assets:
    """The assets of a page; none before the web app's first build (the page still reads well)."""
    if not MANIFEST.is_file():
        return Assets()
    return _assets(page, MANIFEST.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _assets(page: str, built_at: int) -> Assets:
    manifest: dict[str, dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    keys = _needed(manifest, [ENTRY, f"src/pages/{page}.tsx"])
    styles = [css for key in keys for css in manifest[key].get("css", ())]
    files = [manifest[key]["file"] for key in keys]
    return Assets(
        scripts=(_url(manifest[ENTRY]["file"]),),
        preloads=tuple(_url(file) for file in files if file != manifest[ENTRY]["file"]),
        styles=tuple(_url(file) for file in dict.fromkeys(styles)),
    )


def _needed(manifest: dict[str, dict[str, Any]], entries: list[str]) -> list[str]:
    """The entries and all that they import, each once."""
    found: dict[str, None] = {}
    waiting = [key for key in entries if key in manifest]
    while waiting:
        key = waiting.pop(0)
        if key not in found:
            found[key] = None
            waiting += manifest[key].get("imports", ())
    return list(found)


def _url(file: str) -> str:
    return f"{settings.STATIC_URL}{file}"
