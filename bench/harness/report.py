"""The rows of a report, printed as a table and written as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure. `target` and `holds` are None where the figure only stands beside a ratio."""

    name: str
    value: float
    unit: str
    target: str | None = None
    holds: bool | None = None


def seen(name: str, value: float, unit: str) -> Row:
    """A figure of this machine and this run, with no target of its own."""
    return Row(name=name, value=rounded(value), unit=unit)


def at_least(name: str, value: float, unit: str, *, target: float) -> Row:
    return Row(name=name, value=rounded(value), unit=unit, target=f">= {target:g}", holds=value >= target)


def at_most(name: str, value: float, unit: str, *, target: float) -> Row:
    return Row(name=name, value=rounded(value), unit=unit, target=f"<= {target:g}", holds=value <= target)


def exactly(name: str, value: float, unit: str, *, target: float) -> Row:
    return Row(name=name, value=rounded(value), unit=unit, target=f"= {target:g}", holds=value == target)


def rounded(value: float) -> float:
    """Three significant digits below 100, whole numbers above: no more than the noise allows."""
    return float(f"{value:.3g}") if abs(value) < 100 else float(round(value))


def verdict(row: Row) -> str:
    return {True: "yes", False: "MISSED", None: ""}[row.holds]


def cells(row: Row) -> tuple[str, ...]:
    return (row.name, f"{row.value:,.10g}", row.unit, row.target or "", verdict(row))


def table(rows: Sequence[Row]) -> str:
    """The report for people: names to the left, figures to the right."""
    lines = [("name", "value", "unit", "target", "holds"), *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(aligned(line, widths) for line in lines)


def aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    justified = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
    justified[1] = line[1].rjust(widths[1])
    return "  ".join(justified).rstrip()


def document(rows: Iterable[Row], *, machine: dict[str, Any], commit: str) -> dict[str, Any]:
    return {"machine": machine, "commit": commit, "rows": [asdict(row) for row in rows]}


def write(path: Path, contents: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(contents, indent=2, ensure_ascii=False) + "\n")
