"""`manage.py replay_routing`: what would other rules have decided?"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.errors import RulesUnfit
from orders.management.commands.reconcile_payments import moment
from orders.models import RoutingDecision
from orders.routing.problem import ABOVE_LIMIT, POINT
from orders.routing.replaying import Compared, read_rules, replay
from orders.routing.tracing import Trace, from_json
from organisation.models import SalesChannel

BATCH = 500


class Command(BaseCommand):
    help = (
        "Decide again what routing rules decided from --from to --until, by the rules of a file, and compare "
        "cost, parcels and distance. Nothing is written. The file (YAML or JSON) gives weights by the channel's "
        "code, or by * for all others: {ec-main: {split: 500, distance: 2}}; what it does not name stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", required=True, help="a date or a moment, ISO 8601")
        parser.add_argument("--until", required=True, help="a date or a moment, which is no longer of it")
        parser.add_argument("--rules", required=True, type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = moment(options["since"]), moment(options["until"])
        if since >= until:
            raise CommandError("--from has to be before --until.")
        found = replay(history(since, until), rules_of(options["rules"]))
        if options["json"]:
            rows = [asdict(one) for one in found]
            answer = {"from": since.isoformat(), "until": until.isoformat(), "channels": rows}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        if not found:
            self.stdout.write("Nothing was decided then by channels of these rules.")
        for one in found:
            self.show(one)

    def show(self, one: Compared) -> None:
        self.stdout.write(
            f"{one.channel}: {one.decisions} decisions, {one.changed} would have gone from elsewhere\n"
            f"  parcels                {one.parcels_before:>12,} → {one.parcels_after:,}\n"
            f"  kilometres             {kilometres(one.metres_before):>12} → {kilometres(one.metres_after)}\n"
            f"  cost by its own rules  {points(one.cost_before):>12} → {points(one.cost_after)}\n"
            f"  cost by the file's     {points(one.other_cost_before):>12} → {points(one.other_cost_after)}"
        )
        if one.cut or one.inexact:
            self.stdout.write(
                f"  {one.cut} know of their nearest candidates only, {one.inexact} were too large to be proven"
            )


def rules_of(path: Path) -> dict[str, dict[str, int | None]]:
    """
    Raises:
        CommandError: the file can't be read, or does not say what it should; where, and what should be there.
    """
    try:
        # JSON is YAML too.
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: neither YAML nor JSON ({' '.join(str(error).split())})") from error
    try:
        return read_rules(told, channels=SalesChannel.objects.values_list("code", flat=True))
    except RulesUnfit as unfit:
        where = f"{unfit.field}: " if unfit.field else ""
        raise CommandError(f"{path}: {where}should be {unfit.rule}, is {unfit.value!r}") from unfit


def history(since: datetime, until: datetime) -> Iterator[tuple[str, Trace]]:
    rows = RoutingDecision.objects.filter(decided_at__gte=since, decided_at__lt=until).order_by("pk")
    for channel, trace in rows.values_list("order__channel__code", "trace").iterator(chunk_size=BATCH):
        yield channel, from_json(trace)


def points(thousandths: int) -> str:
    """What parcels above a limit add is no number of points."""
    return f"{thousandths % ABOVE_LIMIT / POINT:,.1f}"


def kilometres(metres: int) -> str:
    return f"{metres / 1000:,.1f}"
