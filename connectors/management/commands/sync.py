"""`manage.py sync status|push|compare|heal|replay|pause|resume`: what the outside is told, and seeing to it."""

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from connectors import selectors, services
from connectors.models import Connection
from omni.core import clock, codec, db
from omni.core.actor import Actor
from omni.core.errors import DomainError

ACTOR = Actor.command("sync")
Row = dict[str, Any]
# What became of a connection, and the exit status that it asks for.
Outcome = tuple[Row, int]


class Command(BaseCommand):
    help = (
        "Show or move what connections are told: status (lag, queue, failures, drift, pauses), push (what is "
        "due), compare (report drift), heal (compare, and push what drifted), replay (dead letters, and what tills did and "
        "is not booked), pause "
        "and resume. Exits with 1 where status, push, compare or heal find something amiss, with 2 where "
        "a connection can't be asked or what was asked for is refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=list(ACTS))
        parser.add_argument("connection", nargs="*", help="codes of connections")
        parser.add_argument("--all", action="store_true", help="every active connection; so it is for status")
        parser.add_argument("--reason", default="", help="why it is paused; demanded, and kept")
        parser.add_argument(
            "--until", type=moment, help="when a pause ends by itself: RFC 3339, or 30m, 2h, 1d"
        )
        parser.add_argument("--ask", action="store_true", help="status: ask each, too, whether it answers")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"]
        if verb == "pause" and not options["reason"].strip():
            raise CommandError("Say why: --reason TEXT.", returncode=2)
        chosen = self.chosen(options)
        outcomes = [self.carry_out(one, options) for one in self.progress(chosen, options)]
        self.show([told for told, _ in outcomes], as_json=options["json"])
        if worst := max((status for _, status in outcomes), default=0):
            raise SystemExit(worst)

    def chosen(self, options: dict[str, Any]) -> list[Connection]:
        connections = Connection.objects.order_by("code")
        if options["connection"]:
            found = list(connections.filter(code__in=options["connection"]))
            if missing := set(options["connection"]) - {one.code for one in found}:
                raise CommandError(f"No such connection: {', '.join(sorted(missing))}", returncode=2)
            return found
        if not (options["all"] or options["verb"] == "status"):
            raise CommandError(
                f"Name what to {options['verb']}: a connection's code, or --all.", returncode=2
            )
        return list(connections.filter(active=True))

    def progress(self, chosen: Iterable[Connection], options: dict[str, Any]) -> Iterator[Connection]:
        """Each connection, said on a terminal before it is seen to: a comparison may take minutes."""
        shown = sys.stderr.isatty() and not options["json"]
        for connection in chosen:
            if shown:
                self.stderr.write(f"{options['verb']} {connection.code} …")
            yield connection

    def carry_out(self, connection: Connection, options: dict[str, Any]) -> Outcome:
        """What became of one: a refusal stops none of the others."""
        named = {"connection": connection.code}
        try:
            told, status = ACTS[options["verb"]](connection, options)
        except DomainError as error:
            return {**named, "refused": error.code, **error.data()}, 2
        return {**named, **told}, status

    def show(self, rows: list[Row], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"connections": codec.encode(rows)}, ensure_ascii=False))
            return
        for row in rows:
            parts = (f"{key}={value}" for key, value in row.items() if value not in (None, "", []))
            self.stdout.write("  ".join(parts))


def moment(text: str) -> datetime:
    """A moment, or a time from now such as `30m`, `2h` or `1d`."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text[:-1].isdigit() and text[-1:] in units:
        return clock.now() + timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ArgumentTypeError("an RFC 3339 time with its offset, or a time from now such as 2h")
    return at


def status(connection: Connection, options: dict[str, Any]) -> Outcome:
    health = selectors.get_health(connection_id=connection.pk)
    told = {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in asdict(health).items()
        if name != "code"
    }
    told["active"] = connection.active
    silence = services.ask_health(connection_id=connection.pk) if options["ask"] else None
    if silence is not None:
        told |= {"answers": not silence, "silence": silence}
    return told, 2 if silence else int(health.amiss)


def push(connection: Connection, options: dict[str, Any]) -> Outcome:
    """What is due, by this process; where a standing pusher is at it, that one does."""
    if options["dry_run"]:
        return {"would_push": waiting(connection)}, 0
    pushed = services.push(connection_id=connection.pk)
    left = waiting(connection)
    return {"pushed": pushed, "waiting": left}, int(left > 0)


def waiting(connection: Connection) -> int:
    return selectors.get_health(connection_id=connection.pk).all_waiting


def compare(connection: Connection, options: dict[str, Any]) -> Outcome:
    return compared(connection, heal=False)


def heal(connection: Connection, options: dict[str, Any]) -> Outcome:
    return compared(connection, heal=not options["dry_run"])


def compared(connection: Connection, *, heal: bool) -> Outcome:
    done = services.compare(connection_id=connection.pk, now=clock.now(), heal=heal)
    drifted = done.drifted + done.listings_drifted
    told = {
        "compared": done.compared,
        "drifted": done.drifted,
        "listings_compared": done.listings_compared,
        "listings_drifted": done.listings_drifted,
        "healed": heal and drifted > 0,
        "drifts": done.detail,
        "error": done.error,
    }
    return told, 2 if done.error else int(drifted > 0)


def replay(connection: Connection, options: dict[str, Any]) -> Outcome:
    """Dead letters get their tries again; what tills did and is not booked yet is booked, where it can be."""
    health, now = selectors.get_health(connection_id=connection.pk), clock.now()
    unbooked = health.till_failed + health.till_waiting
    if options["dry_run"]:
        return {"would_replay": health.all_dead, "would_book": unbooked}, 0
    with db.transaction():
        replayed = services.replay_dead(connection_id=connection.pk)
        services.make_entries_due(connection_id=connection.pk, now=now)
    return {"replayed": replayed, "booked": services.retry_due_entries(now=now) if unbooked else 0}, 0


def pause(connection: Connection, options: dict[str, Any]) -> Outcome:
    until, reason = options["until"], options["reason"].strip()
    told = {"until": until, "reason": reason}
    if options["dry_run"]:
        return {"would_pause": True, **told}, 0
    with db.transaction():
        services.pause_connection(
            connection_id=connection.pk, reason=reason, until=until, actor=ACTOR, now=clock.now()
        )
    return {"paused": True, **told}, 0


def resume(connection: Connection, options: dict[str, Any]) -> Outcome:
    if options["dry_run"]:
        return {"would_resume": selectors.get_health(connection_id=connection.pk).paused}, 0
    with db.transaction():
        resumed = services.resume_connection(connection_id=connection.pk, actor=ACTOR, now=clock.now())
    return {"resumed": resumed}, 0


ACTS: dict[str, Callable[[Connection, dict[str, Any]], Outcome]] = {
    act.__name__: act for act in (status, push, compare, heal, replay, pause, resume)
}
