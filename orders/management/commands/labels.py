"""`manage.py labels write|read`: label files for carriers out, tracking numbers in."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from omni.core import clock
from omni.core.actor import Actor
from omni.core.errors import DomainError
from orders.labels import Label, Tracked, as_file, read_tracking
from orders.models import Carrier
from orders.selectors_labels import list_labels
from orders.services.tracking import take_tracking
from organisation.models import Location


class Command(BaseCommand):
    help = (
        "Write the label file of what leaves a location by a carrier, or read the tracking numbers that came "
        "back. Exits with 1 where something could not leave."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        write = verbs.add_parser("write", help="write a label file")
        write.add_argument("--carrier", required=True, help="its code")
        write.add_argument("--location", required=True, help="its code")
        write.add_argument("--to", type=Path, required=True, help="the file")
        read = verbs.add_parser("read", help="read a carrier's file of tracking numbers")
        read.add_argument("file", type=Path)
        read.add_argument("--dry-run", action="store_true", help="only see whether its lines are understood")
        read.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.write(**options) if options["verb"] == "write" else self.read(**options)
        except DomainError as error:
            raise CommandError(f"{error.title} {error.data()}") from error

    def write(self, *, carrier: str, location: str, to: Path, **_: Any) -> None:
        by = Carrier.objects.filter(code=carrier).exclude(labels=Carrier.Labels.NONE).first()
        at = Location.objects.filter(code=location).first()
        if by is None or at is None:
            raise CommandError("There is no such carrier with a label file, or no such location.")
        today = clock.business_date(clock.now(), settings.TIME_ZONE)
        labels: list[Label] = list_labels(carrier=by, location=at, on=today)
        to.write_bytes(as_file(by.labels, labels))
        self.stdout.write(f"{len(labels)} labels: {to}")

    def read(self, *, file: Path, dry_run: bool, **options: Any) -> None:
        data = file.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp932")
        tracked: list[Tracked] = read_tracking(text)
        if dry_run:
            self.stdout.write(f"{len(tracked)} lines are understood.")
            return
        done = take_tracking(tracked=tracked, within=None, actor=Actor.command("labels"), now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done), ensure_ascii=False))
        else:
            self.stdout.write(f"{done.completed} have left, {done.known} had left before.")
            for each in done.failed:
                self.stderr.write(f"{each['order']}: {each['reason']}")
        if done.failed:
            raise SystemExit(1)
