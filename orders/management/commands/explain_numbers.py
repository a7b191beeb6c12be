"""`manage.py explain_numbers`: which numbers of invoices and receipts stand for nothing, and why."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from omni.core.codec import encode
from orders.documents.issued import Gap, list_gaps


class Command(BaseCommand):
    help = (
        "List the numbers of documents that are void, with the reasons, and those that are missing. "
        "Exits with 1 where one is missing: none should ever be."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", help="the code of one company")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        gaps = list_gaps(options["company"])
        missing = [gap for gap in gaps if not gap.is_explained]
        if options["json"]:
            answer = {"clean": not missing, "gaps": [encode(gap) for gap in gaps]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.show(gaps, missing)
        if missing:
            raise SystemExit(1)

    def show(self, gaps: list[Gap], missing: list[Gap]) -> None:
        for gap in gaps:
            where = " ".join(part for part in (gap.company, gap.kind, gap.location, gap.device) if part)
            number = gap.number or f"number {gap.sequence} of series {gap.series}"
            why = f"void: {gap.reason} ({gap.voided_by})" if gap.is_explained else "MISSING"
            self.stdout.write(f"{number} ({where}): {why}")
        verdict = f"{len(missing)} missing" if missing else f"clean ({len(gaps)} void)"
        self.stdout.write(self.style.ERROR(verdict) if missing else self.style.SUCCESS(verdict))
