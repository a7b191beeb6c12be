"""Promotions of orders, coupons in carts, and what a discount was called to the buyer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0019_refund_transfers"),
        ("promotions", "0001_promotions"),
    ]

    operations = [
        migrations.AddField(
            model_name="linediscount",
            name="name",
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name="name"),
        ),
        migrations.CreateModel(
            name="OrderPromotion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                ("coupon", models.CharField(blank=True, max_length=32, verbose_name="coupon code")),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=19, verbose_name="taken off goods"),
                ),
                (
                    "shipping_amount",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=19, verbose_name="taken off delivery"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "promotion of an order",
                "verbose_name_plural": "promotions of orders",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "code"), name="promotion_once_per_order"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0), ("shipping_amount__gte", 0)),
                        name="promotion_takes_off",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CartCoupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cart",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="coupons",
                        to="orders.cart",
                        verbose_name="cart",
                    ),
                ),
                (
                    "coupon",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="promotions.coupon",
                        verbose_name="coupon",
                    ),
                ),
            ],
            options={
                "verbose_name": "coupon in a cart",
                "verbose_name_plural": "coupons in carts",
                "constraints": [models.UniqueConstraint(fields=("cart", "coupon"), name="cart_coupon_once")],
            },
        ),
    ]
