"""What a location rejects says so. The rule is checked of new rows at once, of old ones by the next migration."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_order_invoice_issuer"),
        ("organisation", "0001_squashed_0004_ship_from_store"),
    ]

    operations = [
        migrations.AddField(
            model_name="fulfilment",
            name="note",
            field=models.CharField(blank=True, db_default="", max_length=200, verbose_name="note"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="rejected_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="rejected at"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="rejected_by",
            field=models.CharField(blank=True, db_default="", max_length=64, verbose_name="rejected by"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="rejection",
            field=models.CharField(
                blank=True,
                choices=[
                    ("NOT_IN_STOCK", "not in stock"),
                    ("MISMATCH", "not what the label says"),
                    ("DAMAGED", "damaged"),
                    ("WORN_DISPLAY", "worn display piece"),
                    ("STORE_CLOSED", "shop closed"),
                ],
                db_default="",
                max_length=32,
                verbose_name="reason for rejecting",
            ),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="rerouted",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="rejected elsewhere before"
            ),
        ),
        AddConstraintNotValid(
            model_name="fulfilment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rejected_at", None), ("rejection", "")),
                    models.Q(
                        models.Q(("rejection", ""), _negated=True),
                        ("location__isnull", False),
                        ("rejected_at__isnull", False),
                        ("status", "FAILED"),
                    ),
                    _connector="OR",
                ),
                name="rejected_fulfilments_say_why",
            ),
        ),
    ]
