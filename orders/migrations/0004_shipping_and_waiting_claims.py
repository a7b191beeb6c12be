"""What delivery costs, and which claim a payment attempt will answer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_initial"),
        ("orders", "0003_numbers"),
        ("organisation", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="claim_id",
            field=models.BigIntegerField(editable=False, null=True, verbose_name="claim"),
        ),
        migrations.CreateModel(
            name="ShippingRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount")),
                (
                    "free_from",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=19, null=True, verbose_name="free from"
                    ),
                ),
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shipping_rate",
                        to="organisation.saleschannel",
                        verbose_name="sales channel",
                    ),
                ),
                (
                    "tax_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.taxclass",
                        verbose_name="tax class",
                    ),
                ),
            ],
            options={
                "verbose_name": "shipping rate",
                "verbose_name_plural": "shipping rates",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="shipping_rate_not_negative"
                    )
                ],
            },
        ),
    ]
