"""Where the servers live: reachable to their account, and nobody else's rights touched for it."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from omni.embedded import place
from omni.embedded.checkout import Checkout

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="concerns root's servers, which run as another account"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout below a directory that nobody but its owner can enter."""
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    made = Checkout(closed / "omni")
    made.root.mkdir()
    made.prepare()
    yield made
    if home := place.existing(made):
        shutil.rmtree(home)


def _modes(path: Path) -> list[int]:
    return [stat.S_IMODE(each.stat().st_mode) for each in (path, *path.parents)]


def test_the_programs_run_where_others_cannot_enter(checkout: Checkout) -> None:
    before = _modes(checkout.root)

    made = place.of(checkout)

    shown = subprocess.run(
        [made.binaries.postgres, "--version"], cwd="/", capture_output=True, text=True, **made.identity()
    )
    assert shown.returncode == 0
    assert shown.stdout.startswith("postgres (PostgreSQL) ")
    assert _modes(checkout.root) == before


def test_a_private_directory_is_its_accounts_alone(checkout: Checkout) -> None:
    made = place.of(checkout)

    private = made.make_private("postgres")

    found = private.stat()
    assert stat.S_IMODE(found.st_mode) == 0o700
    assert (found.st_uid, found.st_gid) == (made.owner or (os.geteuid(), os.getegid()))


def test_the_place_is_found_again(checkout: Checkout) -> None:
    first = place.of(checkout)
    (first.make_private("postgres") / "data").write_text("kept")

    again = place.of(checkout)

    assert again.home == first.home == place.existing(checkout)
    assert (again.home / "postgres" / "data").read_text() == "kept"


@as_root
def test_roots_programs_belong_to_root(checkout: Checkout) -> None:
    made = place.of(checkout)

    for path in (made.home, made.binaries.postgres, made.binaries.valkey):
        found = path.stat()
        assert found.st_uid == 0, path
        assert not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH), path


@as_root
def test_the_data_follow_a_moved_checkout(checkout: Checkout) -> None:
    home = place.of(checkout).home
    moved = Checkout(checkout.root.with_name("moved"))

    checkout.root.rename(moved.root)

    assert place.of(moved).home == home
    assert json.loads((moved.var / "place.json").read_text())["checkout"] == str(moved.root)
    shutil.rmtree(home)


@as_root
def test_a_copied_checkout_gets_a_place_of_its_own(checkout: Checkout) -> None:
    first = place.of(checkout)
    (first.make_private("postgres") / "data").write_text("the original's")
    copy = Checkout(checkout.root.with_name("copy"))

    shutil.copytree(checkout.root, copy.root)
    second = place.of(copy)

    assert second.home != first.home
    assert not (second.home / "postgres").exists()
    assert (first.home / "postgres" / "data").read_text() == "the original's"
    second.remove()


@as_root
def test_a_fresh_clone_at_an_old_path_starts_afresh(checkout: Checkout) -> None:
    old = place.of(checkout)
    (old.make_private("postgres") / "data").write_text("an earlier clone's")
    shutil.rmtree(checkout.root)
    checkout.root.mkdir()
    checkout.prepare()

    fresh = place.of(checkout)

    assert fresh.home == old.home
    assert not (fresh.home / "postgres").exists()


@as_root
def test_a_directory_that_is_not_ours_is_left_alone(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a directory that everybody can write to, somebody may have made that name before us."""
    trap, refuge = tmp_path / "trap", Path("/var/tmp")
    trap.mkdir()
    name = place._name(checkout)
    (trap / name).symlink_to(tmp_path)
    monkeypatch.setattr(place, "_parents", lambda: [trap, refuge])

    made = place.of(checkout)

    assert made.home == refuge / name
    assert (trap / name).is_symlink()
    assert tmp_path.is_dir()


@as_root
def test_the_account_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_SERVER_USER", "daemon")

    assert place.account().name == "daemon"


@as_root
def test_root_is_no_account_for_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_SERVER_USER", "root")

    with pytest.raises(place.LaunchError, match="refuses to run as root"):
        place.account()


def test_an_ephemeral_place_leaves_nothing(checkout: Checkout) -> None:
    with place.ephemeral(checkout) as lent:
        home = lent.home
        assert home.is_dir()

    assert not home.exists()


def test_what_a_killed_user_left_is_swept_and_what_is_in_use_is_not(checkout: Checkout) -> None:
    with place.ephemeral(checkout) as used:
        left = used.home.with_name("omni-test-left")
        left.mkdir()
        (left / "in-use").touch()

        with place.ephemeral(checkout):
            assert not left.exists()
            assert used.home.exists()
