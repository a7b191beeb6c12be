"""`manage.py learn_buffers`: how far the books of each place can be believed, and what to keep back."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from inventory import services as inventory
from omni.core import clock
from omni.core.codec import encode


class Command(BaseCommand):
    help = "Learn buffers from counts, rejections and sales below zero, and set them on the levels."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what is learned and write nothing")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        done = inventory.learn_buffers(now=clock.now(), dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(encode(done), ensure_ascii=False))
            return
        for line in done.classes:
            self.stdout.write(
                f"{line.location} {line.department or '-'} {line.speed}: {line.overstated} of {line.observed} "
                f"observations in {line.exposure_days} days said too much ({line.units} units); "
                f"{line.rate:.4f} a day of {line.size:.1f}; buffers end after {line.thresholds} days"
            )
        self.stdout.write(f"{len(done.classes)} classes, {done.changed} levels changed")
