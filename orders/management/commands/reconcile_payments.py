"""`manage.py reconcile_payments`: do the acquirer's books and ours agree?"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from omni.core import clock
from omni.core.actor import Actor
from omni.core.codec import encode
from orders import services
from orders.payments.port import OutcomeUnknown
from orders.services.reconcile import Difference, left_of

DAYS = 7


class Command(BaseCommand):
    help = (
        "Compare the card payments with the acquirer's list of charges, and explain each difference. "
        "Exits with 1 where something differs (with --repair: where something still does), with 2 "
        "where the acquirer does not answer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", help=f"a date or a moment, ISO 8601; {DAYS} days ago if not given")
        parser.add_argument("--json", action="store_true", help="for machines")
        parser.add_argument(
            "--repair",
            action="store_true",
            help="record what was charged unrecorded: place the order, or give the money back",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        since = moment(options["since"]) if options["since"] else now - timedelta(days=DAYS)
        actor = Actor.command("reconcile_payments")
        try:
            found = services.reconcile_payments(since=since, actor=actor, now=now, repair=options["repair"])
        except OutcomeUnknown as silent:
            raise CommandError(f"The acquirer does not answer ({silent.reason}).", returncode=2) from silent
        show = self.show_json if options["json"] else self.show
        show(found, since)
        if left_of(found):
            raise SystemExit(1)

    def show_json(self, found: list[Difference], since: datetime) -> None:
        rows = [{**encode(one), "explanation": one.explanation} for one in found]
        answer = {"clean": not left_of(found), "since": since.isoformat(), "differences": rows}
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def show(self, found: list[Difference], since: datetime) -> None:
        for one in found:
            where = f"order {one.order}, " if one.order else ""
            self.stdout.write(
                f"{one.kind}: {where}payment {one.payment} ({one.reference}): {one.explanation} "
                f"(here {one.ours or 'nothing'}, there {one.theirs or 'nothing'})"
                + (", repaired" if one.repaired else "")
            )
        left = len(left_of(found))
        verdict = self.style.ERROR(f"{left} differ") if left else self.style.SUCCESS("clean")
        self.stdout.write(f"{verdict} (since {since.isoformat()})")


def moment(text: str) -> datetime:
    """
    Read a moment, or a date as its first one, in the platform's time zone.

    Raises:
        CommandError: it is neither.
    """
    try:
        read = parse_datetime(text)
    except ValueError:
        read = None
    if read is None:
        raise CommandError(f"Not a date or a moment: {text}")
    return read if timezone.is_aware(read) else timezone.make_aware(read)
