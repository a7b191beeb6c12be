"""`manage.py walkthrough`: one day of the demo group, acted out against the running servers."""

import json
import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.walkthrough.acts import ACTS
from backoffice.walkthrough.stage import Addresses, Stage, Unexpected

# What the day is about, of the demo's goods that shops, EC site and sandbox all sell.
GOODS = {
    "sku": "NG-T06-KH-M",
    "busy": "NG-T04-WH-L",
    "scarce": "NG-B05-BE-S",
    "dear": "NG-O01-NV-M",
    "pair": ("AK-K06-BK", "AK-D02-WH"),
}


class Command(BaseCommand):
    help = (
        "Act out one day over HTTP against the running demo: goods, tills, a member, an EC site, a rush, "
        "kills, a return, and the books. Exits with 1 at the first thing that is not as it should be."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a step, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        stage = self.stage()
        begun = time.monotonic()
        for number, act in enumerate(ACTS, start=1):
            title = (act.__doc__ or "").strip().splitlines()[0]
            started = time.monotonic()
            try:
                seen = act(stage)
            except Exception as error:
                self.report(options, number, title, time.monotonic() - started, self.why(error), failed=True)
                raise SystemExit(1) from error
            self.report(options, number, title, time.monotonic() - started, seen)
        if not options["json"]:
            done = f"All {len(ACTS)} steps are as they should be ({time.monotonic() - begun:.1f} s)."
            self.stdout.write(self.style.SUCCESS(done))

    def report(
        self, options: Any, number: int, title: str, seconds: float, seen: str, *, failed: bool = False
    ) -> None:
        if options["json"]:
            step = {
                "step": number,
                "title": title,
                "seconds": round(seconds, 3),
                "seen": seen,
                "ok": not failed,
            }
            self.stdout.write(json.dumps(step, ensure_ascii=False))
            return
        mark = self.style.ERROR("✗") if failed else self.style.SUCCESS("✓")
        self.stdout.write(f"{mark} {number} {title}\n    {seen} ({seconds:.2f} s)")
        self.stdout.flush()

    @staticmethod
    def why(error: Exception) -> str:
        return str(error) if isinstance(error, Unexpected) else f"{type(error).__name__}: {error}"

    def stage(self) -> Stage:
        """The running demo, by what its launcher and `load_demo` wrote down."""
        demo = settings.BASE_DIR / "var" / "demo.json"
        try:
            found = json.loads(demo.read_text())
            addresses = Addresses(
                web=settings.PUBLIC_URL,
                stream=settings.STREAM_URL,
                sandbox=settings.SANDBOX_URL,
                run=Path(os.environ.get("OMNI_RUN_DIR", settings.BASE_DIR / "var" / "run")),
                mail=Path(settings.EMAIL_FILE_PATH),
            )
        except (OSError, ValueError, AttributeError) as error:
            raise CommandError(
                f"The demo is not loaded here ({error}). `make demo` sets all of it up."
            ) from error
        return Stage(addresses, keys=found["api_keys"], memory=dict(GOODS), say=self.stdout.write)
