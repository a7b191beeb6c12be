"""
What transfers made at once had shipped and received, and the documents that moved it.

Each statement commits by itself, and can be run again where it was interrupted.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

LINES = """
UPDATE inventory_transferline AS line
SET shipped = line.quantity, received = line.quantity
FROM inventory_transfer AS transfer
WHERE transfer.id = line.transfer_id AND transfer.status = 'RECEIVED' AND transfer.closed_at IS NULL
"""
TRANSFERS = """
UPDATE inventory_transfer SET shipped_at = occurred_at, closed_at = occurred_at
WHERE status = 'RECEIVED' AND closed_at IS NULL
"""
POSTINGS = """
INSERT INTO inventory_transferposting (transfer_id, document_id)
SELECT transfer.id, document.id
FROM inventory_transfer AS transfer
JOIN inventory_stockdocument AS document
  ON document.kind = 'TRANSFER' AND document.number = transfer.number
ON CONFLICT (document_id) DO NOTHING
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inventory", "0007_goods_under_way")]

    operations = [
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.RunSQL(TRANSFERS, migrations.RunSQL.noop),
        migrations.RunSQL(POSTINGS, migrations.RunSQL.noop),
        AddIndexConcurrently(
            "transfer",
            models.Index(
                condition=models.Q(
                    ("status__in", ["REQUESTED", "APPROVED", "SHIPPED", "PARTIALLY_RECEIVED"])
                ),
                fields=["destination"],
                name="transfer_open",
            ),
        ),
    ]
