"""
The launcher's commands.

demo    start everything, act out one day, stay up (ONCE=1: stop after it)
stop    stop what runs in this checkout, whoever started it
up      start PostgreSQL and Valkey alone, and leave them running
down    stop them
env     print the export lines by which other commands find them: eval "$(python -m omni.embedded env)"
status  say what runs
reset   stop everything and throw the data away
build   build the web app (check-web: lint, type-check and test it)
"""

import argparse
import os
import shlex
import signal
import sys
from pathlib import Path

import omni
from omni.embedded import demo, frontend, plan, processes, servers
from omni.embedded.checkout import Checkout
from omni.embedded.console import Console
from omni.embedded.errors import Interrupted, LaunchError
from omni.embedded.ports import Ports
from omni.embedded.steps import Steps
from omni.embedded.supervisor import Supervisor


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m omni.embedded",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument(
        "--checkout", type=Path, default=Path(omni.__file__).parents[1], help="default: this one"
    )
    given = parser.parse_args(arguments)
    try:
        return COMMANDS[given.command](Checkout(given.checkout.resolve()))
    except LaunchError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Interrupted):
        return 130


def run_demo(checkout: Checkout) -> int:
    return demo.run(checkout, once=os.environ.get("ONCE", "") not in {"", "0"})


def up(checkout: Checkout) -> int:
    with checkout.lock("up"):
        for name in servers.wanted(os.environ):
            found = servers.start(name, checkout, keeper="up", tied=False)
            print(f"{name} on port {found.server.port}{'' if found.process else ' (already running)'}")
    return 0


def down(checkout: Checkout) -> int:
    with checkout.lock("down"):
        servers.stop(checkout)
    return 0


def print_environment(checkout: Checkout) -> int:
    found = [server for name in servers.NAMES if (server := servers.find(name, checkout))]
    missing = set(servers.wanted(os.environ)) - {server.name for server in found}
    if missing:
        raise LaunchError(
            f"Not running: {', '.join(sorted(missing))}.", advice="`python -m omni.embedded up` first."
        )
    ports = Ports(checkout.var / "ports.json")
    numbers = {name: ports.remembered(name) or 0 for name in plan.LISTENERS}
    keys = servers.keys_of(checkout)
    variables = plan.environment({}, servers.variables(found), numbers, keys, checkout.root)
    for name in sorted(variables.keys() - {processes.OWNER_TAG, "PYTHONPATH", "PYTHONUNBUFFERED"}):
        print(f"export {name}={shlex.quote(variables[name])}")
    return 0


def status(checkout: Checkout) -> int:
    """Print what runs; the status is 3 when nothing does, as `systemctl status` has it."""
    ports = Ports(checkout.var / "ports.json")
    records = [processes.Record.read(path) for path in sorted(checkout.run.glob("*.pid"))]
    alive = [record for record in records if record and record.is_alive()]
    for record in alive:
        port = ports.remembered(record.name)
        print(f"{record.name:<10} process {record.pid:<8} {f'port {port}' if port else ''}".rstrip())
    if not alive:
        print("Nothing runs in this checkout.")
    return 0 if alive else 3


def stop(checkout: Checkout) -> int:
    """Ask the demo to stop, by force if it doesn't within a minute; then end what is left."""
    holder = checkout.holder()
    if holder and holder.pid != os.getpid():
        os.kill(holder.pid, signal.SIGTERM)
        if not processes.wait_until(lambda: not holder.is_alive(), seconds=60):
            os.kill(holder.pid, signal.SIGKILL)
            processes.wait_until(lambda: not holder.is_alive(), seconds=5)
    with checkout.lock("stop"):
        demo.end_leftovers(checkout)
        servers.stop(checkout)
    return 0


def reset(checkout: Checkout) -> int:
    stop(checkout)
    with checkout.lock("reset"):
        servers.reset(checkout)
    if not servers.wanted(os.environ):
        print("DATABASE_URL and REDIS_URL name servers of your own: their data are as they were.")
    return 0


def _steps(checkout: Checkout) -> Steps:
    checkout.prepare()
    console = Console()
    supervisor = Supervisor(checkout, console)
    supervisor.listen()
    return Steps(checkout, console, supervisor)


def build(checkout: Checkout) -> int:
    frontend.build(_steps(checkout), os.environ)
    return 0


def check_web(checkout: Checkout) -> int:
    frontend.check(_steps(checkout), os.environ)
    return 0


COMMANDS = {
    "demo": run_demo,
    "stop": stop,
    "up": up,
    "down": down,
    "env": print_environment,
    "status": status,
    "reset": reset,
    "build": build,
    "check-web": check_web,
}


if __name__ == "__main__":
    sys.exit(main())
