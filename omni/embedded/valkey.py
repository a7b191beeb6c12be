"""
Valkey from the wheel: on loopback, behind a password, refusing writes rather than evicting.

It keeps nothing on disk. The outbox in the database is what survives; the queue is refilled from
it.
"""

import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import redis

from omni.embedded import credentials, processes
from omni.embedded.place import SERVER_ENVIRONMENT, Place
from omni.embedded.ports import HOST
from omni.embedded.readiness import Pause, wait_for_answer

_PATIENCE = 30.0


@dataclass(frozen=True)
class Valkey:
    """One server in a place of ours."""

    name: ClassVar[str] = "valkey"

    place: Place
    port: int
    password: str = field(repr=False)
    log: Path

    @property
    def data(self) -> Path:
        return self.place.home / "valkey"

    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def initialise(self) -> None:
        """Make the directory that the server works in."""
        self.place.make_private(self.data.name)

    def start(self, *, tied: bool) -> subprocess.Popen[bytes]:
        """Start the server and return it. Tied, it shuts down when its launcher dies."""
        self.stop()  # What an earlier launcher left behind.
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.place.binaries.valkey, self._configure()],
                cwd=self.data,
                env=SERVER_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM) if tied else None,
                **self.place.identity(),
            )

    def _configure(self) -> Path:
        """Write the settings to a private file: on the command line everybody could read them."""
        settings = {
            "bind": HOST,
            "port": self.port,
            "requirepass": self.password,
            "maxmemory-policy": "noeviction",
            "appendonly": "no",
            "save": '""',
            "databases": 16,
            "daemonize": "no",
            "dir": f'"{self.data}"',
        }
        path = self.place.home / "valkey.conf"
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        credentials.write_private(path, text, owner=self.place.owner)
        return path

    def wait_ready(self, process: subprocess.Popen[bytes], pause: Pause = time.sleep) -> None:
        """
        Wait until the server answers.

        Raises:
            LaunchError: it ended, or takes too long.
        """
        wait_for_answer(
            "Valkey", self._answers, process=process, log=self.log, patience=_PATIENCE, pause=pause
        )

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url(), socket_connect_timeout=2, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def stop(self) -> None:
        """Shut down; by force after 10 s."""
        processes.end(processes.working_in(self.data), patience=10)
