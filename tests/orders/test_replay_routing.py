"""History decided again by other rules, and what a file of rules is refused for."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orders.errors import RulesUnfit
from orders.models import RoutingDecision
from orders.routing.problem import Candidate, Problem, Weights
from orders.routing.replaying import Compared, read_rules, replay
from orders.routing.solving import solve
from orders.routing.tracing import Trace, Wanted, bounded, from_json, to_json
from tests import factories
from tests.backoffice.scene import order_of
from tests.conftest import NOW

NEAR = (Candidate(1, (1, 0), 5_000), Candidate(2, (0, 1), 7_000))
FAR = Candidate(3, (1, 1), 100_000)


def decided(**weights: Any) -> Trace:
    problem = Problem((1, 1), (*NEAR, FAR), Weights(**weights))
    solution = solve(problem)
    assert solution is not None
    return Trace((Wanted(10, 1), Wanted(11, 1, ((5, 2),))), problem, solution)


def test_a_trace_comes_back_from_its_json_as_it_was() -> None:
    trace = decided(distance=1, split=80, max_parcels=4)

    assert from_json(json.loads(json.dumps(to_json(trace)))) == trace


def test_a_trace_is_bounded_and_keeps_who_was_chosen() -> None:
    candidates = tuple(Candidate(pk, (3,) * 30, 1000 * pk, rank=500 - pk) for pk in range(1, 501))
    problem = Problem((1,) * 30, candidates, Weights(distance=1, priority=1))
    solution = solve(problem)
    assert solution is not None

    kept, left_out = bounded(problem, solution)

    assert (len(kept.candidates), left_out) == (50, 450)
    assert set(solution.location_ids) <= {one.id for one in kept.candidates}
    assert len(json.dumps(to_json(Trace((), kept, solution, left_out)))) < 20_000
    assert solve(kept) == solution


def test_other_weights_are_compared_by_both_rules() -> None:
    history = [
        ("ec", decided(distance=1, split=50)),
        ("ec", decided(distance=1, split=300)),
        ("app", decided()),
    ]

    found = replay(history, {"ec": {"split": 300}})

    # Two near parcels (12 km, and 50 for the second) against a far one (100 km).
    assert found == [
        Compared(
            "ec",
            decisions=2,
            changed=1,
            parcels_before=3,
            parcels_after=2,
            metres_before=112_000,
            metres_after=200_000,
            cost_before=62_000 + 100_000,
            cost_after=200_000,
            other_cost_before=312_000 + 100_000,
            other_cost_after=200_000,
        )
    ]


@pytest.mark.parametrize(
    ("told", "field", "rule"),
    [
        (None, "", "channels-with-weights"),
        ([], "", "channels-with-weights"),
        ({"nowhere": {"split": 1}}, "nowhere", "known-channel-or-*"),
        ({"ec": 5}, "ec", "weights"),
        (
            {"ec": {"speed": 5}},
            "ec.speed",
            "one-of: distance, split, workload, health, cutoff, priority, max_parcels",
        ),
        ({"ec": {"split": -1}}, "ec.split", "whole-number-from-0-to-1000000"),
        ({"ec": {"split": True}}, "ec.split", "whole-number-from-0-to-1000000"),
        ({"*": {"distance": 1.5}}, "*.distance", "whole-number-from-0-to-1000000"),
        ({"*": {"max_parcels": 0}}, "*.max_parcels", "whole-number-from-1-to-100-or-null"),
    ],
)
def test_a_file_that_says_something_else_is_refused_where_it_does(
    told: object, field: str, rule: str
) -> None:
    with pytest.raises(RulesUnfit) as refused:
        read_rules(told, channels=["ec"])

    assert (refused.value.field, refused.value.rule) == (field, rule)


@pytest.mark.django_db
def test_the_command_compares_what_is_kept_and_names_what_is_wrong(tmp_path: Path) -> None:
    channel, location = factories.channel(), factories.location()
    order = order_of(factories.variant(), location=location, channel=channel)
    trace = decided(distance=1, split=50)
    RoutingDecision.objects.create(
        order=order,
        cause="PLACED",
        decided_at=NOW,
        parcels=2,
        cost=1,
        metres=1,
        exact=True,
        trace=to_json(trace),
    )
    file = tmp_path / "rules.yaml"

    def run(rules: str, *options: str, until: str = "2027-01-01") -> str:
        file.write_text(rules)
        out = StringIO()
        call_command(
            "replay_routing",
            "--from",
            "2020-01-01",
            "--until",
            until,
            "--rules",
            str(file),
            *options,
            stdout=out,
        )
        return out.getvalue()

    told = json.loads(run(f"{channel.code}:\n  split: 300\n", "--json"))
    assert (
        told["channels"][0] | {"decisions": 1, "changed": 1, "parcels_before": 2, "parcels_after": 1}
        == told["channels"][0]
    )
    assert f"{channel.code}: 1 decisions, 1 would have gone from elsewhere" in run('{"*": {"split": 300}}')
    assert "Nothing was decided" in run('{"*": {"split": 300}}', until="2020-01-02")
    with pytest.raises(
        CommandError, match=r"rules\.yaml: \*\.split: should be whole-number-from-0-to-1000000, is 'x'"
    ):
        run('{"*": {"split": "x"}}')
    with pytest.raises(CommandError, match="neither YAML nor JSON"):
        run("{")
