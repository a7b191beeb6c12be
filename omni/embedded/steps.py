"""Steps that end by themselves: run with their progress shown, their output kept, their failure told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from omni.embedded import plan
from omni.embedded.checkout import Checkout
from omni.embedded.console import Console
from omni.embedded.errors import LaunchError, last_lines
from omni.embedded.supervisor import Supervisor


@dataclass(frozen=True)
class Steps:
    """Runs one step after the other in a checkout, while its supervisor looks after the rest."""

    checkout: Checkout
    console: Console
    supervisor: Supervisor

    def run(
        self,
        label: str,
        arguments: list[str],
        variables: Mapping[str, str],
        *,
        directory: Path | None = None,
        advice: str = "",
    ) -> None:
        """
        Run a command to its end.

        Raises:
            LaunchError: it ended with another status than 0.
        """
        log = self.checkout.log / f"{label.replace(' ', '-')}.log"
        log.unlink(missing_ok=True)
        with self.console.step(label) as progress:
            process = plan.spawn(directory or self.checkout.root, arguments, variables, log)
            status = self.supervisor.run(process, lambda: progress(" ".join(last_lines(log, 1))))
            if status:
                raise LaunchError(f"Failed to {label} (exit {status}).", advice=advice, log=log)
