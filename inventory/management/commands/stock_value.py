"""`manage.py stock_value`: what stock is worth, and what the goods sold in a month had cost."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory import selectors_value
from inventory.selectors_value import Figures, StockValue
from omni.core import clock
from omni.core.codec import encode
from organisation.models import Company

NAMES = ("quantity", "value", "purchases", "cost_of_sales", "other")


def month_of(text: str) -> date:
    """`2026-11` as its first day."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise CommandError(f"{text} is no month: write 2026-11") from error


class Command(BaseCommand):
    help = (
        "Stock value and cost of goods sold by shop, brand or owner. Exits with 1 where the figures "
        "and the valuation ledger differ."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", help="its code; every company unless given")
        parser.add_argument("--month", type=month_of, help="2026-11; this month unless given")
        parser.add_argument("--by", choices=["shop", "brand", "owner", "all"], default="shop")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        companies = Company.objects.order_by("code")
        if options["company"]:
            companies = companies.filter(code=options["company"])
            if not companies:
                raise CommandError(f"There is no company {options['company']}.")
        month = options["month"] or clock.now().date().replace(day=1)
        values = [selectors_value.get_stock_value(company=company, month=month) for company in companies]
        values = [replace(value, lines=value.added_up(options["by"])) for value in values]
        if options["json"]:
            self.stdout.write(json.dumps(encode(values), ensure_ascii=False))
        else:
            for value in values:
                self.show(value)
        if any(value.total != value.ledger for value in values):
            raise SystemExit(1)

    def show(self, value: StockValue) -> None:
        state = "closed" if value.closed else "open"
        self.stdout.write(f"{value.company} {value.month:%Y-%m} ({state}, {value.currency})")
        self.stdout.write("  " + "".join(f"{name:>16}" for name in NAMES) + "  of")
        for line in value.lines:
            self.stdout.write(self.row(line.figures, " ".join(line.key).strip()))
        self.stdout.write(self.row(value.total, "all"))
        moving = value.under_way
        self.stdout.write(f"  {moving.quantity:>16,}{moving.value.normalize():>16,f}  under way")
        agrees = value.total == value.ledger
        said = self.style.SUCCESS("agrees") if agrees else self.style.ERROR(f"says {value.ledger}")
        self.stdout.write(f"  the ledger {said}")

    @staticmethod
    def row(figures: Figures, of: str) -> str:
        shown = "".join(f"{getattr(figures, name).normalize():>16,f}" for name in NAMES[1:])
        return f"  {figures.quantity:>16,}{shown}  {of}"
