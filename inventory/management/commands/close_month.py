"""`manage.py close_month`: close a month of a company, after which late entries go to the next."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory import selectors_value
from inventory import services as inventory
from inventory.management.commands.stock_value import month_of
from omni.core import clock
from omni.core.actor import Actor
from omni.core.codec import encode
from omni.core.errors import DomainError
from omni.core.idempotency import Claim


class Command(BaseCommand):
    help = "Value a month's closing stock by the company's method and keep its balances. Again: the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="its code")
        parser.add_argument("month", type=month_of, help="2026-11")
        parser.add_argument("--dry-run", action="store_true", help="show what it would be closed at so far")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        company = selectors_value.get_company(options["company"])
        month = options["month"]
        if options["dry_run"]:
            total = selectors_value.get_stock_value(company=company, month=month).total
            self.stdout.write(f"{company.code} {month:%Y-%m}: {total.quantity} units, {total.value:f}")
            return
        actor = Actor.command("close_month")
        claim = Claim.of(actor=actor, operation="close-month", key=f"{company.code}:{month}", request={})
        try:
            closed = inventory.close_month(
                company_id=company.pk, month=month, claim=claim, actor=actor, now=clock.now()
            )
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.title} {error.data()}") from error
        if options["json"]:
            self.stdout.write(json.dumps(encode(closed), ensure_ascii=False))
            return
        self.stdout.write(
            f"{closed.company} {closed.month:%Y-%m} closed by {closed.method}: {closed.quantity} units, "
            f"{closed.value:f}; goods sold had cost {closed.cost_of_sales:f}"
        )
