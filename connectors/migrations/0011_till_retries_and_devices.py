import django.db.models.deletion
from django.db import migrations, models

import omni.core.fields

# What each device's numbers say so far: those between its first and its highest that never came.
BACKFILL = """
INSERT INTO connectors_tilldevice (connection_id, device, last_sequence, missing)
SELECT entry.connection_id, entry.device, greatest(max(entry.sequence), first.sequence - 1),
       int8multirange(int8range(first.sequence, greatest(max(entry.sequence), first.sequence - 1) + 1))
           - range_agg(int8range(entry.sequence, entry.sequence + 1))
FROM connectors_tillentry AS entry
JOIN connectors_connection AS connection ON connection.id = entry.connection_id
CROSS JOIN LATERAL (
    SELECT coalesce((connection.settings ->> 'first_sequence')::bigint, 1) AS sequence
) AS first
GROUP BY entry.connection_id, entry.device, first.sequence
"""


class Migration(migrations.Migration):
    dependencies = [("connectors", "0010_room_for_tokens")]

    operations = [
        migrations.AddField(
            model_name="tillentry",
            name="next_try_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="next try at"),
        ),
        migrations.AddIndex(
            model_name="tillentry",
            index=models.Index(
                condition=models.Q(("status__in", ["BOOKED", "DROPPED"]), _negated=True),
                fields=["next_try_at"],
                name="till_entry_due",
            ),
        ),
        migrations.CreateModel(
            name="TillDevice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("device", models.CharField(max_length=64, verbose_name="device")),
                ("last_sequence", models.BigIntegerField(verbose_name="its highest number")),
                ("missing", omni.core.fields.Int8Multirange(verbose_name="numbers that never came")),
                (
                    "connection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="till_devices",
                        to="connectors.connection",
                        verbose_name="connection",
                    ),
                ),
            ],
            options={
                "verbose_name": "till device",
                "verbose_name_plural": "till devices",
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "device"), name="one_row_per_till_device")
                ],
            },
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
