"""Changes of stock that are to be measured on their way out."""

import time
from uuid import uuid4

from bench.ours.fill import WAREHOUSE
from catalog.models import Variant
from inventory import services as inventory
from omni.core import clock, db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from omni.outbox import publish as outbox
from omni.outbox.publish import Message
from organisation.models import Location

BATCHES_A_SECOND = 50


def change_steadily(*, skip: int, changes: int, per_second: float) -> None:
    """One unit more of a variant that was not touched before, at the beat of a clock."""
    variants, location_id = chosen(skip, changes), warehouse()
    began = time.monotonic()
    for number, variant_id in enumerate(variants):
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        inventory.adjust_stock(
            location_id=location_id,
            variant_id=variant_id,
            delta=1,
            reason="correction",
            claim=Claim.of(actor=SYSTEM, operation="adjust", key=str(uuid4()), request={}),
            actor=SYSTEM,
            now=clock.now(),
        )


def change_in_batches(*, skip: int, changes: int, per_second: float) -> None:
    """
    The same, as many tills' batches bring them: fifty transactions a second, each of as many changes as
    that takes. Each has a document and an event of its own.
    """
    variants, location_id = chosen(skip, changes), warehouse()
    size = max(1, round(per_second / BATCHES_A_SECOND))
    began, run = time.monotonic(), uuid4()
    for start in range(0, changes, size):
        time.sleep(max(0.0, began + start / per_second - time.monotonic()))
        batch, at = variants[start : start + size], clock.now()
        with db.transaction():
            inventory.post_documents(
                documents=[
                    (
                        inventory.DocumentRef("ADJUSTMENT", f"{run}-{variant_id}"),
                        [inventory.Movement(variant_id, location_id, 1, "ADJUSTMENT")],
                        at,
                    )
                    for variant_id in batch
                ],
                actor=SYSTEM,
                now=at,
                publish=False,
            )
            outbox.publish_all(messages_of(batch, location_id), at=at, actor=SYSTEM)


def messages_of(variants: list[int], location_id: int) -> list[Message]:
    wants = [inventory.Want(variant_id, location_id, 1, "bench") for variant_id in variants]
    return [inventory.stock_changed([want]) for want in wants]


def change_at_once(*, skip: int, changes: int) -> None:
    """As many changes in one transaction, each with an event of its own."""
    variants, location_id, at = chosen(skip, changes), warehouse(), clock.now()
    movements = [inventory.Movement(variant_id, location_id, 1, "ADJUSTMENT") for variant_id in variants]
    with db.transaction():
        inventory.post_documents(
            documents=[(inventory.DocumentRef("ADJUSTMENT", f"burst-{skip}"), movements, at)],
            actor=SYSTEM,
            now=at,
            publish=False,
        )
        outbox.publish_all(messages_of(variants, location_id), at=at, actor=SYSTEM)


def chosen(skip: int, changes: int) -> list[int]:
    return list(Variant.objects.order_by("pk").values_list("pk", flat=True)[skip : skip + changes])


def warehouse() -> int:
    return Location.objects.get(code=WAREHOUSE).pk
