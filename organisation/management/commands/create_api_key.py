"""Create an API key for a device or a connector."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from omni.core import clock
from organisation.models import ApiKey, Location, SalesChannel
from organisation.services import create_api_key


class Command(BaseCommand):
    """The key is printed once: only its digest is kept."""

    help = "Create an API key; it is printed once and can't be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="What the key is for, as `till 2 in Shibuya`.")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=ApiKey.Scope.values,
            help="What it may do; may be given more than once.",
        )
        parser.add_argument("--location", help="The code of the location that it acts for.")
        parser.add_argument("--channel", help="The code of the channel that it acts for.")
        parser.add_argument("--days", type=int, help="After how many days it expires; never, by default.")
        parser.add_argument("--dry-run", action="store_true", help="Check everything and create nothing.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *, name: str, scope: list[str], **options: Any) -> None:
        now = clock.now()
        location, channel = self._location(options["location"]), self._channel(options["channel"])
        if ApiKey.Scope.TILL in scope and not (location and channel):
            raise CommandError("A till's key names its --location and its --channel.")
        if options["dry_run"]:
            self.stdout.write("Would create it." if not options["json"] else json.dumps({"key": None}))
            return
        record, key = create_api_key(
            name=name,
            scopes=sorted(set(scope)),
            location=location,
            channel=channel,
            expires_at=now + timedelta(days=options["days"]) if options["days"] else None,
            now=now,
        )
        shown = {"prefix": record.prefix, "scopes": record.scopes, "key": key}
        self.stdout.write(json.dumps(shown) if options["json"] else key)

    def _location(self, code: str | None) -> Location | None:
        found = Location.objects.filter(code=code).first() if code else None
        if code and found is None:
            raise CommandError(f"There is no location {code}.")
        return found

    def _channel(self, code: str | None) -> SalesChannel | None:
        found = SalesChannel.objects.filter(code=code).first() if code else None
        if code and found is None:
            raise CommandError(f"There is no sales channel {code}.")
        return found
