"""What the launcher tells the person at the terminal when it cannot go on."""

from pathlib import Path


class LaunchError(Exception):
    """A start failed: what failed, what to do about it, and the log that says why."""

    def __init__(self, what: str, *, advice: str = "", log: Path | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.log = log

    def __str__(self) -> str:
        parts = [self.what]
        if self.log and (lines := last_lines(self.log)):
            parts += ["", f"The last lines of {self.log}:", *(f"  {line}" for line in lines)]
        if self.advice:
            parts += ["", f"What to do: {self.advice}"]
        return "\n".join(parts)


class Interrupted(Exception):
    """Somebody asked the launcher to stop (Ctrl-C, SIGTERM, a closed terminal)."""


def last_lines(log: Path, count: int = 15) -> list[str]:
    """Return the last non-empty lines of a log; none when it can't be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]
