"""
`python -m bench`: answer every question, print a table, write `var/bench/latest.json`.

A missed target is marked in the table and leaves the exit code alone: timings never decide a build.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module

from bench.harness import machine, report
from bench.harness.context import Context
from bench.harness.servers import servers

QUESTIONS = ("place_order", "oversell", "lag", "lag_many", "product_list", "nearest", "routing")
SCALE = ("republish", "ledger_scale")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench", description="Measure the platform against its targets and its peers."
    )
    parser.add_argument(
        "--only", metavar="NAME", action="append", choices=[*QUESTIONS, *SCALE], help="one question"
    )
    parser.add_argument("--scale", action="store_true", help="the questions that need millions of rows")
    parser.add_argument("--database-url", metavar="URL", help="a PostgreSQL of your own to measure on")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser.parse_args(arguments)


def ask(context: Context, name: str) -> list[report.Row]:
    began = time.monotonic()
    context.note(f"{name} ...")
    rows: list[report.Row] = import_module(f"bench.{name}").run(context)
    context.note(f"{name}: {time.monotonic() - began:.0f} s")
    return rows


def file_name(options: argparse.Namespace) -> str:
    """A part of the report does not overwrite the whole."""
    if options.only:
        return f"{'-'.join(options.only)}.json"
    return "scale.json" if options.scale else "latest.json"


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    names = options.only or (SCALE if options.scale else QUESTIONS)
    with servers(machine.ROOT, database_url=options.database_url) as context:
        facts = machine.describe(context.database_url)
        rows = [row for name in names for row in ask(context, name)]
        contents = report.document(rows, machine=facts, commit=machine.commit())
        report.write(context.var / file_name(options), contents)
    print(json.dumps(contents, indent=2, ensure_ascii=False) if options.json else report.table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
