"""What the admin shows of lots: an article that is told apart, received, and looked up."""

from django.db import transaction

from backoffice.models import RecallLookup
from inventory.models import Lot, LotEntry, LotStock, LotTracking, ShelfLife, StockDocument, StockEntry
from organisation.models import Location, SalesChannel
from tests import factories


def lots_of(location: Location, channel: SalesChannel) -> None:
    """One more row of each model; lots and level agree, as the database asks."""
    at = factories.EARLY
    with transaction.atomic():
        variant = factories.variant()
        level = factories.stock(variant, location, 2)
        tracking = LotTracking.objects.create(variant=variant, tracks="LOT", started_at=at)
        Lot.objects.create(variant=variant, number="")
        lot = Lot.objects.create(variant=variant, number="A")
        LotStock.objects.create(variant=variant, location=location, lot=lot, on_hand=2)
        type(level).objects.filter(pk=level.pk).update(tracked=True)
        LotEntry.objects.create(
            occurred_at=at,
            entry_id=StockEntry.objects.latest("id").pk,
            variant=variant,
            location=location,
            lot=lot,
            document=StockDocument.objects.latest("pk"),
            kind="RECEIPT",
            delta=2,
            balance_after=2,
            actor="system:test",
        )
        life = ShelfLife.objects.create(channel=channel, days=3)
        ShelfLife.objects.filter(pk=life.pk).update(days=4)
        LotTracking.objects.filter(pk=tracking.pk).update(dated="USE_BY")
    RecallLookup.objects.create(number="A", personal=False, actor="system:test", looked_at=at)
