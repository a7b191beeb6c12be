"""`manage.py recall`: where a lot is, came from and went; with `--block` what is left is set aside."""

import csv
import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice import recall
from backoffice.recall import Recalled
from inventory import selectors_lots
from inventory import services as inventory
from omni.core import clock
from omni.core.actor import Actor
from omni.core.codec import encode
from omni.core.errors import DomainError
from omni.core.idempotency import Claim

COLUMNS = (
    "sku",
    "lot",
    "order",
    "document",
    "channel",
    "placed_at",
    "quantity",
    "customer_id",
    "name",
    "contact",
)


class Command(BaseCommand):
    help = (
        "Trace every unit of a lot or serial number: where it is, which documents moved it, who bought it. "
        "Each look-up is kept. Exits with 1 where the totals do not add up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", nargs="?", default="", help="the lot's number")
        parser.add_argument("--lot", default="", help="the same")
        parser.add_argument("--serial", default="", help="a serial number")
        parser.add_argument("--sku", default="", help="of this article alone")
        parser.add_argument("--customers", action="store_true", help="name buyers and how to reach them")
        parser.add_argument(
            "--block", metavar="REASON", default="", help="set aside what is left, everywhere"
        )
        shape = parser.add_mutually_exclusive_group()
        shape.add_argument("--json", action="store_true", help="for machines")
        shape.add_argument("--csv", action="store_true", help="a row for each order that has units of it")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"] or options["lot"] or options["serial"]
        if not number:
            raise CommandError("Name a lot or a serial number.")
        actor = Actor.command("recall")
        try:
            if options["block"]:
                self.block(number, options["sku"], options["block"], actor)
            found = recall.look_up(
                number=number, sku=options["sku"], personal=options["customers"], actor=actor, now=clock.now()
            )
        except DomainError as error:
            raise CommandError(f"{error.title} {error.data()}") from error
        show = self.show_json if options["json"] else self.show_csv if options["csv"] else self.show
        show(found)
        if not all(one.trace.totals.add_up for one in found):
            raise SystemExit(1)

    def block(self, number: str, sku: str, reason: str, actor: Actor) -> None:
        """Blocking again sets aside what has become free since, under a claim of its own moment."""
        now = clock.now()
        for lot in selectors_lots.find_lots(number=number, sku=sku):
            request = {"lot": lot.pk, "reason": reason}
            claim = Claim.of(
                actor=actor, operation="block-lot", key=f"{lot.pk}:{now.isoformat()}", request=request
            )
            inventory.block_lot(lot_id=lot.pk, reason=reason, claim=claim, actor=actor, now=now)

    def show_json(self, found: Sequence[Recalled]) -> None:
        self.stdout.write(json.dumps(encode(list(found)), ensure_ascii=False))

    def show_csv(self, found: Sequence[Recalled]) -> None:
        rows = csv.DictWriter(self.stdout, COLUMNS, extrasaction="ignore", lineterminator="\n")
        rows.writeheader()
        for one in found:
            lot = {"sku": one.trace.sku, "lot": one.trace.lot}
            rows.writerows({**lot, **encode(sold)} for sold in one.sold)

    def show(self, found: Sequence[Recalled]) -> None:
        for one in found:
            trace, totals = one.trace, one.trace.totals
            self.stdout.write(f"{trace.sku} {trace.lot}, good until {trace.expires_on or '-'}")
            for place in trace.places:
                aside = place.damaged + place.quality_control
                self.stdout.write(f"  at {place.location}: {place.on_hand} on hand, {aside} set aside")
            for sold in one.sold:
                who = f"{sold.name} {sold.contact}".strip()
                self.stdout.write(f"  sold {sold.quantity}: {sold.order or sold.document} {who}".rstrip())
            self.stdout.write(
                f"  received {totals.received} + found {totals.found} + came back {totals.came_back} = "
                f"sold {totals.sold} + written off {totals.written_off} + under way {totals.under_way} + "
                f"on hand {totals.on_hand}" + ("" if totals.add_up else "  DOES NOT ADD UP")
            )
