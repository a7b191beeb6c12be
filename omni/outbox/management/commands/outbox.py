"""`manage.py outbox list|retry|drop|retire`: deliveries that failed, and consumers that are gone."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from omni.core import db
from omni.outbox import dead_letters, subscriptions
from omni.outbox.models import Event, Failure


class Command(BaseCommand):
    help = (
        "List, retry or drop deliveries that failed. `list` exits with 1 where there are dead letters. "
        "`retire --consumer NAME` lets events wait no longer for a consumer that was taken out of the code."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["list", "retry", "drop", "retire"])
        parser.add_argument("--event", type=int, action="append", help="an event's sequence; may be repeated")
        parser.add_argument("--consumer", help="of this consumer alone")
        parser.add_argument("--all", action="store_true", help="retry or drop every dead letter")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"]
        if verb == "retire":
            self.retire(options["consumer"], dry_run=options["dry_run"])
            return
        failures = self.chosen(options)
        if verb == "list":
            self.show(failures, as_json=options["json"])
            return
        if not (options["event"] or options["all"]):
            raise CommandError(f"Name what to {verb}: --event SEQUENCE, or --all dead letters.")
        act = dead_letters.retry if verb == "retry" else dead_letters.drop
        with db.transaction():
            done = failures.count() if options["dry_run"] else act(failures=failures)
        word = {"retry": "to be retried", "drop": "dropped"}[verb]
        self.stdout.write(json.dumps({verb: done}) if options["json"] else f"{done} {word}")

    def retire(self, consumer: str | None, *, dry_run: bool) -> None:
        if consumer not in subscriptions.list_unknown():
            gone = ", ".join(subscriptions.list_unknown()) or "none"
            raise CommandError(f"Name with --consumer one that this code hasn't got: {gone}.")
        if not dry_run:
            with db.transaction():
                subscriptions.retire(consumer=consumer)
        self.stdout.write(f"{consumer} {'would be retired' if dry_run else 'retired'}")

    def chosen(self, options: dict[str, Any]) -> QuerySet[Failure]:
        failures = dead_letters.list_failures(consumer=options["consumer"], dead_only=options["all"])
        return failures.filter(event_id__in=options["event"]) if options["event"] else failures

    def show(self, failures: QuerySet[Failure], *, as_json: bool) -> None:
        rows = [self.row(failure) for failure in failures]
        waiting = Event.objects.filter(finished_at=None).count()
        if as_json:
            answer = {"unfinished": waiting, "not_here": subscriptions.list_unknown(), "failures": rows}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(f"{waiting} events not finished, {len(rows)} failed deliveries")
            for name in subscriptions.list_unknown():
                self.stdout.write(f"waits for {name}, a consumer of other code")
            for row in rows:
                self.stdout.write("  ".join(f"{key}={value}" for key, value in row.items()))
        if any(row["dead"] for row in rows):
            raise SystemExit(1)

    @staticmethod
    def row(failure: Failure) -> dict[str, Any]:
        return {
            "event": failure.event_id,
            "type": failure.event.type,
            "consumer": failure.consumer,
            "tries": failure.tries,
            "dead": failure.dead_at is not None,
            "error": failure.error,
        }
