"""`.venv` is made once, and made anew when it is broken or half-made."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from omni.embedded import venv

SCRIPT = Path(venv.__file__)


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A checkout whose lock file names no package, after its first run, and what that printed."""
    made = tmp_path_factory.mktemp("venv") / "checkout"
    (made / "omni" / "embedded").mkdir(parents=True)
    shutil.copy(SCRIPT, made / "omni" / "embedded")
    (made / "requirements").mkdir()
    (made / "requirements" / "base.txt").write_text("")
    done = _run(made)
    assert done.returncode == 0, done.stderr
    return made, done.stdout


@pytest.fixture
def root(first_run: tuple[Path, str], tmp_path: Path) -> Path:
    """The same, moved below a directory with a space in its name."""
    return Path(shutil.copytree(first_run[0], tmp_path / "my shop", symlinks=True))


def _run(root: Path) -> "subprocess.CompletedProcess[str]":
    # The interpreter itself rather than the link to it in the environment that runs the tests.
    python = Path(sys.executable).resolve()
    command = [python, root / "omni" / "embedded" / "venv.py", "base"]
    # No test asks a registry.
    alone = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=alone)


def test_pins_are_read_without_hashes_and_comments() -> None:
    lock = (
        "# a comment\nDjango==5.2.19 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:22\n"
    )

    assert venv.pins(lock) == {"Django==5.2.19", "colorama==0.4.6 ; sys_platform == 'win32'"}


def test_the_locks_agree_where_both_name_a_package() -> None:
    """Else `make test` after `make demo` would install another version over the first."""
    requirements = SCRIPT.parents[2] / "requirements"

    base, dev, node, uv = (
        venv.pins((requirements / f"{name}.txt").read_text()) for name in ("base", "dev", "node", "uv")
    )

    assert base
    assert base | node | uv <= dev


def test_no_lock_file_names_a_registry() -> None:
    for path in (SCRIPT.parents[2] / "requirements").iterdir():
        assert "://" not in path.read_text(), path


def test_it_is_made_once(first_run: tuple[Path, str]) -> None:
    root, said = first_run
    made_at = (root / ".venv" / "pyvenv.cfg").stat().st_mtime_ns

    second = _run(root)

    assert "make .venv" in said
    assert (second.returncode, second.stdout) == (0, "")
    assert (root / ".venv" / "pyvenv.cfg").stat().st_mtime_ns == made_at


def test_the_project_is_importable_in_it_also_after_a_move(root: Path) -> None:
    moved = root.rename(root.with_name("moved"))

    assert _run(moved).returncode == 0

    (moved / "omni" / "__init__.py").touch()
    python = moved / ".venv" / "bin" / "python"
    found = subprocess.run(
        [python, "-c", "import omni; print(omni.__file__)"], capture_output=True, text=True, cwd="/"
    )
    assert found.stdout.strip() == str(moved / "omni" / "__init__.py")


@pytest.mark.parametrize("damage", ["python gone", "pip gone", "empty"])
def test_a_broken_one_is_made_anew(root: Path, damage: str) -> None:
    venv_dir = root / ".venv"
    if damage == "python gone":
        (venv_dir / "bin" / "python").unlink()
        (venv_dir / "bin" / "python").symlink_to("/nonexistent/python")
    elif damage == "pip gone":
        for found in venv_dir.glob("lib/python3*/site-packages/pip"):
            shutil.rmtree(found)
    else:
        shutil.rmtree(venv_dir)
        venv_dir.mkdir()

    again = _run(root)

    assert again.returncode == 0, again.stderr
    assert "make .venv" in again.stdout


def test_what_was_not_installed_to_its_end_is_installed_again(root: Path) -> None:
    (root / ".venv" / "installed.json").write_text(json.dumps(["half"])[:-2])
    (root / "requirements" / "base.txt").write_text("six==1 \\\n    --hash=sha256:00\n")

    failed = _run(root)

    assert failed.returncode == 1
    assert "pip could not install base.txt" in failed.stderr
    assert "What to do:" in failed.stderr
    assert not (root / ".venv" / "installed.json").read_text().endswith("]")
