"""What the figures were measured on."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[2]
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers")


def describe(database_url: str) -> dict[str, Any]:
    """The machine and the server, with the settings that make a commit durable."""
    return {
        "cpu": cpu_model(),
        # Above a few tenths, something else was running too: look at ratios only, or run again.
        "load_before": round(os.getloadavg()[0], 2),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        **postgresql(database_url),
    }


def cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def postgresql(database_url: str) -> dict[str, str]:
    with psycopg.connect(database_url) as connection:
        settings = ("server_version", *DURABILITY)
        found = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(settings)]
        )
        values: dict[str, str] = dict(found.fetchall())
    return {"postgresql": values.pop("server_version"), **{name: values[name] for name in DURABILITY}}


def commit() -> str:
    """The commit measured; with `+changes` when tracked files differ from it."""
    head = git("rev-parse", "HEAD")
    return f"{head}+changes" if git("status", "--porcelain", "--untracked-files=no") else head


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
