"""Draw the tables of states in docs/orders.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.drawing import draw_into

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "orders.md"


class Command(BaseCommand):
    """The text around the diagrams stays as it is."""

    help = "Draw the states of docs/orders.md from orders/states.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Write nothing; exit 1 if it is out of date."
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        before = DOCUMENT.read_text(encoding="utf-8")
        after = draw_into(before)
        if dry_run and before != after:
            raise CommandError("docs/orders.md is not what orders/states.py says: run manage.py draw_states.")
        if not dry_run:
            DOCUMENT.write_text(after, encoding="utf-8")
        self.stdout.write("Up to date." if before == after else "Drawn.")
