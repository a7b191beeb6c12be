"""`manage.py backtest_buffers`: oversells that learned buffers would have avoided, and sales withheld."""

import json
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from inventory import services as inventory
from omni.core.codec import encode


def midnight(text: str) -> datetime:
    """The first moment of `2026-11-01` where the platform is."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text), time()))
    except ValueError as error:
        raise CommandError(f"{text} is no date: write 2026-11-01") from error


class Command(BaseCommand):
    help = "Replay the online orders of some days with buffers learned from what was known before them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", required=True, help="2026-10-01, the first day")
        parser.add_argument("--until", required=True, help="2026-11-01, the day after the last")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = midnight(options["since"]), midnight(options["until"])
        if since >= until:
            raise CommandError("The first day has to come before the last.")
        done = inventory.backtest_buffers(since=since, until=until)
        if options["json"]:
            self.stdout.write(json.dumps(encode(done), ensure_ascii=False))
            return
        for line in done:
            self.stdout.write(
                f"{line.location}: oversold {line.oversold} without, {line.oversold_with} with buffers "
                f"({line.avoided} avoided); served {line.served} without, {line.served_with} with "
                f"({line.withheld} withheld)"
            )
