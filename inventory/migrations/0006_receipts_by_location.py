"""
A delivery's number is booked once at each location, no longer once in all.

Safe on a live table, and can be run again where it was interrupted: the index is built
concurrently, receipts written so far are given their location a thousand at a time (the trigger
that refuses it is off inside each of those short transactions alone, for nobody else), and the
constraints are swapped last. From the swap on the version before can't post, for its
statement names the old constraint: stop its processes first. Back it goes only as long as no
number has been used at two locations.
"""

from typing import Any

from django.db import migrations, models, transaction

AT_ONCE = 1000

# What a build that was interrupted leaves behind is not valid.
DROP = "DROP INDEX CONCURRENTLY IF EXISTS stock_document_posted_once_at"
BUILD = """
CREATE UNIQUE INDEX CONCURRENTLY stock_document_posted_once_at
    ON inventory_stockdocument (kind, number, location_id) NULLS NOT DISTINCT
"""
SWAP = """
ALTER TABLE inventory_stockdocument
    ADD CONSTRAINT stock_document_posted_once_at UNIQUE USING INDEX stock_document_posted_once_at,
    DROP CONSTRAINT stock_document_posted_once
"""
DROP_BACK = "DROP INDEX CONCURRENTLY IF EXISTS stock_document_posted_once"
BUILD_BACK = (
    "CREATE UNIQUE INDEX CONCURRENTLY stock_document_posted_once ON inventory_stockdocument (kind, number)"
)
SWAP_BACK = """
ALTER TABLE inventory_stockdocument
    ADD CONSTRAINT stock_document_posted_once UNIQUE USING INDEX stock_document_posted_once,
    DROP CONSTRAINT stock_document_posted_once_at
"""

# By (kind, number), which is indexed; a receipt's rows are all of one location.
LOCATE = """
WITH page AS MATERIALIZED (
    SELECT id, number FROM inventory_stockdocument
    WHERE kind = 'RECEIPT' AND number > %s
    ORDER BY number LIMIT %s
), located AS (
    UPDATE inventory_stockdocument AS document
    SET location_id = (
        SELECT entry.location_id FROM inventory_stockentry AS entry
        WHERE entry.document_id = document.id LIMIT 1
    )
    FROM page WHERE document.id = page.id AND document.location_id IS NULL
)
SELECT max(number) FROM page
"""


def locate_receipts(apps: Any, schema_editor: Any) -> None:
    last = ""
    while last is not None:
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            cursor.execute("ALTER TABLE inventory_stockdocument DISABLE TRIGGER stock_document_immutable")
            cursor.execute(LOCATE, [last, AT_ONCE])
            [last] = cursor.fetchone()
            cursor.execute("ALTER TABLE inventory_stockdocument ENABLE TRIGGER stock_document_immutable")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inventory", "0005_document_location")]

    operations = [
        migrations.RunSQL([DROP, BUILD], migrations.RunSQL.noop),
        migrations.RunPython(locate_receipts, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(SWAP, SWAP_BACK),
                migrations.RunSQL(migrations.RunSQL.noop, [DROP_BACK, BUILD_BACK]),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="stockdocument", name="stock_document_posted_once"),
                migrations.AddConstraint(
                    model_name="stockdocument",
                    constraint=models.UniqueConstraint(
                        fields=("kind", "number", "location"),
                        name="stock_document_posted_once_at",
                        nulls_distinct=False,
                    ),
                ),
            ],
        ),
    ]
