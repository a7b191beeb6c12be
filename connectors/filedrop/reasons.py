"""Why a line of a file can't be taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """`line` counts the file's lines from 1, its header among them; `column` is the file's own name."""

    line: int
    column: str
    value: str
    rule: str


class ValueRefused(ValueError):
    """A cell breaks a rule, which the message says."""
