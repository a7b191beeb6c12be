"""History under other weights: the same questions answered again, and what differs. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from orders.errors import RulesUnfit
from orders.routing.problem import Problem, Weights, cost_of
from orders.routing.solving import solve
from orders.routing.tracing import Trace, metres_of

# Stands in a file of rules for every channel that it does not name.
OTHERS = "*"
MOST_POINTS = 1_000_000
MOST_PARCELS = 100
NAMES = tuple(field.name for field in fields(Weights))

Rules = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Compared:
    """
    Sums over a channel's decisions, as they were made (`before`) and as the other rules would have made them
    (`after`). Costs are in thousandths of a point: by the rules of the time, and by the others.

    `changed` would have gone from elsewhere; of `cut` the candidates that were furthest off are not known any more,
    and `inexact` is what either search did not prove.
    """

    channel: str
    decisions: int = 0
    changed: int = 0
    parcels_before: int = 0
    parcels_after: int = 0
    metres_before: int = 0
    metres_after: int = 0
    cost_before: int = 0
    cost_after: int = 0
    other_cost_before: int = 0
    other_cost_after: int = 0
    cut: int = 0
    inexact: int = 0


def read_rules(told: object, *, channels: Iterable[str]) -> dict[str, dict[str, int | None]]:
    """
    Weights by channel (or `*`), as a file of rules has them; what is not named stays as it was decided by.

    Raises:
        RulesUnfit: `field` says where (`ec-main.split`), `rule` what should stand there.
    """
    if not isinstance(told, Mapping) or not told:
        raise RulesUnfit(field="", rule="channels-with-weights", value=str(told)[:50])
    known = {OTHERS, *channels}
    rules: dict[str, dict[str, int | None]] = {}
    for channel, weights in told.items():
        if channel not in known:
            raise RulesUnfit(field=str(channel), rule="known-channel-or-*", value=str(channel)[:50])
        if not isinstance(weights, Mapping) or not weights:
            raise RulesUnfit(field=str(channel), rule="weights", value=str(weights)[:50])
        rules[channel] = {str(name): _weight(channel, str(name), value) for name, value in weights.items()}
    return rules


def _weight(channel: str, name: str, value: object) -> int | None:
    field = f"{channel}.{name}"
    if name not in NAMES:
        raise RulesUnfit(field=field, rule="one-of: " + ", ".join(NAMES), value=str(value)[:50])
    if name == "max_parcels":
        if value is None or (type(value) is int and 1 <= value <= MOST_PARCELS):
            return value
        raise RulesUnfit(
            field=field, rule=f"whole-number-from-1-to-{MOST_PARCELS}-or-null", value=str(value)[:50]
        )
    if type(value) is int and 0 <= value <= MOST_POINTS:
        return value
    raise RulesUnfit(field=field, rule=f"whole-number-from-0-to-{MOST_POINTS}", value=str(value)[:50])


def rules_for(rules: Rules, channel: str, weights: Weights) -> Weights | None:
    """The weights of the time with those of the file in their place; None where it says nothing of the channel."""
    other = rules.get(channel, rules.get(OTHERS))
    return None if other is None else replace(weights, **other)


def replay(history: Iterable[tuple[str, Trace]], rules: Rules) -> list[Compared]:
    """Answer each question again by other rules; a channel that these don't name is left out."""
    compared: dict[str, Compared] = {}
    for channel, trace in history:
        weights = rules_for(rules, channel, trace.problem.weights)
        if weights is not None:
            _add(compared.setdefault(channel, Compared(channel)), trace, weights)
    return [compared[channel] for channel in sorted(compared)]


def _add(sums: Compared, trace: Trace, weights: Weights) -> None:
    before, was = trace.solution, trace.problem
    now = Problem(was.needs, was.candidates, weights)
    after = solve(now)
    # It was solved once, of the same shelves: so it can be again.
    assert after is not None
    sums.decisions += 1
    sums.changed += dict(before.split) != dict(after.split)
    sums.parcels_before += len(before.split)
    sums.parcels_after += len(after.split)
    sums.metres_before += metres_of(was, before)
    sums.metres_after += metres_of(was, after)
    sums.cost_before += before.cost.total
    sums.cost_after += cost_of(was, dict(after.split)).total
    sums.other_cost_before += cost_of(now, dict(before.split)).total
    sums.other_cost_after += after.cost.total
    sums.cut += trace.left_out > 0
    sums.inexact += not (before.exact and after.exact)
