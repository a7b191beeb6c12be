"""Credentials are made once and are readable to their user alone."""

import stat
from pathlib import Path

from standardwebhooks import Webhook

from omni.embedded import credentials


def test_credentials_are_kept(tmp_path: Path) -> None:
    first = credentials.load_or_make(tmp_path / "credentials.json")

    assert credentials.load_or_make(tmp_path / "credentials.json") == first
    assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600


def test_two_checkouts_share_none(tmp_path: Path) -> None:
    here = credentials.load_or_make(tmp_path / "here.json")
    there = credentials.load_or_make(tmp_path / "there.json")

    assert here.postgres != there.postgres
    assert here.valkey != there.valkey
    assert here.secret_key != there.secret_key


def test_what_an_older_file_lacks_is_added_and_the_rest_kept(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text('{"postgres": "old", "of a past version": "x"}')

    found = credentials.load_or_make(tmp_path / "credentials.json")

    assert found.postgres == "old"
    assert credentials.load_or_make(tmp_path / "credentials.json") == found


def test_the_webhook_secret_is_one() -> None:
    Webhook(credentials.make().sandbox_secret)


def test_a_private_file_is_never_readable_to_others(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("old and open to all")

    credentials.write_private(tmp_path / "secret", "new")

    assert (tmp_path / "secret").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
