from django.db import migrations, models


class Migration(migrations.Migration):
    """Several credentials in one secret, and page tokens in the cursor: wider, which rewrites no table."""

    dependencies = [("connectors", "0001_squashed_0009_till_entries")]

    operations = [
        migrations.AlterField(
            model_name="connection",
            name="orders_cursor",
            field=models.CharField(blank=True, max_length=2000, verbose_name="orders read up to"),
        ),
        migrations.AlterField(
            model_name="connection",
            name="secret",
            field=models.CharField(blank=True, max_length=4000, verbose_name="secret"),
        ),
    ]
