"""`manage.py ledger months|detach|attach`: the stock ledger's months, and where the old ones are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory import selectors_ledger
from inventory import services as inventory
from inventory.management.commands.stock_value import month_of
from omni.core import clock
from omni.core.actor import Actor
from omni.core.codec import encode
from omni.core.errors import DomainError

ACTOR = Actor.command("ledger")


class Command(BaseCommand):
    help = (
        "Show the months of the stock ledger (months), move those before a month to files (detach), or bring "
        "them back (attach). Exits with 1 where a month can't be moved; those told of until then have been."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["months", "detach", "attach"])
        parser.add_argument("--before", type=month_of, help="detach: the first month that stays, 2024-01")
        parser.add_argument("--since", type=month_of, help="attach: the first month to come back")
        parser.add_argument("--archive", type=Path, metavar="DIR", help="where the files are")
        parser.add_argument("--dry-run", action="store_true", help="say which months it would be")
        parser.add_argument("--json", action="store_true", help="a line of JSON for each month")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for month in self.months(options):
                self.stdout.write(json.dumps(encode(month)) if options["json"] else told(month))
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.title} {error.data()}") from error

    def months(
        self, options: dict[str, Any]
    ) -> Iterator[inventory.ArchivedMonth] | list[selectors_ledger.LedgerMonth]:
        """Those to tell of, each once it has been moved."""
        verb, archive = options["verb"], options["archive"]
        if verb == "months":
            return selectors_ledger.list_months()
        bound = options["before"] if verb == "detach" else options["since"]
        if bound is None or archive is None:
            needed = "--before" if verb == "detach" else "--since"
            raise CommandError(f"{verb} needs {needed} MONTH and --archive DIR.", returncode=2)
        if verb == "detach":
            if options["dry_run"]:
                return selectors_ledger.list_to_detach(bound)
            return inventory.detach_months(before=bound, archive=archive, actor=ACTOR, now=clock.now())
        if options["dry_run"]:
            return selectors_ledger.list_to_attach(bound)
        return inventory.attach_months(since=bound, archive=archive, actor=ACTOR, now=clock.now())


def told(month: inventory.ArchivedMonth | selectors_ledger.LedgerMonth) -> str:
    if isinstance(month, inventory.ArchivedMonth):
        return f"{month.month:%Y-%m} {month.rows:>12,} rows  {month.file_name}  sha256 {month.sha256}"
    where = month.file or f"{month.bytes / 1_000_000:,.1f} MB"
    return f"{month.month:%Y-%m} {month.rows:>12,} rows  {where}"
