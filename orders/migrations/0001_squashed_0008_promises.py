"""Carts, orders, payments, fulfilments, returns, invoices."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.utils.timezone
import omni.core.ids
from django.db import migrations, models
from omni.core.operations import CreateModels

# Where order numbers come from: gaps are possible, repeats are not.
NUMBERS = "CREATE SEQUENCE orders_order_number START 1000001"
NUMBERS_BACKWARD = "DROP SEQUENCE orders_order_number"


class Migration(migrations.Migration):
    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_initial"),
        ("orders", "0003_numbers"),
        ("orders", "0004_shipping_and_waiting_claims"),
        ("orders", "0005_asked_payments"),
        ("orders", "0006_guest_carts"),
        ("orders", "0007_bundles"),
        ("orders", "0008_promises"),
    ]

    initial = True

    dependencies = [
        ("catalog", "0001_squashed_0009_charged_index"),
        ("customers", "0001_squashed_0004_decoy_challenges"),
        ("inventory", "0001_squashed_0019_backorders"),
        ("organisation", "0001_squashed_0004_ship_from_store"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Cart",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=omni.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("OPEN", "open"), ("ORDERED", "ordered")],
                                default="OPEN",
                                max_length=32,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="updated at"
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisation.saleschannel",
                                verbose_name="sales channel",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="carts",
                                to="customers.customer",
                                verbose_name="customer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cart",
                        "verbose_name_plural": "carts",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("customer__isnull", True)),
                                fields=["created_at", "id"],
                                name="cart_of_guest",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CartLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("SHIP", "ship"),
                                    ("SHIP_FROM_STORE", "ship from store"),
                                    ("PICKUP", "pick up"),
                                    ("ORDER_AHEAD", "order ahead"),
                                    ("HOLD", "hold"),
                                    ("CARRY_OUT", "carry out"),
                                ],
                                default="SHIP",
                                max_length=32,
                                verbose_name="way to get it",
                            ),
                        ),
                        (
                            "service_mode",
                            models.CharField(
                                choices=[("TAKE_OUT", "taken out"), ("EAT_IN", "eaten in")],
                                default="TAKE_OUT",
                                max_length=32,
                                verbose_name="service mode",
                            ),
                        ),
                        (
                            "cart",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="orders.cart",
                                verbose_name="cart",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisation.location",
                                verbose_name="pick-up location",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cart line",
                        "verbose_name_plural": "cart lines",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("cart", "variant", "kind", "location", "service_mode"),
                                name="cart_line_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="cart_quantity_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Order",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=64, unique=True, verbose_name="order number")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PENDING", "payment pending"),
                                    ("PLACED", "placed"),
                                    ("COMPLETED", "completed"),
                                    ("CANCELLED", "cancelled"),
                                    ("EXPIRED", "expired"),
                                ],
                                max_length=32,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "external_number",
                            models.CharField(
                                blank=True, max_length=64, null=True, verbose_name="the channel's own number"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        (
                            "lines_amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="goods"),
                        ),
                        (
                            "shipping_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="shipping"
                            ),
                        ),
                        (
                            "discount_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="discounts"
                            ),
                        ),
                        (
                            "points_amount",
                            models.DecimalField(
                                decimal_places=4,
                                default=0,
                                max_digits=19,
                                verbose_name="points spent, in money",
                            ),
                        ),
                        (
                            "tax_added",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="tax added to prices"
                            ),
                        ),
                        ("total", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="total")),
                        (
                            "tax_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="tax in the total"
                            ),
                        ),
                        ("points_spent", models.BigIntegerField(default=0, verbose_name="points spent")),
                        ("points_earned", models.BigIntegerField(default=0, verbose_name="points earned")),
                        ("placed_at", models.DateTimeField(verbose_name="placed at")),
                        ("business_date", models.DateField(verbose_name="business date")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                verbose_name="recorded at",
                            ),
                        ),
                        ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid at")),
                        (
                            "completed_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="completed at"),
                        ),
                        (
                            "cancelled_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="cancelled at"),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="payment due by"),
                        ),
                        (
                            "cancel_reason",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="reason for cancelling"
                            ),
                        ),
                        ("actor", models.CharField(max_length=64, verbose_name="actor")),
                        (
                            "cart",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="order",
                                to="orders.cart",
                                verbose_name="cart",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="organisation.saleschannel",
                                verbose_name="sales channel",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="customers.customer",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "identity",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="customers.identity",
                                verbose_name="identity",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="organisation.location",
                                verbose_name="shop of the sale",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order",
                        "verbose_name_plural": "orders",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("customer__isnull", False)),
                                fields=["customer", "-placed_at"],
                                name="order_by_customer",
                            ),
                            models.Index(
                                condition=models.Q(("location__isnull", False)),
                                fields=["location", "business_date"],
                                name="order_by_shop_day",
                            ),
                            models.Index(fields=["placed_at"], name="order_placed_at"),
                            models.Index(
                                condition=models.Q(("status", "PENDING")),
                                fields=["expires_at"],
                                name="order_payment_due",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("external_number__isnull", False)),
                                fields=("channel", "external_number"),
                                name="external_order_lands_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("lines_amount"),
                                                        "+",
                                                        models.F("shipping_amount"),
                                                    ),
                                                    "-",
                                                    models.F("discount_amount"),
                                                ),
                                                "-",
                                                models.F("points_amount"),
                                            ),
                                            "+",
                                            models.F("tax_added"),
                                        ),
                                    )
                                ),
                                name="order_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("points_amount__gte", 0),
                                    ("points_spent__gte", 0),
                                    ("shipping_amount__gte", 0),
                                ),
                                name="order_parts_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fulfilment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("SHIP", "ship"),
                                    ("SHIP_FROM_STORE", "ship from store"),
                                    ("PICKUP", "pick up"),
                                    ("ORDER_AHEAD", "order ahead"),
                                    ("HOLD", "hold"),
                                    ("CARRY_OUT", "carry out"),
                                ],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PROPOSED", "proposed"),
                                    ("RESERVED", "reserved"),
                                    ("PREPARED", "prepared"),
                                    ("READY", "ready"),
                                    ("COMPLETED", "completed"),
                                    ("CANCELLED", "cancelled"),
                                    ("FAILED", "failed"),
                                ],
                                max_length=32,
                                verbose_name="status",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="created at")),
                        (
                            "accepted_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="accepted at"),
                        ),
                        ("ready_at", models.DateTimeField(blank=True, null=True, verbose_name="ready at")),
                        (
                            "picked_up_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="picked up at"),
                        ),
                        (
                            "completed_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="completed at"),
                        ),
                        (
                            "expired_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="expired at"),
                        ),
                        (
                            "tracking_number",
                            models.CharField(blank=True, max_length=64, verbose_name="tracking number"),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fulfilments",
                                to="organisation.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fulfilments",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "fulfilment",
                        "verbose_name_plural": "fulfilments",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("status__in", ["PROPOSED", "RESERVED", "PREPARED", "READY"])
                                ),
                                fields=["location", "status"],
                                name="fulfilment_to_do",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField(verbose_name="position")),
                        ("quantity", models.BigIntegerField(verbose_name="quantity")),
                        (
                            "unit_price",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="unit price"),
                        ),
                        (
                            "list_amount",
                            models.DecimalField(
                                decimal_places=4, max_digits=19, verbose_name="amount before discounts"
                            ),
                        ),
                        (
                            "discount_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="discounts"
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount"),
                        ),
                        (
                            "points_amount",
                            models.DecimalField(
                                decimal_places=4,
                                default=0,
                                max_digits=19,
                                verbose_name="points spent, in money",
                            ),
                        ),
                        (
                            "tax_rate",
                            models.DecimalField(decimal_places=4, max_digits=7, verbose_name="tax rate"),
                        ),
                        ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                        (
                            "service_mode",
                            models.CharField(
                                choices=[("TAKE_OUT", "taken out"), ("EAT_IN", "eaten in")],
                                default="TAKE_OUT",
                                max_length=32,
                                verbose_name="service mode",
                            ),
                        ),
                        ("fulfilled_quantity", models.BigIntegerField(default=0, verbose_name="fulfilled")),
                        ("cancelled_quantity", models.BigIntegerField(default=0, verbose_name="cancelled")),
                        ("returned_quantity", models.BigIntegerField(default=0, verbose_name="returned")),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisation.company",
                                verbose_name="selling company",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "tax_class",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.taxclass",
                                verbose_name="tax class",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="order_lines",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order line",
                        "verbose_name_plural": "order lines",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "position"), name="order_line_position_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gte", 0)), name="order_quantity_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("list_amount"), "-", models.F("discount_amount")
                                        ),
                                    )
                                ),
                                name="order_line_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled_quantity__gte", 0),
                                    ("fulfilled_quantity__gte", 0),
                                    (
                                        "quantity__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("fulfilled_quantity"),
                                            "+",
                                            models.F("cancelled_quantity"),
                                        ),
                                    ),
                                ),
                                name="not_more_done_than_ordered",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("returned_quantity__gte", 0),
                                    ("returned_quantity__lte", models.F("fulfilled_quantity")),
                                ),
                                name="not_more_returned_than_fulfilled",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FulfilmentLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.BigIntegerField(verbose_name="quantity")),
                        (
                            "fulfilment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.fulfilment",
                                verbose_name="fulfilment",
                            ),
                        ),
                        (
                            "reservation",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.reservation",
                                verbose_name="reservation",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fulfilment_lines",
                                to="orders.orderline",
                                verbose_name="order line",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "fulfilment line",
                        "verbose_name_plural": "fulfilment lines",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gte", 0)),
                                name="fulfilment_quantity_not_negative",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LineDiscount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=32, verbose_name="code")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount"),
                        ),
                        (
                            "funded_by",
                            models.CharField(
                                choices=[("SELLER", "the seller"), ("SUPPLIER", "the supplier")],
                                default="SELLER",
                                max_length=32,
                                verbose_name="borne by",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="discounts",
                                to="orders.orderline",
                                verbose_name="order line",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "line discount",
                        "verbose_name_plural": "line discounts",
                    },
                ),
                migrations.CreateModel(
                    name="OrderTax",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rate",
                            models.DecimalField(decimal_places=4, max_digits=7, verbose_name="tax rate"),
                        ),
                        ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                        (
                            "lines_amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="goods"),
                        ),
                        (
                            "shipping_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="shipping"
                            ),
                        ),
                        (
                            "discount_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="discounts"
                            ),
                        ),
                        (
                            "points_amount",
                            models.DecimalField(
                                decimal_places=4,
                                default=0,
                                max_digits=19,
                                verbose_name="points spent, in money",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount"),
                        ),
                        ("tax", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="tax")),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisation.company",
                                verbose_name="selling company",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="taxes",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order tax",
                        "verbose_name_plural": "order taxes",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "company", "rate", "tax_inclusive"),
                                name="one_bucket_per_rate",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("lines_amount"), "+", models.F("shipping_amount")
                                                ),
                                                "-",
                                                models.F("discount_amount"),
                                            ),
                                            "-",
                                            models.F("points_amount"),
                                        ),
                                    )
                                ),
                                name="tax_bucket_adds_up",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TenderType",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("CASH", "cash"),
                                    ("CARD", "card"),
                                    ("DEFERRED", "paid on delivery or pick-up"),
                                    ("COUPON", "coupon that others pay for"),
                                    ("EXTERNAL", "paid to the channel"),
                                    ("POINTS", "points"),
                                ],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("gives_change", models.BooleanField(default=False, verbose_name="gives change")),
                        (
                            "refund_route",
                            models.CharField(
                                choices=[
                                    ("SOURCE", "to where it came from"),
                                    ("CASH", "cash in a shop"),
                                    ("CHANNEL", "by the channel"),
                                    ("NONE", "not refunded"),
                                ],
                                default="SOURCE",
                                max_length=32,
                                verbose_name="refund route",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "tender type",
                        "verbose_name_plural": "tender types",
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=omni.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PENDING", "pending"),
                                    ("AUTHORISED", "authorised"),
                                    ("CAPTURED", "captured"),
                                    ("FAILED", "failed"),
                                    ("UNKNOWN", "unknown"),
                                    ("VOIDED", "voided"),
                                ],
                                max_length=32,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount"),
                        ),
                        (
                            "tendered_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="handed over"
                            ),
                        ),
                        (
                            "captured_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="captured"
                            ),
                        ),
                        (
                            "refunded_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="refunded"
                            ),
                        ),
                        (
                            "provider_reference",
                            models.CharField(blank=True, max_length=128, verbose_name="provider's reference"),
                        ),
                        (
                            "decline_code",
                            models.CharField(blank=True, max_length=64, verbose_name="decline code"),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="created at")),
                        (
                            "settled_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="settled at"),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "tender_type",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="orders.tendertype",
                                verbose_name="tender type",
                            ),
                        ),
                        ("claim_id", models.BigIntegerField(editable=False, null=True, verbose_name="claim")),
                        (
                            "attempts",
                            models.PositiveIntegerField(db_default=0, default=0, verbose_name="times asked"),
                        ),
                        (
                            "charge_started_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="charge started at"),
                        ),
                        (
                            "last_error",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                max_length=200,
                                verbose_name="last error",
                            ),
                        ),
                        (
                            "next_attempt_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="asked again at"),
                        ),
                    ],
                    options={
                        "verbose_name": "payment",
                        "verbose_name_plural": "payments",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["PENDING", "UNKNOWN"])),
                                fields=["created_at"],
                                name="payment_unsettled",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refunded_amount", 0),
                                    models.Q(
                                        ("refunded_amount__gt", 0),
                                        ("refunded_amount__lte", models.F("captured_amount")),
                                    ),
                                    _connector="OR",
                                ),
                                name="refunds_within_captures",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Refund",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=omni.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("source", models.CharField(max_length=96, verbose_name="source")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount"),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PENDING", "pending"),
                                    ("DONE", "done"),
                                    ("FAILED", "failed"),
                                    ("UNKNOWN", "unknown"),
                                ],
                                max_length=32,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "provider_reference",
                            models.CharField(blank=True, max_length=128, verbose_name="provider's reference"),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="created at")),
                        (
                            "settled_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="settled at"),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refunds",
                                to="orders.payment",
                                verbose_name="payment",
                            ),
                        ),
                        (
                            "attempts",
                            models.PositiveIntegerField(db_default=0, default=0, verbose_name="times asked"),
                        ),
                        (
                            "last_error",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                max_length=200,
                                verbose_name="last error",
                            ),
                        ),
                        (
                            "next_attempt_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="asked again at"),
                        ),
                    ],
                    options={
                        "verbose_name": "refund",
                        "verbose_name_plural": "refunds",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["PENDING", "UNKNOWN"])),
                                fields=["created_at"],
                                name="refund_unsettled",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="refund_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Return",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=64, unique=True, verbose_name="number")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("REQUESTED", "requested"),
                                    ("PARTIALLY_RECEIVED", "partially received"),
                                    ("RECEIVED", "received"),
                                    ("CANCELLED", "cancelled"),
                                ],
                                max_length=32,
                                verbose_name="status",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        (
                            "refund_amount",
                            models.DecimalField(
                                decimal_places=4, default=0, max_digits=19, verbose_name="refund"
                            ),
                        ),
                        (
                            "points_restored",
                            models.BigIntegerField(default=0, verbose_name="points given back"),
                        ),
                        (
                            "points_clawed_back",
                            models.BigIntegerField(default=0, verbose_name="points taken back"),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="created at")),
                        (
                            "received_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="received at"),
                        ),
                        ("business_date", models.DateField(verbose_name="business date")),
                        ("actor", models.CharField(max_length=64, verbose_name="actor")),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="returns",
                                to="organisation.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="returns",
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "return",
                        "verbose_name_plural": "returns",
                    },
                ),
                migrations.CreateModel(
                    name="ReturnLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.BigIntegerField(verbose_name="quantity")),
                        ("restock", models.BooleanField(default=True, verbose_name="back on sale")),
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount"),
                        ),
                        (
                            "points_amount",
                            models.DecimalField(
                                decimal_places=4,
                                default=0,
                                max_digits=19,
                                verbose_name="points spent, in money",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="return_lines",
                                to="orders.orderline",
                                verbose_name="order line",
                            ),
                        ),
                        (
                            "returned",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.return",
                                verbose_name="return",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "return line",
                        "verbose_name_plural": "return lines",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="return_quantity_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderContact",
                    fields=[
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="contact",
                                serialize=False,
                                to="orders.order",
                                verbose_name="order",
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                        (
                            "name_kana",
                            models.CharField(blank=True, max_length=200, verbose_name="name (kana)"),
                        ),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                        ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        (
                            "postal_code",
                            models.CharField(blank=True, max_length=16, verbose_name="postal code"),
                        ),
                        (
                            "prefecture",
                            models.CharField(blank=True, max_length=100, verbose_name="prefecture"),
                        ),
                        ("city", models.CharField(blank=True, max_length=200, verbose_name="city")),
                        (
                            "line1",
                            models.CharField(blank=True, max_length=200, verbose_name="street and number"),
                        ),
                        (
                            "line2",
                            models.CharField(blank=True, max_length=200, verbose_name="building and room"),
                        ),
                    ],
                    options={
                        "verbose_name": "order contact",
                        "verbose_name_plural": "order contacts",
                    },
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
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount"),
                        ),
                        (
                            "free_from",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                max_digits=19,
                                null=True,
                                verbose_name="free from",
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
                migrations.CreateModel(
                    name="LineComponent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "line",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="components",
                                to="orders.orderline",
                                verbose_name="order line",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.variant",
                                verbose_name="component",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "component of a line",
                        "verbose_name_plural": "components of lines",
                        "constraints": [
                            models.UniqueConstraint(fields=("line", "variant"), name="line_component_once"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="line_component_quantity_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ComponentReservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "fulfilment_line",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="component_reservations",
                                to="orders.fulfilmentline",
                                verbose_name="fulfilment line",
                            ),
                        ),
                        (
                            "reservation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.reservation",
                                verbose_name="reservation",
                            ),
                        ),
                        (
                            "component",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reservations",
                                to="orders.linecomponent",
                                verbose_name="component",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reservation of a component",
                        "verbose_name_plural": "reservations of components",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("fulfilment_line", "component"),
                                name="component_reserved_once_per_part",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LinePromise",
                    fields=[
                        (
                            "line",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="promise",
                                serialize=False,
                                to="orders.orderline",
                                verbose_name="order line",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("PREORDER", "preorder"), ("BACKORDER", "backorder")],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("release_at", models.DateTimeField(blank=True, null=True, verbose_name="release")),
                        (
                            "promised_date",
                            models.DateField(blank=True, null=True, verbose_name="promised for"),
                        ),
                        (
                            "first_date",
                            models.DateField(blank=True, null=True, verbose_name="first promised for"),
                        ),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("SUPPLY", "stock and what is under way"),
                                    ("LEAD_TIME", "the supplier's lead time"),
                                    ("RELEASE", "the release"),
                                    ("NOTHING", "nothing"),
                                ],
                                max_length=32,
                                verbose_name="rests on",
                            ),
                        ),
                        ("changed_at", models.DateTimeField(verbose_name="changed at")),
                    ],
                    options={
                        "verbose_name": "promise",
                        "verbose_name_plural": "promises",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "PREORDER"), ("release_at__isnull", False)),
                                    models.Q(("kind", "BACKORDER"), ("release_at__isnull", True)),
                                    _connector="OR",
                                ),
                                name="promised_preorders_have_a_release",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PromiseChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("changed_at", models.DateTimeField(verbose_name="changed at")),
                        ("before", models.DateField(blank=True, null=True, verbose_name="before")),
                        ("after", models.DateField(blank=True, null=True, verbose_name="after")),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("SUPPLY", "stock and what is under way"),
                                    ("LEAD_TIME", "the supplier's lead time"),
                                    ("RELEASE", "the release"),
                                    ("NOTHING", "nothing"),
                                ],
                                max_length=32,
                                verbose_name="rests on",
                            ),
                        ),
                        (
                            "promise",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="orders.linepromise",
                                verbose_name="promise",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change of a promise",
                        "verbose_name_plural": "changes of promises",
                    },
                ),
            ],
        ),
        migrations.RunSQL(NUMBERS, NUMBERS_BACKWARD),
    ]
