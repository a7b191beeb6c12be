"""The platform's programs as the demo runs them, on a database and a Valkey of the question's own."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from bench.harness.context import Context
from bench.harness.daemons import HOST, daemon, free_port
from bench.harness.workers import ROOT
from omni.embedded import plan

SECRET = "whsec_YmVuY2htYXJrcyBhbmQgbm90aGluZyBlbHNlIGF0IGFsbA=="
PLATFORM_PORTS = ("web", "stream", "sandbox")


@contextmanager
def running(
    context: Context, variables: Mapping[str, str], *, programs: tuple[str, ...]
) -> Iterator[dict[str, str]]:
    """Lend the addresses of running programs; those without a port are ready when they say so."""
    ports = {name: free_port() for name in PLATFORM_PORTS}
    urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    home = context.var / "programs"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    settings = {
        **variables,
        "SANDBOX_SECRET": SECRET,
        "SANDBOX_URL": urls["sandbox"],
        "SANDBOX_PORT": str(ports["sandbox"]),
        "SANDBOX_HOME": str(home),
        "PLATFORM_URL": urls["web"],
        "PYTHONPATH": str(ROOT),
    }
    commands = plan.commands(ports, home)
    with ExitStack() as stack:
        for name in programs:
            command = [sys.executable, *commands[name]]
            log = context.log(name)
            stack.enter_context(daemon(command, environment=settings, log=log, port=ports.get(name)))
        yield urls


def server_options(context: Context) -> list[str]:
    """The server program of the demo's web and its options, but for the application and address."""
    web = plan.commands(dict.fromkeys(PLATFORM_PORTS, 0), context.var)["web"]
    return [part for part in web[1:] if not part.startswith(("--bind", "omni."))]
