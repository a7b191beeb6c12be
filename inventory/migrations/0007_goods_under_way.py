"""Purchase orders, and transfers in steps. Transfers so far were made at once: they are received."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_history"),
        ("inventory", "0006_receipts_by_location"),
        ("organisation", "0002_history"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="PurchaseOrder",
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
                            ("DRAFT", "draft"),
                            ("ORDERED", "ordered"),
                            ("PARTIALLY_RECEIVED", "partially received"),
                            ("RECEIVED", "received"),
                            ("CLOSED", "closed short"),
                            ("CANCELLED", "cancelled"),
                        ],
                        default="DRAFT",
                        max_length=32,
                        verbose_name="status",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("expected_date", models.DateField(blank=True, null=True, verbose_name="expected on")),
                (
                    "over_tolerance",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        max_digits=7,
                        verbose_name="tolerance of over-delivery",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("ordered_at", models.DateTimeField(blank=True, null=True, verbose_name="ordered at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
            ],
            options={
                "verbose_name": "purchase order",
                "verbose_name_plural": "purchase orders",
            },
        ),
        migrations.CreateModel(
            name="PurchaseOrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.BigIntegerField(verbose_name="quantity")),
                ("unit_cost", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="unit cost")),
                ("received", models.BigIntegerField(default=0, verbose_name="received")),
                ("damaged", models.BigIntegerField(default=0, verbose_name="damaged")),
            ],
            options={
                "verbose_name": "purchase order line",
                "verbose_name_plural": "purchase order lines",
            },
        ),
        migrations.CreateModel(
            name="PurchaseReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "over_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="reason for taking more"),
                ),
            ],
            options={
                "verbose_name": "purchase receipt",
                "verbose_name_plural": "purchase receipts",
            },
        ),
        migrations.CreateModel(
            name="Supplier",
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
                    "lead_time_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="lead time in days"),
                ),
                (
                    "over_tolerance",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="0.05 takes up to 5% more than was ordered.",
                        max_digits=7,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="tolerance of over-delivery",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "supplier",
                "verbose_name_plural": "suppliers",
            },
        ),
        migrations.CreateModel(
            name="SupplierEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                (
                    "lead_time_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="lead time in days"),
                ),
                (
                    "over_tolerance",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="0.05 takes up to 5% more than was ordered.",
                        max_digits=7,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="tolerance of over-delivery",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TransferDifference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("MISSING", "did not arrive"),
                            ("OVER", "arrived over"),
                            ("DAMAGED", "arrived damaged"),
                        ],
                        max_length=32,
                        verbose_name="nature",
                    ),
                ),
                ("quantity", models.BigIntegerField(verbose_name="quantity")),
                ("found", models.BigIntegerField(default=0, verbose_name="found")),
                ("written_off", models.BigIntegerField(default=0, verbose_name="written off")),
                ("returned", models.BigIntegerField(default=0, verbose_name="back on the origin's books")),
            ],
            options={
                "verbose_name": "transfer difference",
                "verbose_name_plural": "transfer differences",
            },
        ),
        migrations.CreateModel(
            name="TransferPosting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "transfer posting",
                "verbose_name_plural": "transfer postings",
            },
        ),
        migrations.AddField(
            model_name="transfer",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
        ),
        migrations.AddField(
            model_name="transfer",
            name="expected_date",
            field=models.DateField(blank=True, null=True, verbose_name="expected on"),
        ),
        migrations.AddField(
            model_name="transfer",
            name="reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="transfer",
            name="shipped_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="shipped at"),
        ),
        migrations.AddField(
            model_name="transfer",
            name="status",
            field=models.CharField(
                choices=[
                    ("REQUESTED", "requested"),
                    ("APPROVED", "approved"),
                    ("SHIPPED", "shipped"),
                    ("PARTIALLY_RECEIVED", "partially received"),
                    ("RECEIVED", "received"),
                    ("CANCELLED", "cancelled"),
                ],
                default="RECEIVED",
                max_length=32,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="status",
            field=models.CharField(
                choices=[
                    ("REQUESTED", "requested"),
                    ("APPROVED", "approved"),
                    ("SHIPPED", "shipped"),
                    ("PARTIALLY_RECEIVED", "partially received"),
                    ("RECEIVED", "received"),
                    ("CANCELLED", "cancelled"),
                ],
                default="REQUESTED",
                max_length=32,
                verbose_name="status",
            ),
        ),
        migrations.AddField(
            model_name="transferline",
            name="damaged",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="damaged"),
        ),
        migrations.AddField(
            model_name="transferline",
            name="received",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="received"),
        ),
        migrations.AddField(
            model_name="transferline",
            name="reservation",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.reservation",
                verbose_name="reservation",
            ),
        ),
        migrations.AddField(
            model_name="transferline",
            name="shipped",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="shipped"),
        ),
        migrations.AlterField(
            model_name="discrepancy",
            name="kind",
            field=models.CharField(
                choices=[
                    ("BELOW_ZERO", "sold below zero"),
                    ("UNALLOCATED", "sold outside, not in stock"),
                    ("STRANDED", "promised, but gone"),
                    ("TRANSFER", "transferred otherwise than written"),
                ],
                max_length=32,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("damaged__gte", 0),
                    ("received__gte", 0),
                    ("shipped__gte", 0),
                    ("shipped__lte", models.F("quantity")),
                ),
                name="transfer_line_counts_what_moved",
            ),
        ),
        migrations.AddField(
            model_name="purchaseorder",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisation.company",
                verbose_name="buying company",
            ),
        ),
        migrations.AddField(
            model_name="purchaseorder",
            name="destination",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="purchase_orders",
                to="organisation.location",
                verbose_name="to",
            ),
        ),
        migrations.AddField(
            model_name="purchaseorderline",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="inventory.purchaseorder",
                verbose_name="purchase order",
            ),
        ),
        migrations.AddField(
            model_name="purchaseorderline",
            name="variant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.variant",
                verbose_name="variant",
            ),
        ),
        migrations.AddField(
            model_name="purchasereceipt",
            name="document",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.stockdocument",
                verbose_name="document",
            ),
        ),
        migrations.AddField(
            model_name="purchasereceipt",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="inventory.purchaseorder",
                verbose_name="purchase order",
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suppliers",
                to="organisation.company",
                verbose_name="buying company",
            ),
        ),
        migrations.AddField(
            model_name="purchaseorder",
            name="supplier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="inventory.supplier",
                verbose_name="supplier",
            ),
        ),
        migrations.AddField(
            model_name="supplierevent",
            name="company",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="organisation.company",
                verbose_name="buying company",
            ),
        ),
        migrations.AddField(
            model_name="supplierevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="supplierevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="inventory.supplier",
            ),
        ),
        migrations.AddField(
            model_name="transferdifference",
            name="discrepancy",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.discrepancy",
                verbose_name="discrepancy",
            ),
        ),
        migrations.AddField(
            model_name="transferdifference",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="differences",
                to="inventory.transferline",
                verbose_name="transfer line",
            ),
        ),
        migrations.AddField(
            model_name="transferposting",
            name="document",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.stockdocument",
                verbose_name="document",
            ),
        ),
        migrations.AddField(
            model_name="transferposting",
            name="transfer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postings",
                to="inventory.transfer",
                verbose_name="transfer",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.UniqueConstraint(
                fields=("order", "variant"), name="purchase_line_once_per_variant"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("damaged__gte", 0), ("quantity__gt", 0), ("received__gte", 0), ("unit_cost__gte", 0)
                ),
                name="purchase_line_counts_what_arrived",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplier",
            constraint=models.CheckConstraint(
                condition=models.Q(("over_tolerance__gte", 0)), name="supplier_tolerance_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supplier",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "inventory_supplierevent" ("active", "code", "company_id", "id", "lead_time_days", "name", "over_tolerance", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."code", OLD."company_id", OLD."id", OLD."lead_time_days", OLD."name", OLD."over_tolerance", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                    hash="28deec7f92e098e1555e4a59159f58df9669894b",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_e38f3",
                    table="inventory_supplier",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supplier",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "inventory_supplierevent" ("active", "code", "company_id", "id", "lead_time_days", "name", "over_tolerance", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."code", OLD."company_id", OLD."id", OLD."lead_time_days", OLD."name", OLD."over_tolerance", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                    hash="bd28d53fb0c1a1b36452898072f4dc57f2b97332",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_74de4",
                    table="inventory_supplier",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="purchaseorder",
            index=models.Index(
                condition=models.Q(("status__in", ["ORDERED", "PARTIALLY_RECEIVED"])),
                fields=["destination"],
                name="purchase_order_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("over_tolerance__gte", 0)), name="purchase_tolerance_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supplierevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2b4e24e0ef9390d59efb52f3f47967f9f6cbd65c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_faff3",
                    table="inventory_supplierevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="transferdifference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("found__gte", 0),
                    ("quantity__gt", 0),
                    ("returned__gte", 0),
                    ("written_off__gte", 0),
                    (
                        "quantity__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("found"), "+", models.F("written_off")
                            ),
                            "+",
                            models.F("returned"),
                        ),
                    ),
                ),
                name="difference_settled_at_most_once",
            ),
        ),
    ]
