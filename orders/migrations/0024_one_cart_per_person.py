"""One cart for each person; what became of those merged into it; the price at which a line was put in."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_order_desk_search"),
        ("orders", "0023_payment_set_aside"),
    ]

    operations = [
        migrations.AddField(
            model_name="cart",
            name="merged_into",
            field=models.UUIDField(blank=True, editable=False, null=True, verbose_name="merged into"),
        ),
        migrations.AddField(
            model_name="cartline",
            name="price_then",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                max_digits=19,
                null=True,
                verbose_name="price when it was put in",
            ),
        ),
        migrations.AlterField(
            model_name="cart",
            name="status",
            field=models.CharField(
                choices=[("OPEN", "open"), ("ORDERED", "ordered"), ("MERGED", "merged into another")],
                default="OPEN",
                max_length=32,
                verbose_name="status",
            ),
        ),
        migrations.CreateModel(
            name="PersonCart",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.customer",
                        verbose_name="person",
                    ),
                ),
                (
                    "cart",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orders.cart",
                        verbose_name="cart",
                    ),
                ),
            ],
            options={
                "verbose_name": "cart of a person",
                "verbose_name_plural": "carts of persons",
            },
        ),
    ]
