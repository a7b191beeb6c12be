"""`manage.py inbound list|retry|drop`: orders from outside that could not be taken in."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors import services
from connectors.models import InboundFailure
from omni.core import clock
from omni.core.actor import Actor
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from omni.core.ids import uuid7

ACTOR = Actor.command("inbound")


class Command(BaseCommand):
    help = (
        "List, retry or drop orders from outside that could not be taken in. Exits with 1 where `list` "
        "finds some, or where one could not be retried or dropped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["list", "retry", "drop"])
        parser.add_argument("--connection", help="a connection's code: of this one alone")
        parser.add_argument("--order", action="append", help="the channel's own number; may be repeated")
        parser.add_argument("--all", action="store_true", help="retry or drop every one")
        parser.add_argument("--reason", default="", help="why it is dropped; demanded, and kept")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"]
        failures = self.chosen(options)
        if verb == "list":
            self.show([row(failure) for failure in failures], as_json=options["json"])
            if failures:
                raise SystemExit(1)
            return
        if not (options["order"] or options["all"]):
            raise CommandError(f"Name what to {verb}: --order NUMBER, or --all.")
        if verb == "drop" and not options["reason"].strip():
            raise CommandError("Say why: --reason TEXT.")
        outcomes = [self.settle(failure, options) for failure in failures]
        self.show(outcomes, as_json=options["json"])
        if any("refused" in outcome for outcome in outcomes):
            raise SystemExit(1)

    def chosen(self, options: dict[str, Any]) -> list[InboundFailure]:
        failures = InboundFailure.objects.open().select_related("connection__channel").order_by("pk")
        if options["connection"]:
            failures = failures.filter(connection__code=options["connection"])
        if options["order"]:
            failures = failures.filter(external_number__in=options["order"])
            missing = set(options["order"]) - {failure.external_number for failure in failures}
            if missing:
                raise CommandError(f"No such failed order: {', '.join(sorted(missing))}")
        return list(failures)

    def settle(self, failure: InboundFailure, options: dict[str, Any]) -> dict[str, Any]:
        """What became of one: a refusal stops none of the others."""
        named = {"connection": failure.connection.code, "order": failure.external_number}
        if options["dry_run"]:
            return {**named, "would": options["verb"]}
        try:
            if options["verb"] == "retry":
                return {**named, "booked": retry(failure)}
            services.drop_inbound(
                failure_id=failure.pk, reason=options["reason"], actor=ACTOR, now=clock.now()
            )
        except DomainError as error:
            return {**named, "refused": error.code}
        return {**named, "dropped": True}

    def show(self, rows: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"orders": rows}, ensure_ascii=False))
            return
        self.stdout.write(f"{len(rows)} orders")
        for each in rows:
            self.stdout.write("  ".join(f"{key}={value}" for key, value in each.items()))


def retry(failure: InboundFailure) -> str:
    """Each run of the command is a request of its own."""
    claim = Claim.of(
        actor=ACTOR, operation="retry-inbound", key=str(uuid7()), request={"failure": failure.pk}
    )
    return services.retry_inbound(failure_id=failure.pk, claim=claim, now=clock.now()).number


def row(failure: InboundFailure) -> dict[str, Any]:
    """Without its body: that holds the buyer's data."""
    return {
        "connection": failure.connection.code,
        "order": failure.external_number,
        "tries": failure.tries,
        "failed_at": failure.failed_at.isoformat(),
        "error": failure.error,
    }
