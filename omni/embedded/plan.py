"""What the demo runs: the platform's processes, their environment, and where they listen."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from omni.embedded import processes
from omni.embedded.checkout import Checkout
from omni.embedded.credentials import Credentials
from omni.embedded.ports import HOST
from omni.embedded.supervisor import Program

LISTENERS = ("web", "stream", "sandbox")
# A log this long is set aside when its process starts.
_LOG_LIMIT = 10_000_000


def environment(
    given: Mapping[str, str],
    servers: Mapping[str, str],
    ports: Mapping[str, int],
    keys: Credentials,
    root: Path,
) -> dict[str, str]:
    """Return the environment of the platform's processes: the caller's, and what the demo decides."""
    urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    defaults = {
        "SECRET_KEY": keys.secret_key,
        "SANDBOX_SECRET": keys.sandbox_secret,
        "SANDBOX_CARD_KEY": keys.sandbox_card_key,
        "DEBUG": "0",
        "ALLOWED_HOSTS": f"{HOST},localhost",
        # Mail goes to files, where the walkthrough reads its codes.
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(root / "var" / "mail"),
    }
    decided = {
        "PUBLIC_URL": urls["web"],
        "SESSION_COOKIE_NAME": f"omni_session_{ports['web']}",
        "STREAM_URL": urls["stream"],
        "SANDBOX_URL": urls["sandbox"],
        "PLATFORM_URL": urls["web"],
        "SANDBOX_PORT": str(ports["sandbox"]),
        "SANDBOX_HOME": str(root / "var" / "sandbox"),
        "DJANGO_SETTINGS_MODULE": "omni.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(root),
        **_without_proxy(given),
        processes.OWNER_TAG: str(root),
    }
    return defaults | {name: value for name, value in given.items() if value} | dict(servers) | decided


def _without_proxy(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings by which loopback is reached directly, beside what the caller excepts."""
    names = ("NO_PROXY", "no_proxy")
    excepted = [given[name] for name in names if given.get(name)]
    return dict.fromkeys(names, ",".join([*excepted, HOST, "localhost"]))


def commands(ports: Mapping[str, int], var: Path) -> dict[str, list[str]]:
    """Return the arguments after `python` of every process, by name."""
    return {
        "sandbox": ["-m", "sandbox"],
        "web": [
            *("-m", "gunicorn", "omni.wsgi:application", f"--bind={HOST}:{ports['web']}"),
            *("--workers=2", "--worker-class=gthread", "--threads=4"),
            # The control socket would be one for all clones, in the user's home directory.
            *("--preload", "--graceful-timeout=5", "--no-control-socket"),
        ],
        "stream": [
            *("-m", "uvicorn", "omni.asgi:application", f"--host={HOST}", f"--port={ports['stream']}"),
            *("--no-access-log", "--timeout-graceful-shutdown=2"),
        ],
        "worker": [
            *("-m", "celery", "-A", "omni", "worker", "--loglevel=INFO", "--concurrency=2"),
            *("--queues=default", "--without-gossip", "--without-mingle"),
        ],
        # It waits for other people's servers: threads are enough for that.
        "outside": [
            *("-m", "celery", "-A", "omni", "worker", "--loglevel=INFO", "--hostname=outside@%h"),
            *(
                "--pool=threads",
                "--concurrency=8",
                "--queues=outside",
                "--without-gossip",
                "--without-mingle",
            ),
        ],
        "beat": [
            *("-m", "celery", "-A", "omni", "beat", "--loglevel=INFO"),
            *("--pidfile=", f"--schedule={var / 'beat-schedule'}"),
        ],
        "relay": ["manage.py", "relay"],
        "push": ["manage.py", "push"],
    }


def programs(checkout: Checkout, ports: Mapping[str, int], variables: Mapping[str, str]) -> list[Program]:
    """Return the platform's processes, each with the test that tells that it is at work."""
    health = {
        "web": f"http://{HOST}:{ports['web']}/health/",
        "stream": f"http://{HOST}:{ports['stream']}/stream/health",
        "sandbox": f"http://{HOST}:{ports['sandbox']}/health",
    }
    return [
        program(checkout, name, arguments, variables, health.get(name))
        for name, arguments in commands(ports, checkout.var).items()
    ]


def program(
    checkout: Checkout,
    name: str,
    arguments: list[str],
    variables: Mapping[str, str],
    health: str | None = None,
) -> Program:
    """Return a program that runs Python in the checkout and writes to a log of its own."""
    log = checkout.log / f"{name}.log"
    begins_at = [0]

    def start() -> subprocess.Popen[bytes]:
        begins_at[0] = set_aside(log)
        return spawn(checkout.root, [sys.executable, *arguments], {**variables, "OMNI_PROCESS": name}, log)

    def is_ready() -> bool:
        return answers(health) if health else _says(log, _READY_WORDS.get(name), begins_at[0])

    return Program(name=name, start=start, log=log, is_ready=is_ready)


# What a process without a port writes when it is at work.
_READY_WORDS = {"worker": b" ready.", "outside": b" ready.", "beat": b"beat: Starting"}


def spawn(
    directory: Path, arguments: list[str], variables: Mapping[str, str], log: Path | None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; without a log it writes to ours."""
    out = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            arguments,
            cwd=directory,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGTERM),
        )
    finally:
        if out:
            out.close()


def set_aside(log: Path) -> int:
    """Keep a log from growing for ever; return where the next process begins to write."""
    size = log.stat().st_size if log.exists() else 0
    if size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
        return 0
    return size


def answers(url: str) -> bool:
    """Say whether a health page answers 200."""
    try:
        with _DIRECT.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


# Loopback is not asked of a proxy, whatever the environment says.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _says(log: Path, words: bytes | None, begins_at: int) -> bool:
    if words is None:
        return True
    try:
        with log.open("rb") as file:
            file.seek(begins_at)
            return words in file.read(1_000_000)
    except OSError:
        return False
