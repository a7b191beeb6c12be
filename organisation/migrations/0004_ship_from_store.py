from django.db import migrations

# What SHIP meant for a shop has a name of its own now; either is asked for what is delivered.
RENAME = """
UPDATE organisation_location SET capabilities = array_replace(capabilities, '{before}', '{after}')
WHERE kind = 'STORE' AND '{before}' = ANY(capabilities)
"""


class Migration(migrations.Migration):
    dependencies = [("organisation", "0003_opening_hours_and_pauses")]

    operations = [
        migrations.RunSQL(
            RENAME.format(before="SHIP", after="SHIP_FROM_STORE"),
            RENAME.format(before="SHIP_FROM_STORE", after="SHIP"),
        )
    ]
