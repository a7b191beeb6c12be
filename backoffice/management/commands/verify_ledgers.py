"""`manage.py verify_ledgers`: do the figures and the ledgers that explain them agree?"""

import json
import time
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice import verification
from omni.core import clock
from omni.core.actor import Actor
from omni.core.codec import encode
from omni.core.verification import Drift, Repair


class Command(BaseCommand):
    help = (
        "Check every invariant of stock, points, persons and orders against the ledgers, in SQL. "
        "Exits with 1 where something drifted (with --repair: where something still does)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")
        parser.add_argument("--repair", action="store_true", help="post rows that correct what drifted")

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.monotonic()
        found = list(verification.find_all())
        repairs: list[Repair] = []
        left = found
        if options["repair"] and any(drifts for _, drifts in found):
            repairs = verification.repair_all(found, actor=Actor.command("verify_ledgers"), now=clock.now())
            left = list(verification.find_all())
        seconds = time.monotonic() - start
        show = self.show_json if options["json"] else self.show
        show(found, repairs, left, seconds)
        if any(drifts for _, drifts in left):
            raise SystemExit(1)

    def show_json(self, found: Any, repairs: Sequence[Repair], left: Any, seconds: float) -> None:
        answer = {
            "clean": not any(drifts for _, drifts in left),
            "seconds": round(seconds, 3),
            "drifts": {book.name: encode(drifts) for book, drifts in found},
            "repairs": encode(list(repairs)),
            "left": {book.name: encode(drifts) for book, drifts in left},
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def show(self, found: Any, repairs: Sequence[Repair], left: Any, seconds: float) -> None:
        for book, drifts in found:
            self.stdout.write(f"{book.name}: {len(drifts) or 'no'} drift{'' if len(drifts) == 1 else 's'}")
            for drift in drifts:
                self.stdout.write(f"  {self.sentence(drift)}")
        for repair in repairs:
            self.stdout.write(f"repaired {repair.drift.kind}: {repair.action}")
        still = sum(len(drifts) for _, drifts in left)
        verdict = self.style.ERROR(f"{still} drifted") if still else self.style.SUCCESS("clean")
        self.stdout.write(f"{verdict} ({seconds:.2f} s)")

    @staticmethod
    def sentence(drift: Drift) -> str:
        where = ", ".join(f"{key} {value}" for key, value in drift.where.items())
        since = ", ".join(f"{key} {value}" for key, value in (drift.since or {}).items())
        return (
            f"{drift.kind}: {drift.what} of {where} is {drift.found}, should be {drift.expected}"
            + (f" (by {drift.by})" if drift.by is not None else "")
            + (f", since {since}" if since else "")
        )
