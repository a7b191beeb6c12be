"""What every app's verification answers: the places where the books don't add up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Drift:
    """
    One figure that is not what its rows explain.

    `kind` is the stable name of the check, `what` the figure, `where` says whose (natural keys),
    `by` is found − expected, and `since` names the first row from which it is wrong, if one does.
    """

    kind: str
    what: str
    where: dict[str, Any]
    expected: int | str | None
    found: int | str | None
    by: int | str | None = None
    since: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done about a drift: the row that was posted or the counter that was recomputed."""

    drift: Drift
    action: str
    repaired_at: datetime
