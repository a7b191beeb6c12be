"""
The whole platform at work on the test's database: web, stream, worker, relay and push, each a process.

    with stack.run(tmp_path) as running:
        httpx.get(f"{running.web}/api/v1/products/")

Needs committed data, so tests use `transactional_db`; nothing outlives the block.
"""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import processes

HOST = "127.0.0.1"
# Ours are on loopback, whatever proxy the environment names.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the platform listens, and where its processes write."""

    web: str
    stream: str
    logs: Path


@contextmanager
def run(logs: Path, **variables: str) -> Iterator[Stack]:
    """Start the platform and wait until it answers; `variables` are added to its environment."""
    web, stream = free_port(), free_port()
    running = Stack(f"http://{HOST}:{web}", f"http://{HOST}:{stream}", logs)
    variables = {
        "PUBLIC_URL": running.web,
        "STREAM_URL": running.stream,
        "ALLOWED_HOSTS": HOST,
        "RATE_LIMITS_OFF": "1",
        # Static files are served as they were built, without having been collected.
        "DEBUG": "1",
        **variables,
    }
    web_server = processes.start(*_web(web), log=logs / "web.log", **variables)
    stream_server = processes.start(*_stream(stream), log=logs / "stream.log", **variables)
    relay = processes.start_relay(logs / "relay.log", **variables)
    push = processes.start_push(logs / "push.log", **variables)
    worker = processes.start_worker(logs / "worker.log", **variables)
    with ExitStack() as started:
        # Gunicorn ends its own processes, if it is asked.
        started.enter_context(processes.ended(web_server))
        for process in (stream_server, relay, push, worker):
            started.enter_context(processes.killed(process))
        processes.ready(push, logs / "push.log", processes.PUSH_READY)
        processes.ready(worker, logs / "worker.log", processes.WORKER_READY)
        processes.eventually(lambda: answers(f"{running.web}/api/v1/locations/"), within=40)
        processes.eventually(lambda: answers(f"{running.stream}/stream/health"), within=40)
        yield running


def _web(port: int) -> list[str]:
    gunicorn = ["-m", "gunicorn", "omni.wsgi:application", f"--bind={HOST}:{port}"]
    return [
        *(*gunicorn, "--workers=1", "--worker-class=gthread", "--threads=6"),
        *("--no-control-socket", "--graceful-timeout=1"),
    ]


def _stream(port: int) -> list[str]:
    uvicorn = ["-m", "uvicorn", "omni.asgi:application", f"--host={HOST}", f"--port={port}"]
    return [*uvicorn, "--no-access-log", "--timeout-graceful-shutdown=1"]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        with _DIRECT.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
