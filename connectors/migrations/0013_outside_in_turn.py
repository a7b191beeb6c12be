"""What lets one slow connection be asked less often, and its figures be read without its states."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("connectors", "0012_due_index")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="poll_failures",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="failed polls in a row"),
        ),
        migrations.AddField(
            model_name="connection",
            name="poll_after",
            field=models.DateTimeField(blank=True, null=True, verbose_name="not polled until"),
        ),
        AddIndexConcurrently(
            model_name="pushstate",
            index=models.Index(fields=["connection", "-acknowledged_at"], name="push_acknowledged"),
        ),
        AddIndexConcurrently(
            model_name="comparison",
            index=models.Index(fields=["connection", "-id"], name="comparison_latest"),
        ),
    ]
