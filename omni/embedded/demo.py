"""`make demo`: from a checkout with its dependencies to a platform at work, shown by its walkthrough."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from omni.embedded import frontend, plan, processes, servers
from omni.embedded.checkout import Checkout
from omni.embedded.console import Console
from omni.embedded.errors import Interrupted
from omni.embedded.memory import Memory, combined, database_identity, fingerprint, schema_identity
from omni.embedded.ports import Ports
from omni.embedded.servers import Server
from omni.embedded.steps import Steps
from omni.embedded.supervisor import Program, Supervisor

_START_PATIENCE = 120.0


@dataclass
class Demo:
    """One run of the demo in one checkout."""

    checkout: Checkout
    console: Console
    supervisor: Supervisor
    once: bool = False

    def run(self) -> int:
        """Run until somebody asks to stop; return the status, the walkthrough's with `once`."""
        with self.checkout.lock("make demo"):
            try:
                return self._run()
            except Interrupted:
                return 130 if self.once else 0
            finally:
                self.console.say("Stopping.")
                self.supervisor.stop()

    def _run(self) -> int:
        end_leftovers(self.checkout)
        ports = Ports(self.checkout.var / "ports.json")
        try:
            chosen = {name: ports.choose(name) for name in plan.LISTENERS}
            variables = self._variables(self._start_servers(), chosen)
            self._prepare(variables)
        finally:
            ports.release_all()
        self._start_platform(chosen, variables)
        self.console.say(f"Up after {self.console.seconds():.1f} s.")
        status = self._walk(variables)
        self._greet(chosen, failed=bool(status))
        while not self.once:
            self.supervisor.pause(0.2)
        return status

    def _variables(self, running: list[Server], ports: Mapping[str, int]) -> dict[str, str]:
        found = servers.variables(running)
        return plan.environment(os.environ, found, ports, servers.keys_of(self.checkout), self.checkout.root)

    @property
    def memory(self) -> Memory:
        return Memory(self.checkout.var / "done.json")

    @property
    def steps(self) -> Steps:
        return Steps(self.checkout, self.console, self.supervisor)

    # --- Servers ------------------------------------------------------------------------

    def _start_servers(self) -> list[Server]:
        running = []
        for name in servers.wanted(os.environ):
            with self.console.step(f"start {name}"):
                started = servers.start(
                    name, self.checkout, keeper="demo", tied=True, pause=self.supervisor.pause
                )
            running.append(started.server)
            if started.process:
                self.supervisor.watch(_program(started.server), started.process)
        return running

    # --- Steps --------------------------------------------------------------------------

    def _prepare(self, variables: Mapping[str, str]) -> None:
        self._migrate(variables)
        frontend.build(self.steps, variables)
        self._collect(variables)
        self._load(variables)
        self._import_history(variables)

    def _migrate(self, variables: Mapping[str, str]) -> None:
        root, url = self.checkout.root, variables["DATABASE_URL"]
        files = fingerprint([*_migrations(root), _lock_file(root)], root)
        if self.memory.holds("migrate", combined(files, schema_identity(url))):
            return
        self._manage("migrate the database", ["migrate", "--no-input"], variables, _ADVICE_DATABASE)
        self.memory.keep("migrate", combined(files, schema_identity(url)))

    def _collect(self, variables: Mapping[str, str]) -> None:
        files = _static_sources(self.checkout.root)
        if self.memory.holds("collect", files) and (self.checkout.var / "static").is_dir():
            return
        self._manage("collect static files", ["collectstatic", "--no-input", "--clear"], variables, "")
        self.memory.keep("collect", files)

    def _load(self, variables: Mapping[str, str]) -> None:
        root = self.checkout.root
        inputs = combined(
            fingerprint(root.glob("backoffice/demo/**/*.py"), root),
            schema_identity(variables["DATABASE_URL"]),
            *(variables[name] for name in _LOADED_SETTINGS),
        )
        if self.memory.holds("load", inputs) and (self.checkout.var / "demo.json").is_file():
            return
        self._manage("load the demo group", ["load_demo"], variables, _ADVICE_DATABASE)
        self.memory.keep("load", inputs)

    def _import_history(self, variables: Mapping[str, str]) -> None:
        """Load a week of a real group's tills, once a database."""
        database = database_identity(variables["DATABASE_URL"])
        if self.memory.holds("history", database):
            return
        command = ["import_complete_journey", "--from", "2017-01-01", "--until", "2017-01-07"]
        self._manage("import a week of real till history", command, variables, _ADVICE_DATABASE)
        self.memory.keep("history", database)

    def _manage(self, label: str, command: list[str], variables: Mapping[str, str], advice: str) -> None:
        self.steps.run(label, [sys.executable, "manage.py", *command], variables, advice=advice)

    # --- The platform -------------------------------------------------------------------

    def _start_platform(self, ports: Mapping[str, int], variables: Mapping[str, str]) -> None:
        with self.console.step("start the platform") as progress:
            for program in plan.programs(self.checkout, ports, variables):
                self.supervisor.watch(program)
            self.supervisor.wait_ready(seconds=_START_PATIENCE, progress=progress)

    def _walk(self, variables: Mapping[str, str]) -> int:
        self.console.say("\nThe walkthrough:\n")
        arguments = [sys.executable, "manage.py", "walkthrough"]
        status = self.supervisor.run(plan.spawn(self.checkout.root, arguments, variables, None))
        # As shells have it: what a signal ended is told by 128 and its number.
        return status if status >= 0 else 128 - status

    def _greet(self, ports: Mapping[str, int], *, failed: bool) -> None:
        say = self.console.say
        if failed:
            say(f"\nThe walkthrough failed: its last step above says where. Logs are in {self.checkout.log}.")
        say()
        for line in addresses(ports, self.checkout):
            say(line)
        if not self.once:
            say("\nCtrl-C stops all of it; `make reset` throws its data away.")


def addresses(ports: Mapping[str, int], checkout: Checkout) -> list[str]:
    """Return what to open and as whom, as lines."""
    web = f"http://127.0.0.1:{ports['web']}"
    lines = [
        f"  Shop        {web}/",
        f"  Admin       {web}/admin/",
        f"  API         {web}/api/docs/",
        f"  Sandbox     http://127.0.0.1:{ports['sandbox']}/",
    ]
    try:
        logins = json.loads((checkout.var / "demo.json").read_text())["logins"]
    except (OSError, ValueError, KeyError):
        return lines
    return [*lines, "", *(f"  {each['role']:<24} {each['login']:<32} {each['password']}" for each in logins)]


def _program(server: Server) -> Program:
    """Return how to keep a server running, on the port that it has."""
    return Program(
        name=server.name,
        start=partial(server.start, tied=True),
        log=server.log,
        is_ready=lambda: True,
        goodbye=signal.SIGINT if server.name == "postgres" else signal.SIGTERM,
        patience=30.0,
        stops_last=True,
    )


def end_leftovers(checkout: Checkout) -> None:
    """End what an earlier, killed launcher of this checkout left running; spare what `up` started."""
    for path in checkout.run.glob("*.pid"):
        record = processes.Record.read(path)
        if record and record.is_alive() and record.keeper == "up":
            continue
        if record and record.is_alive() and record.name not in servers.NAMES:
            processes.end(processes.members(record.pid), patience=5)
        path.unlink(missing_ok=True)
    processes.end(processes.launched_from(checkout.root), patience=5)


def _static_sources(root: Path) -> str:
    """Return a digest of what `collectstatic` collects: our files, the build, and the packages' versions."""
    # What is collected into var/ is the outcome.
    folders = [folder for folder in root.glob("*/static") if folder.parent != root / "var"]
    ours = [path for folder in folders for path in folder.glob("**/*") if path.is_file()]
    built = [path for path in (root / "storefront/web/dist").glob("**/*") if path.is_file()]
    return fingerprint([*ours, *built, _lock_file(root)], root)


def _migrations(root: Path) -> list[Path]:
    # Not `**`: that would search .venv and node_modules too.
    return [*root.glob("*/migrations/*.py"), *root.glob("omni/*/migrations/*.py")]


def _lock_file(root: Path) -> Path:
    return root / "requirements" / "base.txt"


# What `load_demo` writes into the database of the settings: where the sandbox is, and its secret.
_LOADED_SETTINGS = ("PUBLIC_URL", "SANDBOX_URL", "SANDBOX_SECRET", "SANDBOX_CARD_KEY")
_ADVICE_DATABASE = "`make reset` starts from an empty database; with DATABASE_URL set, look at that server."


def run(checkout: Checkout, *, once: bool) -> int:
    """Run the demo in a checkout; return the exit status."""
    console = Console()
    supervisor = Supervisor(checkout, console)
    supervisor.listen()
    processes.end_with_make()
    return Demo(checkout, console, supervisor, once).run()
