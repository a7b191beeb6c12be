import json
from io import StringIO

import pytest
from django.core.management import call_command

from inventory.models import StockDocument, StockEntry, StockLevel
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_ledgers", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def drifted() -> StockLevel:
    level = factories.stock(factories.variant(sku="TEE-M"), factories.location(code="shibuya"), 5)
    StockLevel.objects.filter(pk=level.pk).update(on_hand=7)
    return level


def test_clean_books_exit_with_0() -> None:
    factories.stock(factories.variant(), factories.location(), 5)

    status, text = run()

    assert status == 0
    books = [line.split(":")[0] for line in text.splitlines()[:5]]
    assert books == ["inventory", "customers", "promotions", "loyalty", "orders"]
    assert "clean" in text.splitlines()[-1]


def test_a_drift_is_explained_and_exits_with_1() -> None:
    drifted()

    status, text = run()

    assert status == 1
    explained = next(line for line in text.splitlines() if "TEE-M" in line)
    assert "shibuya" in explained
    assert "is 7, should be 5 (by 2)" in explained


def test_machines_get_json() -> None:
    drifted()

    status, text = run("--json")

    answer = json.loads(text)
    assert (status, answer["clean"]) == (1, False)
    [drift] = answer["drifts"]["inventory"]
    assert (drift["expected"], drift["found"], drift["by"]) == (5, 7, 2)


def test_repair_corrects_the_figure_and_edits_no_ledger_row() -> None:
    level = drifted()
    rows = list(StockEntry.objects.order_by("pk").values())

    status, text = run("--repair")

    assert (status, "repaired" in text) == (0, True)
    level.refresh_from_db()
    assert level.on_hand == 5
    assert list(StockEntry.objects.order_by("pk").values())[: len(rows)] == rows
    assert StockDocument.objects.filter(kind="CORRECTION").exists()
    assert run()[0] == 0


def test_looking_takes_the_same_number_of_statements_whatever_there_is(
    django_assert_max_num_queries: object,
) -> None:
    for _ in range(30):
        factories.stock(factories.variant(), factories.location(), 5)

    with django_assert_max_num_queries(60):  # type: ignore[operator]
        run()
