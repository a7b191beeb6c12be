"""
A new level takes one of 64 locks, by its variant, rather than one for each variant.

A transaction keeps them all until it ends: who opens a shop with 20,000 articles would fill
PostgreSQL's table of locks, which all transactions share. To run while nobody starts or stops
tracking an article's lots: code from before takes the old lock, which keeps it apart from nobody.
"""

from django.db import migrations

LOCKED_BY = """
CREATE OR REPLACE FUNCTION inventory_new_level_tracked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('inventory.lots:' || {key}, 0));
    NEW.tracked := EXISTS (SELECT FROM inventory_lottracking WHERE variant_id = NEW.variant_id);
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0022_cost_corrections")]

    operations = [
        migrations.RunSQL(LOCKED_BY.format(key="NEW.variant_id % 64"), LOCKED_BY.format(key="NEW.variant_id"))
    ]
