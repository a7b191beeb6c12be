"""Who dropped an order from outside, and why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0003_push_state_leases"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundfailure",
            name="actor",
            field=models.CharField(blank=True, db_default="", max_length=64, verbose_name="dropped by"),
        ),
        migrations.AddField(
            model_name="inboundfailure",
            name="drop_reason",
            field=models.CharField(
                blank=True, db_default="", max_length=200, verbose_name="why it was dropped"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboundfailure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("actor", ""), ("drop_reason", "")),
                    models.Q(
                        models.Q(("drop_reason", ""), _negated=True),
                        models.Q(("actor", ""), _negated=True),
                        ("resolved_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="dropped_by_somebody_for_a_reason",
            ),
        ),
    ]
