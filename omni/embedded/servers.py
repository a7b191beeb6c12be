"""The two servers of a checkout: started, found again, stopped; only those that the user lacks."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from omni.embedded import credentials, endings, place, processes
from omni.embedded.checkout import KEPT_BY_RESET, Checkout
from omni.embedded.credentials import Credentials
from omni.embedded.errors import LaunchError
from omni.embedded.place import Place
from omni.embedded.ports import Ports, is_free
from omni.embedded.postgres import Postgres
from omni.embedded.readiness import Pause
from omni.embedded.valkey import Valkey

NAMES = ("postgres", "valkey")
# Two launchers may reach for one port in the same moment; the loser looks for another.
_TRIES = 3

Server = Postgres | Valkey


@dataclass(frozen=True)
class Running:
    """A server that answers, and its process where it is our child."""

    server: Server
    process: subprocess.Popen[bytes] | None


def wanted(environment: Mapping[str, str]) -> list[str]:
    """Return the servers to run: those that the environment names are the user's own."""
    given = {"postgres": environment.get("DATABASE_URL"), "valkey": environment.get("REDIS_URL")}
    return [name for name in NAMES if not given[name]]


def variables(servers: list[Server]) -> dict[str, str]:
    """Return the environment variables by which the platform finds these servers."""
    names = {Postgres: "DATABASE_URL", Valkey: "REDIS_URL"}
    return {names[type(server)]: server.url() for server in servers}


def keys_of(checkout: Checkout) -> Credentials:
    return credentials.load_or_make(checkout.var / "credentials.json")


def _build(name: str, home: Place, port: int, keys: Credentials, log: Path) -> Server:
    if name == "postgres":
        return Postgres(place=home, port=port, password=keys.postgres, log=log)
    return Valkey(place=home, port=port, password=keys.valkey, log=log)


def _of(checkout: Checkout, name: str, port: int) -> Server:
    return _build(name, place.of(checkout), port, keys_of(checkout), checkout.log / f"{name}.log")


def start(name: str, checkout: Checkout, *, keeper: str, tied: bool, pause: Pause = time.sleep) -> Running:
    """
    Start a server of this checkout, or find it running as `up` left it.

    Raises:
        LaunchError: it can't be started.
    """
    if found := find(name, checkout):
        return Running(found, None)
    started = _launch(_of(checkout, name, 0), Ports(checkout.var / "ports.json"), tied=tied, pause=pause)
    if started.process:
        processes.Record.of(name, started.process.pid, keeper).write(checkout.run / f"{name}.pid")
    return started


def find(name: str, checkout: Checkout) -> Server | None:
    """Return the server of this checkout that is running, if it is."""
    record = processes.Record.read(checkout.run / f"{name}.pid")
    port = Ports(checkout.var / "ports.json").remembered(name)
    return _of(checkout, name, port) if record and record.is_alive() and port else None


def _launch(server: Server, ports: Ports, *, tied: bool, pause: Pause) -> Running:
    server.initialise()
    for tries_left in reversed(range(_TRIES)):
        server = replace(server, port=ports.choose(server.name))
        ports.release(server.name)
        process = server.start(tied=tied)
        try:
            server.wait_ready(process, pause)
        except BaseException as error:
            _withdraw(server, process)
            lost_its_port = isinstance(error, LaunchError) and not is_free(server.port)
            if not (lost_its_port and tries_left):
                raise
        else:
            break
    return Running(server, process)


def _withdraw(server: Server, process: subprocess.Popen[bytes]) -> None:
    server.stop()
    if process.poll() is None:
        process.kill()
    process.wait()


def stop(checkout: Checkout) -> None:
    """Stop the servers of this checkout, whoever started them."""
    if home := place.existing(checkout):
        endings.end_servers(home)
    for name in NAMES:
        (checkout.run / f"{name}.pid").unlink(missing_ok=True)


def reset(checkout: Checkout) -> None:
    """Stop the servers and throw away all that the checkout keeps, measurements excepted."""
    stop(checkout)
    if home := place.existing(checkout):
        shutil.rmtree(home)
    for entry in checkout.var.iterdir():
        if entry.name in KEPT_BY_RESET:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextmanager
def ephemeral(
    checkout: Checkout, environment: Mapping[str, str], *, durable: bool = True, max_connections: int = 100
) -> Iterator[dict[str, str]]:
    """
    Lend private servers for a test session, and throw them away after it.

    Yields the environment variables of those that `environment` doesn't name already. They die
    with their user, however it dies. `durable=False` turns fsync off.
    """
    missing = wanted(environment)
    if not missing:
        yield {}
        return
    checkout.prepare()
    with place.ephemeral(checkout) as home:
        ports, keys = Ports(home.home / "ports.json"), credentials.make()
        running: list[Running] = []
        try:
            for name in missing:
                server = _build(name, home, 0, keys, home.home / f"{name}.log")
                if isinstance(server, Postgres):
                    server = replace(server, durable=durable, max_connections=max_connections)
                running.append(_launch(server, ports, tied=True, pause=time.sleep))
            yield variables([each.server for each in running])
        finally:
            for each in running:
                each.server.stop()
