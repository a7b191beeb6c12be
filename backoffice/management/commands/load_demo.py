"""Load the demo: a retail group with its goods, stock, prices, people and past."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from backoffice.demo import access, history, masters, office, people, stock
from backoffice.demo.access import Secrets
from catalog.models import Variant
from inventory.models import StockLevel
from omni.core import clock
from omni.core.actor import Actor
from organisation.models import Location

ACTOR = Actor.command("load_demo")


class Command(BaseCommand):
    """
    Adds what is missing and changes nothing that is there, so it may run at every start.

    Passwords and keys are drawn once and kept in `var/demo.json`, readable by its owner alone.
    """

    help = "Load the demo group; what is there already stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--secrets",
            type=Path,
            default=settings.BASE_DIR / "var" / "demo.json",
            help="Where passwords and keys are kept.",
        )
        parser.add_argument("--json", action="store_true", help="Print the counts as JSON.")

    def handle(self, *, secrets: Path, **options: Any) -> None:
        now = clock.now()
        kept = Secrets.read(secrets)
        masters.load(actor=ACTOR, now=now)
        office.load_terms()
        access.load_connection(secret=os.environ.get("SANDBOX_SECRET", ""))
        stock.load(actor=ACTOR, now=now)
        stock.load_ahead(now=now)
        history.load(actor=ACTOR, now=now)
        office.load_work(actor=ACTOR, now=now)
        access.load_users(kept)
        access.load_api_keys(kept, now=now)
        kept.members = {"paper-card": {"number": people.MEMBERS[0].number, "email": people.MEMBERS[0].email}}
        kept.write()
        self._report(kept, as_json=options["json"])

    def _report(self, kept: Secrets, *, as_json: bool) -> None:
        counts = {
            "locations": Location.objects.count(),
            "variants": Variant.objects.count(),
            "stock_levels": StockLevel.objects.count(),
            "api_keys": len(kept.api_keys),
        }
        if as_json:
            self.stdout.write(json.dumps({**counts, "secrets": str(kept.path)}))
            return
        self.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()))
        self.stdout.write(f"Logins and keys: {kept.path}")
