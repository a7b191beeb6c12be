"""What the report says of a figure."""

import pytest

from bench.harness import report
from bench.harness.figures import paired_ratio, quantile


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (report.at_least("ratio", 10.0, "x", target=10), True),
        (report.at_least("ratio", 9.999, "x", target=10), False),
        (report.at_most("lag", 20.0, "ms", target=20), True),
        (report.at_most("lag", 20.001, "ms", target=20), False),
        (report.exactly("sold", 100, "pieces", target=100), True),
        (report.exactly("sold", 99, "pieces", target=100), False),
        (report.seen("rate", 1, "orders/s"), None),
    ],
)
def test_a_target_is_judged_on_the_unrounded_value(row: report.Row, holds: bool | None) -> None:
    assert row.holds is holds


def test_a_missed_target_stands_out_in_the_table() -> None:
    rows = [report.seen("orders.hot", 1234.5, "orders/s"), report.at_least("ratio", 9.0, "x", target=10)]

    assert report.table(rows).splitlines() == [
        "name        value  unit      target  holds",
        "orders.hot  1,234  orders/s",
        "ratio           9  x         >= 10   MISSED",
    ]


def test_the_document_has_exactly_the_promised_keys() -> None:
    document = report.document([report.seen("rate", 1.23456, "x")], machine={"cores": 2}, commit="abc")

    assert document == {
        "machine": {"cores": 2},
        "commit": "abc",
        "rows": [{"name": "rate", "value": 1.23, "unit": "x", "target": None, "holds": None}],
    }


def test_a_quantile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1, 101)]

    assert [quantile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert quantile([7.0], 0.99) == 7.0


def test_a_ratio_compares_rounds_that_ran_side_by_side() -> None:
    ours, theirs = [100.0, 10.0, 50.0], [10.0, 1.0, 4.0]  # the machine slowed down in the second round

    assert paired_ratio(ours, theirs) == 10.0
