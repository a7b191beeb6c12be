"""`manage.py till_journal shibuya 2026-11-27 --company acme --encoding cp932 > journal.csv`"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from organisation.models import Company, Location
from tills.selectors_journal import ENCODINGS, list_journal_rows, written


class Command(BaseCommand):
    help = "Write the sales journal of a shop and a business day as CSV, for one company."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("location", help="code of the shop")
        parser.add_argument("day", type=date.fromisoformat, help="business date, YYYY-MM-DD")
        parser.add_argument("--company", default="", help="code; by default the shop's own company")
        parser.add_argument("--encoding", choices=ENCODINGS, default="utf-8")

    def handle(self, *args: Any, **options: Any) -> None:
        location = Location.objects.select_related("company").filter(code=options["location"]).first()
        if location is None:
            raise CommandError(f"There is no location {options['location']}.")
        company = location.company
        if options["company"]:
            company = Company.objects.filter(code=options["company"]).first() or company
            if company.code != options["company"]:
                raise CommandError(f"There is no company {options['company']}.")
        rows = list_journal_rows(location=location, company=company, day=options["day"])
        out = getattr(self.stdout._out, "buffer", None)
        for part in written(rows, options["encoding"]):
            if out is None:
                self.stdout.write(part.decode(options["encoding"]), ending="")
            else:
                out.write(part)
