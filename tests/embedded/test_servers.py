"""The two servers: what they are set to, who reaches them, and what a bad start leaves behind."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from omni.embedded import place, processes, servers
from omni.embedded.checkout import Checkout
from omni.embedded.errors import LaunchError
from omni.embedded.ports import Ports
from omni.embedded.postgres import Postgres


def _clone(root: Path) -> Checkout:
    root.mkdir()
    made = Checkout(root)
    made.prepare()
    return made


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = _clone(tmp_path_factory.mktemp("servers") / "clone")
    yield made
    servers.reset(made)


@pytest.fixture
def checkout(clone: Checkout) -> Iterator[Checkout]:
    """A clone with nothing running; its cluster is made once, which takes the longest."""
    yield clone
    servers.stop(clone)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Checkout]:
    made = _clone(tmp_path / "fresh")
    yield made
    servers.reset(made)


def _up(checkout: Checkout, name: str) -> servers.Running:
    return servers.start(name, checkout, keeper="up", tied=True)


def _ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row and len(row) == 1 else row


def test_postgres_is_durable_private_and_speaks_utf8(checkout: Checkout) -> None:
    running = _up(checkout, "postgres")
    url = running.server.url()

    assert _ask(url, "SHOW fsync") == "on"
    assert _ask(url, "SHOW synchronous_commit") == "on"
    assert _ask(url, "SHOW full_page_writes") == "on"
    assert _ask(url, "SHOW listen_addresses") == "127.0.0.1"
    assert _ask(url, "SHOW unix_socket_directories") == ""
    assert _ask(url, "SHOW server_encoding") == "UTF8"
    assert _ask(url, "SELECT datctype FROM pg_database WHERE datname = 'omni'") == "C.UTF-8"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(running.server.password, "guessed"))


def test_valkey_is_private_and_never_evicts(checkout: Checkout) -> None:
    running = _up(checkout, "valkey")
    client = redis.Redis.from_url(running.server.url())

    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert client.config_get("bind")["bind"] == "127.0.0.1"
    client.close()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=running.server.port).ping()


def test_no_password_is_on_a_command_line_or_readable_to_others(checkout: Checkout) -> None:
    running = [_up(checkout, name) for name in servers.NAMES]

    for each in running:
        assert each.process
        assert each.server.password not in " ".join(processes.psutil.Process(each.process.pid).cmdline())
    home = place.of(checkout).home
    readable = [p for p in home.iterdir() if p.is_file() and p.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)]
    assert not [path for path in readable if running[1].server.password in path.read_text()]
    assert not (home / "initial-password").exists()


def test_a_running_server_is_found_again(checkout: Checkout) -> None:
    first = _up(checkout, "valkey")

    again = _up(checkout, "valkey")

    assert again.process is None
    assert again.server.url() == first.server.url()


def test_what_was_written_is_there_after_a_kill(checkout: Checkout) -> None:
    first = _up(checkout, "postgres")
    with psycopg.connect(first.server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert first.process
    first.process.kill()
    first.process.wait()

    second = _up(checkout, "postgres")

    assert second.process
    assert _ask(second.server.url(), "SELECT answer FROM kept") == 42


def test_a_half_made_cluster_is_made_anew(fresh: Checkout) -> None:
    half = place.of(fresh).make_private("postgres.new")
    (half / "PG_VERSION").write_text("18\n")

    running = _up(fresh, "postgres")

    assert _ask(running.server.url(), "SELECT 1") == 1
    assert not half.exists()


def test_a_pid_file_whose_number_went_to_another_process(checkout: Checkout) -> None:
    """PostgreSQL alone would refuse: the pid is alive, and it cannot tell whose it is."""
    running = _up(checkout, "postgres")
    assert running.process
    assert isinstance(running.server, Postgres)
    pid_file = running.server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    running.process.kill()
    running.process.wait()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")

    again = _up(checkout, "postgres")

    assert _ask(again.server.url(), "SELECT 1") == 1
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_backend_that_outlived_its_postmaster_is_ended_first(checkout: Checkout) -> None:
    running = _up(checkout, "postgres")
    assert running.process
    assert isinstance(running.server, Postgres)
    with psycopg.connect(running.server.url()) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, 19)  # SIGSTOP: it cannot notice that its postmaster dies.
        running.process.kill()
        running.process.wait()

        again = _up(checkout, "postgres")

    assert processes.identity(backend) is None
    assert _ask(again.server.url(), "SELECT 1") == 1


def test_a_taken_port_is_chosen_anew(checkout: Checkout) -> None:
    first = _up(checkout, "valkey")
    servers.stop(checkout)
    squatter = Ports(checkout.var / "squatter.json")
    squatter._write({"valkey": first.server.port})
    assert squatter.choose("valkey") == first.server.port

    second = _up(checkout, "valkey")

    assert second.server.port != first.server.port
    assert redis.Redis.from_url(second.server.url()).ping()
    squatter.release_all()


def test_data_of_another_version_are_refused_and_left_alone(checkout: Checkout) -> None:
    _up(checkout, "postgres")
    servers.stop(checkout)
    data = place.of(checkout).home / "postgres"
    (data / "PG_VERSION").write_text("14\n")

    with pytest.raises(LaunchError, match="are of PostgreSQL 14"):
        _up(checkout, "postgres")
    assert (data / "global").is_dir()
    (data / "PG_VERSION").write_text("18\n")


def test_a_lost_password_is_told_plainly(checkout: Checkout) -> None:
    _up(checkout, "postgres")
    servers.stop(checkout)
    keys = checkout.var / "credentials.json"
    kept = keys.rename(keys.with_name("kept"))

    with pytest.raises(LaunchError, match="another password"):
        _up(checkout, "postgres")
    kept.replace(keys)
    assert _ask(_up(checkout, "postgres").server.url(), "SELECT 1") == 1


def test_two_clones_run_side_by_side(checkout: Checkout, fresh: Checkout) -> None:
    here, there = _up(checkout, "valkey"), _up(fresh, "valkey")

    assert here.server.port != there.server.port
    servers.reset(fresh)
    assert redis.Redis.from_url(here.server.url()).ping(), "the other's reset stopped this one"


def test_reset_leaves_measurements_alone(fresh: Checkout) -> None:
    _up(fresh, "valkey")
    home = place.of(fresh).home
    (fresh.var / "bench").mkdir()
    (fresh.var / "bench" / "latest.json").write_text("{}")

    servers.reset(fresh)

    assert not home.exists()
    assert sorted(path.name for path in fresh.var.iterdir()) == ["bench"]
    fresh.prepare()


def test_servers_of_the_users_own_are_not_started() -> None:
    assert servers.wanted({}) == ["postgres", "valkey"]
    assert servers.wanted({"DATABASE_URL": "postgresql://mine"}) == ["valkey"]
    assert servers.wanted({"REDIS_URL": "redis://mine", "DATABASE_URL": ""}) == ["postgres"]


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")])
def test_ephemeral_servers_give_durability_up_only_when_asked(
    checkout: Checkout, durable: bool, fsync: str
) -> None:
    with servers.ephemeral(checkout, {"REDIS_URL": "redis://mine"}, durable=durable) as found:
        assert list(found) == ["DATABASE_URL"]
        assert _ask(found["DATABASE_URL"], "SHOW fsync") == fsync

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(found["DATABASE_URL"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_checkout_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(LaunchError, match="can't be written"):
        Checkout(tmp_path).prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's directory")
def test_a_checkout_of_another_user_says_so(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    shutil.chown(tmp_path / "var", place.account().uid)

    with pytest.raises(LaunchError, match="belongs to user"):
        Checkout(tmp_path).prepare()
