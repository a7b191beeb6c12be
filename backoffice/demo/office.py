"""What the stock office has before it: suppliers and costs, orders and a transfer under way, a count begun."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from backoffice.demo import apparel, electronics, food, goods, group, masters
from backoffice.demo.goods import DemoVariant
from backoffice.demo.rows import Goods
from inventory import selectors
from inventory import services as inventory
from inventory.models import CountSheet, PurchaseOrder, Supplier, SupplyTerm
from inventory.services import Counted, OrderedLine
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from organisation.models import Company, Location

SUPPLIERS = {
    "hamano": ("浜野縫製", "Hamano Sewing", 14),
    "minato": ("港食品", "Minato Foods", 5),
    "aoba": ("青葉電機", "Aoba Electric", 21),
}
SUPPLIER_OF: list[tuple[Goods, str]] = [
    (apparel.GOODS, "hamano"),
    (food.GOODS, "minato"),
    (electronics.GOODS, "aoba"),
]
# Of the price that shops ask, tax included.
COST_PERCENT = 45
COUNTED_AT, SENT_TO = "yokohama", "omiya"


def load_terms() -> None:
    """Who supplies what, at which cost; what there is of it already stays."""
    company = Company.objects.get(code=group.SELLER)
    for code, (ja, en, days) in SUPPLIERS.items():
        Supplier.objects.get_or_create(
            code=code, defaults={"name": {"ja": ja, "en": en}, "company": company, "lead_time_days": days}
        )
    rows = list(goods.variants())
    ids, own = masters.variant_ids(rows), inventory.owner(ownership="OWN", supplier="")
    terms = [
        SupplyTerm(
            company=company,
            variant_id=ids[row.sku],
            owner=own,
            unit_cost=cost_of(row),
            valid_from=masters.OPENED_AT.date(),
        )
        for row in rows
    ]
    known = set(SupplyTerm.objects.filter(company=company).values_list("variant_id", flat=True))
    SupplyTerm.objects.bulk_create(term for term in terms if term.variant_id not in known)


def load_work(*, actor: Actor, now: datetime) -> None:
    """Begun once; a load that was killed goes on where it stopped, by the claims of the steps."""
    if CountSheet.objects.exists():
        return
    rows = [row for row in goods.variants() if not masters.in_sandbox(row)]
    ids = masters.variant_ids(rows)
    places = dict(Location.objects.values_list("code", "pk"))
    clothes, drinks = ([row for row in rows if row.goods is each] for each in (apparel.GOODS, food.GOODS))
    untracked = [row for row in drinks if row.sku.startswith("ST-L")]
    warehouse = places[group.WAREHOUSE.code]
    arrived = _order("hamano", warehouse, clothes[20:24], ids, 60, actor=actor, now=now)
    _order("minato", warehouse, untracked[:3], ids, 48, actor=actor, now=now)
    _deliver(arrived, clothes[20:22], ids, actor=actor, now=now)
    _send(warehouse, places[SENT_TO], clothes[30:33], ids, actor=actor, now=now)
    _count(places[COUNTED_AT], clothes[40:46], ids, actor=actor, now=now)


def cost_of(row: DemoVariant) -> Decimal:
    return Decimal(row.price * COST_PERCENT // 100)


def _claim(actor: Actor, what: str) -> Claim:
    return Claim.of(actor=actor, operation="load-demo", key=what, request={"what": what})


def _order(
    supplier: str,
    destination_id: int,
    rows: Sequence[DemoVariant],
    ids: dict[str, int],
    quantity: int,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """An order that is placed; answer its id."""
    draft = inventory.draft_purchase_order(
        supplier_id=Supplier.objects.get(code=supplier).pk,
        destination_id=destination_id,
        lines=[OrderedLine(ids[row.sku], quantity, cost_of(row)) for row in rows],
        claim=_claim(actor, f"draft-{supplier}"),
        actor=actor,
        now=now,
    )
    order_id = PurchaseOrder.objects.get(number=draft.number).pk
    inventory.place_purchase_order(
        order_id=order_id, claim=_claim(actor, f"place-{supplier}"), actor=actor, now=now
    )
    return order_id


def _deliver(
    order_id: int, rows: Sequence[DemoVariant], ids: dict[str, int], *, actor: Actor, now: datetime
) -> None:
    """A part of it has come, and two units of that damaged."""
    first, second = (ids[row.sku] for row in rows)
    inventory.receive_purchase_order(
        order_id=order_id,
        arrivals=[inventory.Arrival(first, 60), inventory.Arrival(second, 28, 2)],
        number="DN-2041",
        claim=_claim(actor, "deliver"),
        actor=actor,
        now=now,
    )


def _send(
    origin_id: int,
    destination_id: int,
    rows: Sequence[DemoVariant],
    ids: dict[str, int],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    sent = inventory.request_transfer(
        origin_id=origin_id,
        destination_id=destination_id,
        lines=[(ids[row.sku], 6) for row in rows],
        expected_date=(now + timedelta(days=1)).date(),
        claim=_claim(actor, "request"),
        actor=actor,
        now=now,
    )
    inventory.ship_transfer(
        transfer_id=selectors.get_transfer_id(sent.number), claim=_claim(actor, "ship"), actor=actor, now=now
    )


def _count(
    location_id: int, rows: Sequence[DemoVariant], ids: dict[str, int], *, actor: Actor, now: datetime
) -> None:
    """A sheet of which some lines are counted."""
    sheet = inventory.open_count_sheet(
        location_id=location_id,
        variant_ids=[ids[row.sku] for row in rows],
        claim=_claim(actor, "open-sheet"),
        actor=actor,
        now=now,
    )
    inventory.record_counts(
        number=sheet.number,
        records=[Counted(ids[row.sku], 4, now) for row in rows[:3]],
        claim=_claim(actor, "count"),
        actor=actor,
        now=now,
    )
