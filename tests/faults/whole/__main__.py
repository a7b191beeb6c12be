"""
`python -m tests.faults.whole DIRECTORY`: start it there, say `standing`, stay up until told to stop.

It is the demo with another group in the database, a second EC site, and no walkthrough.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg

from omni.embedded import plan, servers
from omni.embedded.checkout import Checkout
from omni.embedded.console import Console
from omni.embedded.demo import Demo
from omni.embedded.ports import HOST, is_free
from omni.embedded.servers import Server
from omni.embedded.supervisor import Program, Supervisor
from tests import stack, template

ROOT = Path(__file__).resolve().parents[3]
SECOND_SITE = "sandbox-2"


class Whole(Demo):
    def _variables(self, running: list[Server], ports: Mapping[str, int]) -> dict[str, str]:
        decided = super()._variables(running, ports)
        more = {
            # Ours first: it holds the module that sets a process's clock wrong.
            "PYTHONPATH": f"{self.checkout.root}:{ROOT}",
            "RATE_LIMITS_OFF": "1",
            "SECOND_SITE": f"http://{HOST}:{stack.free_port()}",
        }
        return decided | more

    def _prepare(self, variables: Mapping[str, str]) -> None:
        """A migrated database, copied rather than migrated again, and the group."""
        url = variables["DATABASE_URL"]
        (self.checkout.var / "environment.json").write_text(json.dumps(dict(variables)))
        with self.console.step("copy a migrated database"):
            made = template.prepare(url)
            with psycopg.connect(f"{url.rpartition('/')[0]}/postgres", autocommit=True) as server:
                server.execute("DROP DATABASE omni WITH (FORCE)")
                server.execute(f"CREATE DATABASE omni TEMPLATE {made}")
        filled = [sys.executable, "-m", "tests.faults.whole.group", str(self.checkout.var / "group.json")]
        self.steps.run("fill it", filled, variables)

    def _start_platform(self, ports: Mapping[str, int], variables: Mapping[str, str]) -> None:
        programs = [*plan.programs(self.checkout, ports, variables), self._second_site(variables)]
        for program in programs:
            self.supervisor.watch(program)
        self.supervisor.wait_ready(seconds=240)

    def _second_site(self, variables: Mapping[str, str]) -> Program:
        own = {
            "SANDBOX_CONNECTION": "other-ec",
            "SANDBOX_PORT": variables["SECOND_SITE"].rpartition(":")[2],
            "SANDBOX_HOME": str(self.checkout.var / SECOND_SITE),
        }
        health = f"{variables['SECOND_SITE']}/health"
        return plan.program(self.checkout, SECOND_SITE, ["-m", "sandbox"], {**variables, **own}, health)

    def _walk(self, variables: Mapping[str, str]) -> int:
        return 0

    def _greet(self, ports: Mapping[str, int], *, failed: bool) -> None:
        self.console.say("standing")


def main(directory: Path) -> int:
    checkout = Checkout(directory)
    directory.mkdir(exist_ok=True)
    checkout.prepare()
    # Not those that other demos prefer: one would take the port of a web server that was just killed.
    free = filter(is_free, range(15_000, 20_000))
    (checkout.var / "ports.json").write_text(json.dumps(dict(zip(plan.LISTENERS, free, strict=False))))
    (directory / "manage.py").symlink_to(ROOT / "manage.py")
    shutil.copy(Path(__file__).with_name("wrong_clock.py"), directory / "sitecustomize.py")
    console = Console()
    supervisor = Supervisor(checkout, console)
    supervisor.listen()
    try:
        return Whole(checkout, console, supervisor).run()
    finally:
        servers.reset(checkout)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
