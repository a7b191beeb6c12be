"""The house's rules about structure, held by tests: layers, rooms, sizes, locks, migrations."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "omni",
    "organisation",
    "catalog",
    "inventory",
    "customers",
    "loyalty",
    "promotions",
    "orders",
    "tills",
    "connectors",
    "storefront",
    "backoffice",
    "sandbox",
)
MOST_LINES_A_FUNCTION = 50
MOST_LINES_A_FILE = 400


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and "node_modules" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text())


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_apps_import_downwards_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in functions()
        if (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES_A_FUNCTION
    ]

    assert long == []


def test_every_function_says_what_it_returns() -> None:
    assert [f"{path}:{node.lineno} {node.name}" for path, node in functions() if node.returns is None] == []


def test_no_file_is_longer_than_400_lines() -> None:
    long = [path for path, _ in sources() if len((ROOT / path).read_text().splitlines()) > MOST_LINES_A_FILE]

    assert long == []


def test_row_locks_are_for_no_key_update() -> None:
    """Inserting a child and then locking its parent by the plain form deadlocks."""
    plain = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "select_for_update"
        and not any(
            word.arg == "no_key" and isinstance(word.value, ast.Constant) and word.value.value is True
            for word in node.keywords
        )
    ]

    assert plain == []


def test_sql_of_our_own_locks_by_no_key_update_too() -> None:
    plain = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "FOR UPDATE" in node.value
    ]

    assert plain == []


def test_no_signal_carries_business_logic() -> None:
    """`post_migrate` tells of a deploy, of no row."""
    receivers = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("django.db.models.signals")
        and {alias.name for alias in node.names} != {"post_migrate"}
    ]

    assert receivers == []


def test_the_sandbox_imports_nothing_of_the_platform() -> None:
    ours = set(PACKAGES) - {"sandbox"}
    imported = {
        name.split(".")[0]
        for path, tree in sources()
        if path.parts[0] == "sandbox"
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported & ours == set()


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_migrations_are_linear() -> None:
    for config in apps.get_app_configs():
        folder = Path(config.path) / "migrations"
        if ROOT not in folder.parents or ".venv" in folder.parts:
            continue
        numbers = [path.name[:4] for path in folder.glob("0*.py")]
        assert len(numbers) == len(set(numbers)), config.label
