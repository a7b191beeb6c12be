"""Bring the search texts of all products up to date."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.services import index_products


class Command(BaseCommand):
    """Needed after master data was written past the services, as by an import; harmless at any time."""

    help = "Index all products for search anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, **options: Any) -> None:
        count = index_products()
        self.stdout.write(json.dumps({"indexed": count}) if options["json"] else f"indexed={count}")
