"""What a transfer posts: its documents, by what they came in at, and with which lots."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from inventory.models import Transfer, TransferPosting
from inventory.services.batches import DocumentRef, Movement
from inventory.services.costs import name_origins
from inventory.services.posting import post_movements
from inventory.services.valuing import COMES_BACK
from omni.core.actor import Actor


def post_for(
    transfer: Transfer,
    document: DocumentRef,
    movements: Sequence[Movement],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Post a document of the transfer, note that it is the transfer's, and at what cost it comes in."""
    sent = (
        TransferPosting.objects.filter(transfer=transfer).order_by("pk").values_list("document_id", flat=True)
    )
    origins = tuple(sent)
    movements = [replace(movement, origins=origins) for movement in movements]
    posted = post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
    if (sending_id := next(iter(origins), None)) is not None:
        came = dict.fromkeys(one.variant_id for one in movements if one.delta > 0 and one.kind in COMES_BACK)
        name_origins(document_id=posted.id, origins=[(variant_id, sending_id) for variant_id in came])
    TransferPosting.objects.create(transfer=transfer, document_id=posted.id)
