"""The web app is built when its sources changed, with a Node that can build it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from omni.embedded import frontend
from omni.embedded.checkout import Checkout
from omni.embedded.console import Console
from omni.embedded.errors import LaunchError
from omni.embedded.steps import Steps
from omni.embedded.supervisor import Supervisor

_BUILD = "node -e \"require('fs').mkdirSync('dist', {recursive: true}); require('fs').appendFileSync('dist/built', 'x')\""


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    """A checkout whose web app needs no packages and counts its builds."""
    web = tmp_path / "storefront" / "web"
    web.mkdir(parents=True)
    about = {"name": "web", "version": "1.0.0", "private": True}
    (web / "package.json").write_text(json.dumps(about | {"scripts": {"build": _BUILD}}))
    lock = {"name": "web", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": about}}
    (web / "package-lock.json").write_text(json.dumps(lock))
    (web / "node_modules").mkdir()
    checkout = Checkout(tmp_path)
    checkout.prepare()
    console = Console()
    return Steps(checkout, console, Supervisor(checkout, console))


def _web(steps: Steps) -> Path:
    return frontend.directory(steps.checkout.root)


def _build(steps: Steps) -> str:
    # npm ci removes node_modules when there is nothing to install.
    (_web(steps) / "node_modules").mkdir(exist_ok=True)
    frontend.build(steps, os.environ)
    return (_web(steps) / "dist" / "built").read_text()


def test_it_is_built_once_for_the_same_sources(steps: Steps) -> None:
    assert _build(steps) == "x"
    assert _build(steps) == "x"


def test_changed_sources_are_built_again(steps: Steps) -> None:
    _build(steps)

    (_web(steps) / "new.ts").write_text("export {}")

    assert _build(steps) == "xx"


def test_a_lost_build_is_made_again(steps: Steps) -> None:
    _build(steps)

    shutil.rmtree(_web(steps) / "dist")

    assert _build(steps) == "x"


def test_a_failed_build_says_so_and_is_tried_again(steps: Steps) -> None:
    package = _web(steps) / "package.json"
    whole = package.read_text()
    package.write_text(whole.replace(json.dumps(_BUILD), json.dumps("echo no such thing; exit 3")))

    with pytest.raises(LaunchError, match="Failed to build the web app") as failure:
        _build(steps)

    assert "no such thing" in str(failure.value)
    package.write_text(whole)
    assert _build(steps) == "x"


def test_no_web_app_is_no_failure(steps: Steps) -> None:
    (_web(steps) / "package.json").unlink()

    frontend.build(steps, os.environ)

    assert not (_web(steps) / "dist").exists()


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v18.20.4", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("garbage", False),
    ],
)
def test_only_a_node_that_can_build_it_is_used(tmp_path: Path, version: str, fits: bool) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)

    found = frontend.node_path({"PATH": str(tmp_path)}, tmp_path / "shims")

    assert found is not None, "the wheel's is there"
    assert (found == str(tmp_path)) is fits


def test_the_wheels_node_builds_it_where_there_is_none(steps: Steps, tmp_path: Path) -> None:
    """On a PATH with the shell's few commands alone, below a directory with a space in its name."""
    bare = tmp_path / "bare machine"
    bare.mkdir()
    for name in ("sh", "env", "uname", "dirname", "sed", "readlink"):
        (bare / name).symlink_to(shutil.which(name) or name)

    with_node = frontend.prepare(steps, {"PATH": str(bare)})
    frontend.build(steps, {"PATH": str(bare)})

    assert with_node["PATH"].startswith(str(steps.checkout.var / "node"))
    assert (_web(steps) / "dist" / "built").read_text() == "x"
