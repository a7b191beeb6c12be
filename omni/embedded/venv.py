"""
Make `.venv` and install locked dependencies into it: `python3 omni/embedded/venv.py base` (or `dev`).

Runs before there are any dependencies, so on the standard library alone, and by its path. What is
installed already is not installed again; a broken or half-made environment is made anew.
"""

import fcntl
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / "var" / "log" / "pip.log"
PIP = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
UV = ["pip", "install", "--no-progress", "--python", str(PYTHON)]
OLDEST = (3, 11)


def main(name: str) -> int:
    if sys.version_info < OLDEST:
        return _fail(f"Python {sys.version.split()[0]} is too old.", "install Python 3.11 or newer.")
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with (ROOT / "var" / "venv.lock").open("w") as lock:
            _wait_for_turn(lock)
            return _ensure(ROOT / "requirements" / f"{name}.txt")
    except PermissionError as error:
        return _fail(f"{error.filename} can't be written.", "run as the user to whom this checkout belongs.")
    except KeyboardInterrupt:
        return 130


def _wait_for_turn(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("  another command is installing here; waiting for it", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _ensure(requirements: Path) -> int:
    wanted = pins(requirements.read_text())
    if is_usable() and wanted <= installed():
        _lead_to_the_project()
        return 0
    if not is_usable() and not _make():
        return _fail(
            f"{VENV} could not be made.",
            "on Debian and Ubuntu, `apt-get install python3-venv`; elsewhere, a Python with venv and pip.",
            log=LOG,
        )
    return _install(requirements, wanted)


def pins(text: str) -> frozenset[str]:
    """Return the pinned requirements of a lock file, without their hashes."""
    return frozenset(line.rstrip(" \\") for line in text.splitlines() if re.match(r"[A-Za-z0-9].*==", line))


def installed() -> frozenset[str]:
    """Return the pins whose installation ran to its end."""
    try:
        return frozenset(json.loads((VENV / "installed.json").read_text()))
    except (OSError, ValueError):
        return frozenset()


def is_usable() -> bool:
    """Say whether the environment has a working Python of a fitting version, and pip."""
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.run([PYTHON, "-c", probe], capture_output=True).returncode == 0
    except OSError:
        return False


def _make() -> bool:
    began = time.monotonic()
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    with LOG.open("a") as log:
        made = subprocess.run([sys.executable, "-m", "venv", VENV], stdout=log, stderr=log)
    print(f"  make .venv with Python {sys.version.split()[0]} ({time.monotonic() - began:.1f} s)", flush=True)
    return made.returncode == 0 and is_usable()


def _install(requirements: Path, wanted: frozenset[str]) -> int:
    began = time.monotonic()
    print(f"  install {len(wanted)} locked packages from {requirements.relative_to(ROOT)}", flush=True)
    if not _install_by_uv(requirements) and (code := _run(PIP + _files(requirements), began)):
        return _fail(
            f"pip could not install {requirements.name} (exit {code}).",
            "the packages come from the Python package index: check the network, then run it again.",
            log=LOG,
        )
    _lead_to_the_project()
    (VENV / "installed.json").write_text(json.dumps(sorted(installed() | wanted)))
    print(f"  installed in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def _install_by_uv(requirements: Path) -> bool:
    """
    Install by uv, in a fifth of pip's time; False: it could not, and pip is to do it.

    It knows nothing of pip's settings: where an index of one's own is set for pip alone, pip goes on.
    """
    uv = requirements.with_name("uv.txt")
    if not uv.exists() or _run(PIP + _files(uv), time.monotonic()):
        return False
    return not _run([str(VENV / "bin" / "uv"), *UV, *_files(requirements)], time.monotonic())


def _files(requirements: Path) -> list[str]:
    return ["--require-hashes", "-r", str(requirements)]


def _lead_to_the_project() -> None:
    """Make the project importable from everywhere in the environment; a checkout may have moved."""
    for packages in VENV.glob("lib/python3*/site-packages"):
        path = packages / "omni-checkout.pth"
        if not path.exists() or path.read_text() != f"{ROOT}\n":
            path.write_text(f"{ROOT}\n")


def _run(command: list[str], began: float) -> int:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        _follow(process, began)
    return process.returncode


def _follow(process: "subprocess.Popen[str]", began: float) -> None:
    """Write an installer's output to the log, and say every few seconds how far it is."""
    seen, said = 0, began
    with LOG.open("a") as log:
        for line in process.stdout or ():
            log.write(line)
            seen += line.lstrip().startswith(("Collecting ", "Downloaded "))
            if time.monotonic() - said > 5:
                said = time.monotonic()
                print(f"    {said - began:.0f} s: {seen} packages found, {line.strip()[:70]}", flush=True)


def _fail(what: str, advice: str, log: Path | None = None) -> int:
    lines = log.read_text(errors="replace").splitlines()[-15:] if log else []
    shown = [f"\nThe last lines of {log}:", *(f"  {line}" for line in lines)] if lines else []
    print("\n".join([f"\n{what}", *shown, f"\nWhat to do: {advice}"]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: venv.py base|dev")
    sys.exit(main(sys.argv[1]))
