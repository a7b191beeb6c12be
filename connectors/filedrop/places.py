"""
The directories of a drop: files are written whole, claimed once, and put away.

Every step is one rename within a file system, made durable before the next: a process that is killed
between two of them leaves a file where the next process finds it.
"""

import contextlib
import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from connectors.errors import PushFailed
from connectors.filedrop.settings import PLACES, CsvSettings
from connectors.ports import Counterpart
from omni.core.ids import uuid7

To = Counterpart[CsvSettings]
MOST = 64 << 20
# What a claimed name keeps of the partner's; the cursor has 200 characters, a file system 255 bytes.
NAME_BYTES = 150
OURS = (".done", ".part")


@dataclass(frozen=True, slots=True)
class Places:
    inbox: Path
    stock_inbox: Path
    outbox: Path
    archive: Path
    quarantine: Path
    work: Path
    state: Path


def places_of(to: To) -> Places:
    """
    The drop's directories, made where they are missing.

    Raises:
        PushFailed: no root is set, or a path leads out of it, by a symbolic link for instance.
    """
    if not settings.FILE_DROP_ROOT:
        raise PushFailed("Set FILE_DROP_ROOT, the directory that file drops lie in.")
    root = Path(settings.FILE_DROP_ROOT).resolve()
    given = {"stock_inbox": f"{to.code}/stock"}
    given |= {name: f"{to.code}/{name}" for name in ("work", "state", *PLACES) if name not in given}
    given |= {name: path for name in PLACES if (path := getattr(to.settings, name))}
    return Places(**{name: _made(root, path) for name, path in given.items()})


def _made(root: Path, path: str) -> Path:
    place = (root / path).resolve()
    if not place.is_relative_to(root) or place == root:
        raise PushFailed(f"{path} leads out of the root of file drops", permanent=True)
    place.mkdir(parents=True, exist_ok=True)
    return place


def put(place: Path, name: str, content: bytes) -> None:
    """Write a file whole: under another name, flushed to the disk, then renamed."""
    part = place / f".{name}.{uuid7()}.part"
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place / name)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync(place)


def numbered(place: Path, prefix: str) -> dict[int, Path]:
    """A drop's own files of one kind, by number: another drop's, whose code begins alike, are none of them."""
    form = re.compile(rf"{re.escape(prefix)}(\d{{12}})\.csv")
    found = ((form.fullmatch(file.name), file) for file in place.iterdir())
    return {int(match[1]): file for match, file in found if match}


def move(source: Path, target: Path) -> bool:
    """Rename durably; False where somebody else did already."""
    try:
        source.rename(target)
    except FileNotFoundError:
        return False
    sync(target.parent)
    sync(source.parent)
    return True


def sync(place: Path) -> None:
    """Flush a directory: what was renamed in it stays so after a power cut."""
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def claim(to: To, places: Places) -> str | None:
    """Take the oldest file that is ready out of the inbox: whose rename succeeds has it. Its name in work."""
    for file in ready(to.settings, places.inbox):
        name = f"{uuid7()}__{_kept(file.name)}"
        if move(file, places.work / name):
            file.with_name(f"{file.name}.done").unlink(missing_ok=True)
            return name
    return None


def _kept(name: str) -> str:
    return os.fsencode(name)[-NAME_BYTES:].decode(errors="replace").replace("\ufffd", "_")


def claimed(places: Places, *, but: str) -> str | None:
    """The oldest file in work, `but` for one."""
    names = (file.name for file in places.work.iterdir() if not file.name.startswith("."))
    return min((name for name in names if name != but), default=None)


def ready(given: CsvSettings, place: Path) -> list[Path]:
    """The files that nobody writes to any more, the oldest first. Links and hidden files are no files."""
    found = []
    for file in place.iterdir():
        if file.name.startswith(".") or file.name.endswith(OURS):
            continue
        with contextlib.suppress(FileNotFoundError):
            status = file.lstat()
            if stat.S_ISREG(status.st_mode) and _is_ready(given, file, status.st_mtime):
                found.append((status.st_mtime, file.name, file))
    return [file for *_, file in sorted(found)]


def _is_ready(given: CsvSettings, file: Path, modified: float) -> bool:
    if given.ready == "done":
        return file.with_name(f"{file.name}.done").exists()
    return time.time() - modified >= given.settle_seconds


def read(file: Path) -> bytes | None:
    """A file's bytes; None where it is larger than any that is taken. Raises FileNotFoundError."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as opened:
        content = opened.read(MOST + 1)
    return content if len(content) <= MOST else None


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Hold a directory against other processes, which wait: what it remembers is read and written as one."""
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
