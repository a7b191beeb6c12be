"""The location whose own number a stock document bears; see the migration after this one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0004_fulfilled_by"),
        ("organisation", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="stockdocument",
            name="location",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="organisation.location",
                verbose_name="location",
            ),
        ),
    ]
