"""`manage.py replenish`: what places lack by their rules, and from where they should get it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory import selectors
from inventory import services as inventory
from inventory.errors import UnknownLocation
from omni.core import clock
from omni.core.codec import encode


class Command(BaseCommand):
    help = "Count what is sold a day and suggest transfers and purchases. Replaces what is still open."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--location", help="its code: suggest for this one alone")
        parser.add_argument("--dry-run", action="store_true", help="show it and write nothing")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        done = inventory.replenish(
            now=clock.now(), location_id=self.location(options["location"]), dry_run=options["dry_run"]
        )
        if options["json"]:
            self.stdout.write(json.dumps(encode(done), ensure_ascii=False))
            return
        for line in done.suggestions:
            self.stdout.write(
                f"{line.location}: {line.quantity} × {line.sku} from {line.source} (wanted {line.wanted}; "
                f"{line.rate} a day, available {line.available}, incoming {line.incoming}, "
                f"reorder point {line.reorder_point}, target {line.target})"
            )
        made = "would be made" if options["dry_run"] else "made"
        self.stdout.write(
            f"{done.planned} levels with a rule, {len(done.suggestions)} suggestions {made}, "
            f"{done.replaced} replaced"
        )

    def location(self, code: str | None) -> int | None:
        try:
            return selectors.get_location_id(code) if code else None
        except UnknownLocation as error:
            raise CommandError(f"There is no open location {code}.") from error
