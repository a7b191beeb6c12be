"""Kinds of connection that packages install, with settings of their own."""

from django.db import migrations, models

import connectors.models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0004_inbound_drops")]

    operations = [
        migrations.AlterField(
            model_name="connection",
            name="kind",
            field=models.CharField(
                default="webhook",
                max_length=32,
                validators=[connectors.models.refuse_unknown_kind],
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="connection",
            name="url",
            field=models.URLField(blank=True, max_length=500, verbose_name="URL"),
        ),
        migrations.AlterField(
            model_name="connection",
            name="secret",
            field=models.CharField(blank=True, max_length=200, verbose_name="secret"),
        ),
        migrations.AddField(
            model_name="connection",
            name="settings",
            field=models.JSONField(
                blank=True, db_default={}, default=dict, verbose_name="settings of the kind"
            ),
        ),
    ]
