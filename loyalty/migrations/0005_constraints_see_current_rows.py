"""
Constraints see the current row, also where a statement locks and changes it at once.

PostgreSQL checks constraints against the row as the statement's snapshot has it, before it finds
that somebody has changed it meanwhile and takes the newer one: a statement that waited for a lock
would fail a CHECK that holds. A row trigger makes it take the newer row first.
"""

from django.db import migrations

TABLES = ("loyalty_pointaccount", "loyalty_pointlot", "loyalty_pointhold")

FUNCTION = """
CREATE FUNCTION loyalty_take_current_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEW;
END $$;
"""

TRIGGER = """
CREATE TRIGGER take_current_row BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION loyalty_take_current_row();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_returned_and_due_lots")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION loyalty_take_current_row()"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER take_current_row ON {table}")
            for table in TABLES
        ),
    ]
