"""Which documents took a variant away lately, and which orders hold it."""

from datetime import datetime

from inventory.models import Reservation
from omni.core import sql

# Plan: for each location one probe of `stock_entry_by_level` in each partition since then, which
# stops after `a_location` rows; then documents by their key.
TAKEN = """
SELECT document.kind, document.number
FROM organisation_location AS location
CROSS JOIN LATERAL (
    SELECT entry.id, entry.document_id FROM inventory_stockentry AS entry
    WHERE entry.variant_id = %(variant)s AND entry.location_id = location.id
      AND entry.recorded_at >= %(since)s AND entry.kind = 'SALE'
    ORDER BY entry.id DESC LIMIT %(a_location)s
) AS taken
JOIN inventory_stockdocument AS document ON document.id = taken.document_id
ORDER BY taken.id DESC
LIMIT %(most)s
"""
A_LOCATION = 20


def list_takers(*, variant_id: int, since: datetime, most: int) -> list[tuple[str, str]]:
    """(kind, number) of the documents that sold or shipped a variant since then, the latest 20 a location."""
    params = {"variant": variant_id, "since": since, "a_location": A_LOCATION, "most": most}
    return [(kind, number) for kind, number in sql.fetch_all(TAKEN, params)]


def list_holders(*, variant_id: int, most: int) -> list[str]:
    """The sources (`order:42:1`) for which units of a variant are reserved now, the newest first."""
    held = Reservation.objects.filter(variant=variant_id, status__in=Reservation.OPEN)
    return list(held.order_by("-pk").values_list("source", flat=True)[:most])
