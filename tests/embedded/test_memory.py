"""A step is skipped only when nothing that it was made from has changed."""

import os
from pathlib import Path

import psycopg
import pytest

from omni.embedded import memory
from omni.embedded.memory import Memory


def test_what_was_kept_is_held_also_by_the_next_launcher(tmp_path: Path) -> None:
    Memory(tmp_path / "done.json").keep("migrate", "a")
    Memory(tmp_path / "done.json").keep("load", "b")

    later = Memory(tmp_path / "done.json")

    assert later.holds("migrate", "a")
    assert later.holds("load", "b")
    assert not later.holds("migrate", "b")
    assert not later.holds("collect", "a")


@pytest.mark.parametrize("text", ["", '{"migrate": "a"', "[]"])
def test_half_a_memory_holds_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "done.json").write_text(text)

    assert not Memory(tmp_path / "done.json").holds("migrate", "a")


def test_a_fingerprint_is_of_names_and_contents(tmp_path: Path) -> None:
    one = tmp_path / "one"
    one.write_text("x")
    before = memory.fingerprint([one], tmp_path)

    one.write_text("y")
    changed = memory.fingerprint([one], tmp_path)
    one.write_text("x")
    renamed = memory.fingerprint([one.rename(tmp_path / "two")], tmp_path)

    assert len({before, changed, renamed}) == 3


def test_parts_do_not_run_into_each_other() -> None:
    assert memory.combined("ab", "c") != memory.combined("a", "bc")


def test_a_database_is_itself_and_no_other() -> None:
    url = os.environ["DATABASE_URL"]
    other = url.rpartition("/")[0] + "/postgres"

    assert memory.database_identity(url) == memory.database_identity(url)
    assert memory.database_identity(url) != memory.database_identity(other)


def test_what_cannot_be_asked_is_never_the_same() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"

    assert memory.database_identity(nowhere) != memory.database_identity(nowhere)
    assert memory.schema_identity(nowhere) != memory.schema_identity(nowhere)


def test_a_schema_changes_with_its_migrations() -> None:
    url = os.environ["DATABASE_URL"]
    name = "omni_memory_test"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            fresh = url.rpartition("/")[0] + f"/{name}"
            with psycopg.connect(fresh, autocommit=True) as inside:
                inside.execute("CREATE TABLE django_migrations (id int)")
                before = memory.schema_identity(fresh)
                again = memory.schema_identity(fresh)
                inside.execute("INSERT INTO django_migrations VALUES (1)")
                after = memory.schema_identity(fresh)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    assert before == again != after
