"""Builders for tests of lots."""

from datetime import date, datetime, timedelta
from typing import Any

from catalog.models import Variant
from inventory import services as inventory
from inventory.models import LotEntry, LotStock, StockLevel
from inventory.services import LotUnits
from omni.core import db
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from organisation.models import Location
from tests import factories

CLERK = Actor.user(7)
TODAY = date(2026, 11, 22)


def context(key: str, now: datetime) -> dict[str, Any]:
    claim = Claim.of(actor=CLERK, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": CLERK, "now": now}


def day(days: int, now: datetime) -> date:
    """So many days from today in Tokyo."""
    return now.astimezone(factories.TOKYO).date() + timedelta(days=days)


def tracked(now: datetime, *, tracks: str = "LOT", dated: str = "BEST_BEFORE", **fields: Any) -> Variant:
    variant = factories.variant(**fields)
    inventory.start_tracking(
        variant_id=variant.pk, tracks=tracks, dated=dated, **context(f"track-{variant.pk}", now)
    )
    return variant


def receive(variant: Variant, shop: Location, now: datetime, *lots: LotUnits, number: str = "") -> None:
    inventory.receive_stock(
        location_id=shop.pk,
        lines=[(variant.pk, sum(lot.quantity for lot in lots))],
        lots={variant.pk: lots},
        number=number,
        **context(f"receive-{factories.number()}", now),
    )


def sell(
    variant: Variant, shop: Location, units: int, now: datetime, *lots: LotUnits, number: str = ""
) -> int:
    """A till's sale; answers the document's key."""
    with db.transaction():
        return inventory.post_movements(
            document=inventory.DocumentRef("SALE", number or f"S-{factories.number()}"),
            movements=[inventory.Movement(variant.pk, shop.pk, -units, "SALE", lots=lots)],
            actor=CLERK,
            occurred_at=now,
            now=now,
        ).id


def held(variant: Variant, shop: Location, bucket: str = "on_hand") -> dict[str, int]:
    """Units by lot at a place; the unknown lot's under ''."""
    stock = LotStock.objects.filter(variant=variant, location=shop).exclude(**{bucket: 0})
    return dict(stock.order_by("lot__number").values_list("lot__number", bucket))


def level(variant: Variant, shop: Location) -> tuple[int, int, int]:
    one = StockLevel.objects.get(variant=variant, location=shop)
    return one.on_hand, one.damaged, one.quality_control


def rows(document: str) -> list[tuple[str, str, str, int, int]]:
    """The lot ledger's rows of a document: lot, bucket, kind, change, balance."""
    found = LotEntry.objects.filter(document__number=document).order_by("id")
    return list(found.values_list("lot__number", "bucket", "kind", "delta", "balance_after"))


def reserve(variant: Variant, shop: Location, units: int, now: datetime) -> int:
    with db.transaction():
        return inventory.reserve(
            wants=[inventory.Want(variant.pk, shop.pk, units, f"order:{factories.number()}:1")],
            expires_at=None,
            committed=True,
            actor=CLERK,
            now=now,
        )[0]


def hand_over(
    reservation_id: int,
    now: datetime,
    *lots: LotUnits,
    units: int | None = None,
    channel_id: int | None = None,
) -> str:
    """Fulfil a reservation, or some units of it; answers the document's number."""
    number = f"F-{factories.number()}"
    with db.transaction():
        inventory.fulfil(
            reservation_ids=[reservation_id],
            reservation_quantities=None if units is None else {reservation_id: units},
            document=inventory.DocumentRef("FULFILMENT", number),
            lots={reservation_id: lots} if lots else None,
            channel_id=channel_id,
            actor=CLERK,
            occurred_at=now,
            now=now,
        )
    return number
