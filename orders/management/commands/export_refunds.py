"""`manage.py export_refunds`: the refunds that go by bank transfer, as a file for the bank."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from omni.core import clock
from omni.core.actor import Actor
from omni.core.errors import DomainError
from orders import services


class Command(BaseCommand):
    help = (
        "Write the refunds of a company that are to be transferred, and whose payee is known, into a file "
        "in the 全銀 format; each stands in one file. Exits with 1 where some lack their payee's account."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the selling company's code")
        parser.add_argument("--on", required=True, type=date.fromisoformat, help="the day of the transfer")
        parser.add_argument("--out", required=True, type=Path, help="the file to write; it must not exist")
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and write nothing")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if out.exists():
            raise CommandError(f"{out} exists.")
        try:
            done = services.export_refunds(
                company=options["company"],
                on=options["on"],
                actor=Actor.command("export_refunds"),
                now=clock.now(),
                dry_run=options["dry_run"],
            )
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.data()}") from error
        if done.transfer_id is not None:
            out.write_bytes(done.content)
        told = {"file": done.transfer_id, "refunds": done.count, "amount": str(done.amount)}
        told |= {"lacking": done.lacking}
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in told.items()))
        if done.lacking:
            raise SystemExit(1)
