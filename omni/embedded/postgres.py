"""PostgreSQL from the wheel: made whole or not at all, durable, on loopback, behind a password."""

import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import psycopg

from omni.embedded import credentials, endings, processes
from omni.embedded.errors import LaunchError
from omni.embedded.place import SERVER_ENVIRONMENT, Place
from omni.embedded.ports import HOST
from omni.embedded.readiness import Pause, wait_for_answer

USER = "omni"
# After a crash under load the server replays its log before it answers.
_PATIENCE = 180.0


@dataclass(frozen=True)
class Postgres:
    """
    One cluster in a place of ours.

    `durable=False` is for tests that can lose their data; everything else runs with fsync and
    synchronous commit on.
    """

    name: ClassVar[str] = "postgres"

    place: Place
    port: int
    password: str = field(repr=False)
    log: Path
    durable: bool = True
    max_connections: int = 100

    @property
    def data(self) -> Path:
        return self.place.home / "postgres"

    def url(self, database: str = "omni") -> str:
        return f"postgresql://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    def initialise(self) -> None:
        """
        Make the cluster beside its place and move it there when it is whole.

        Raises:
            LaunchError: initdb failed, or the data are of another major version.
        """
        if self.data.is_dir():
            self._require_version()
            return
        beside = self.data.with_name("postgres.new")
        processes.end(processes.working_in(beside), patience=5)
        shutil.rmtree(beside, ignore_errors=True)
        self.place.make_private(beside.name)
        password = self.place.home / "initial-password"
        credentials.write_private(password, self.password, owner=self.place.owner)
        try:
            self._run_initdb(beside, password)
        finally:
            password.unlink()
        beside.rename(self.data)

    def _require_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        asked = [str(self.place.binaries.postgres), "--version"]
        installed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()[-1]
        if installed.split(".")[0] != made_by:
            raise LaunchError(
                f"The data in {self.data} are of PostgreSQL {made_by}, and {installed} is installed.",
                advice="`make reset` throws the data away; the version that made them can dump them.",
            )

    def _run_initdb(self, directory: Path, password: Path) -> None:
        made = subprocess.run(
            [
                *(str(self.place.binaries.initdb), "-D", str(directory), "-U", USER),
                f"--pwfile={password}",
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
            ],
            cwd=directory,
            env=SERVER_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **self.place.identity(),
        )
        if made.returncode:
            self.log.write_text(made.stdout + made.stderr)
            raise LaunchError("initdb could not make the database cluster.", log=self.log)

    def start(self, *, tied: bool) -> subprocess.Popen[bytes]:
        """
        Start the server and return it; `wait_ready` says when it answers.

        Tied, it shuts down when its launcher dies.
        """
        endings.clear_postgres(self.data)
        options = [
            f"listen_addresses={HOST}",
            "unix_socket_directories=",
            f"max_connections={self.max_connections}",
        ]
        if not self.durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [
                    *(str(self.place.binaries.postgres), "-D", str(self.data), "-p", str(self.port)),
                    *(part for option in options for part in ("-c", option)),
                ],
                cwd=self.data,
                env=SERVER_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGINT) if tied else None,
                **self.place.identity(),
            )

    def wait_ready(self, process: subprocess.Popen[bytes], pause: Pause = time.sleep) -> None:
        """
        Wait until the server answers, then make the database if need be.

        Raises:
            LaunchError: the server ended, refuses the password, or takes too long.
        """
        wait_for_answer(
            "PostgreSQL", self._answers, process=process, log=self.log, patience=_PATIENCE, pause=pause
        )
        self._make_database()

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise LaunchError(
                    f"The database in {self.data} has another password than var/credentials.json.",
                    advice="put the old var/credentials.json back, or `make reset` to start afresh.",
                ) from error
            return False

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'omni'").fetchone():
                connection.execute("CREATE DATABASE omni")

    def stop(self) -> None:
        """Shut down: at once for its clients, cleanly for its data; by force after 30 s."""
        endings.end_postgres(self.data)
