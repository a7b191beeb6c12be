"""
Install Medusa and Vendure from their lock files into var/peers: `python -m tests.peers.install`.

No script of a package runs: the one native module that is needed is built here, with the headers
that come with Node.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from omni.embedded.checkout import Checkout
from omni.embedded.console import Console
from omni.embedded.errors import LaunchError
from omni.embedded.frontend import prepare_node
from omni.embedded.steps import Steps
from omni.embedded.supervisor import Supervisor
from tests.peers.places import PEERS, QUIET, ROOT, Peer

ADVICE = "it comes from a package registry: check the network, then run the command again."
COMPILER = "it compiles SQLite for Node: install make and g++, then run the command again."


def install(steps: Steps, peer: Peer, variables: Mapping[str, str]) -> None:
    peer.home.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(peer.sources / name, peer.home / name)
    arguments = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    steps.run(f"install {peer.name}", arguments, variables, directory=peer.home, advice=ADVICE)
    native = peer.home / "node_modules" / "better-sqlite3"
    if native.is_dir():
        steps.run("build better-sqlite3", gyp(native, variables), variables, advice=COMPILER)
    peer.stamp.write_text(peer.digest())


def gyp(native: Path, variables: Mapping[str, str]) -> list[str]:
    """The command that compiles a module against this Node, and asks nobody for its headers."""
    node = shutil.which("node", path=variables["PATH"]) or "node"
    prefix = Path(said([node, "-p", "process.execPath"], variables)).parents[1]
    script = Path(said(["npm", "root", "--global"], variables), "npm/node_modules/node-gyp/bin/node-gyp.js")
    return [node, str(script), "rebuild", "--release", f"--nodedir={prefix}", "-C", str(native)]


def said(arguments: list[str], variables: Mapping[str, str]) -> str:
    return subprocess.run(
        arguments, env=dict(variables), capture_output=True, text=True, check=True
    ).stdout.strip()


def main() -> int:
    checkout = Checkout(ROOT)
    checkout.prepare()
    console = Console()
    supervisor = Supervisor(checkout, console)
    supervisor.listen()
    steps = Steps(checkout, console, supervisor)
    try:
        variables: Mapping[str, str] | None = None
        for peer in PEERS:
            if not peer.is_installed():
                variables = variables or prepare_node(steps, {**os.environ, **QUIET})
                install(steps, peer, variables)
    except LaunchError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
