"""Where order numbers come from: gaps are possible, repeats are not."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE orders_order_number START 1000001", "DROP SEQUENCE orders_order_number"
        )
    ]
