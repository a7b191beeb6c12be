"""Invoices, receipts and their numbers; what they say can't be changed, nor can they be deleted."""

from datetime import date

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


UNCHANGED = """
CREATE TRIGGER document_never_deleted BEFORE DELETE ON orders_document
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER document_says_what_it_said BEFORE UPDATE ON orders_document
    FOR EACH ROW WHEN (
        (OLD.number, OLD.kind, OLD.series_id, OLD.sequence, OLD.company_id, OLD.order_id, OLD.returned_id, OLD.change_id,
         OLD.currency, OLD.total, OLD.tax, OLD.content, OLD.issued_at, OLD.actor)
        IS DISTINCT FROM
        (NEW.number, NEW.kind, NEW.series_id, NEW.sequence, NEW.company_id, NEW.order_id, NEW.returned_id, NEW.change_id,
         NEW.currency, NEW.total, NEW.tax, NEW.content, NEW.issued_at, NEW.actor)
        OR (OLD.status = 'VOID' AND NEW.status <> 'VOID')
        OR NEW.print_count < OLD.print_count
    ) EXECUTE FUNCTION core_refuse_change();
"""

CHANGEABLE = """
DROP TRIGGER document_says_what_it_said ON orders_document;
DROP TRIGGER document_never_deleted ON orders_document;
"""


def write_stamp_duty(apps, schema_editor):
    """Japan's Stamp Tax Act, schedule 1, no. 17: receipts of less than ¥50,000 bear none since 2014-04-01."""
    limits = apps.get_model("orders", "StampDutyLimit")
    limits.objects.create(country="JP", currency="JPY", amount=50_000, valid_from=date(2014, 4, 1))


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0017_flat_rates_to_methods"),
        ("organisation", "0003_sole_proprietor"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="StampDutyLimitEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount")),
                ("valid_from", models.DateField(verbose_name="valid from")),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("INVOICE", "invoice"),
                            ("SIMPLIFIED_INVOICE", "simplified invoice"),
                            ("RETURN_INVOICE", "return invoice"),
                            ("RECEIPT", "receipt of payment"),
                        ],
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ISSUED", "issued"), ("VOID", "void")],
                        default="ISSUED",
                        max_length=32,
                        verbose_name="status",
                    ),
                ),
                ("sequence", models.PositiveBigIntegerField(verbose_name="number in the series")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("total", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="total")),
                ("tax", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="tax")),
                ("content", models.JSONField(verbose_name="content")),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
                ("print_count", models.PositiveIntegerField(default=0, verbose_name="times printed")),
                (
                    "exchanged_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="exchanged for a receipt at"),
                ),
                ("voided_at", models.DateTimeField(blank=True, null=True, verbose_name="voided at")),
                ("voided_by", models.CharField(blank=True, max_length=64, verbose_name="voided by")),
                (
                    "void_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason for voiding"),
                ),
                (
                    "change",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="orders.orderchange",
                        verbose_name="change of the order",
                    ),
                ),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "returned",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="orders.return",
                        verbose_name="return",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
            },
        ),
        migrations.CreateModel(
            name="DocumentPrint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("copy", models.PositiveIntegerField(verbose_name="copy")),
                ("printed_at", models.DateTimeField(verbose_name="printed at")),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prints",
                        to="orders.document",
                        verbose_name="document",
                    ),
                ),
            ],
            options={
                "verbose_name": "print",
                "verbose_name_plural": "prints",
            },
        ),
        migrations.CreateModel(
            name="DocumentSeries",
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
                            ("INVOICE", "invoice"),
                            ("SIMPLIFIED_INVOICE", "simplified invoice"),
                            ("RETURN_INVOICE", "return invoice"),
                            ("RECEIPT", "receipt of payment"),
                        ],
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                ("device", models.CharField(blank=True, max_length=12, verbose_name="device")),
                ("last_sequence", models.PositiveBigIntegerField(default=0, verbose_name="last number")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.company",
                        verbose_name="selling company",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.location",
                        verbose_name="location",
                    ),
                ),
            ],
            options={
                "verbose_name": "document series",
                "verbose_name_plural": "document series",
            },
        ),
        migrations.AddField(
            model_name="document",
            name="series",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="orders.documentseries",
                verbose_name="series",
            ),
        ),
        migrations.CreateModel(
            name="StampDutyLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount")),
                ("valid_from", models.DateField(verbose_name="valid from")),
            ],
            options={
                "verbose_name": "stamp duty limit",
                "verbose_name_plural": "stamp duty limits",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "currency", "valid_from"), name="one_stamp_limit_a_day"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stampdutylimit",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_stampdutylimitevent" ("amount", "country", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from") VALUES (OLD."amount", OLD."country", OLD."currency", OLD."id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."valid_from"); RETURN NULL;',
                    hash="58d12fb6fecdad0c3f3d96ebee9ab24b546b63f3",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_a03cf",
                    table="orders_stampdutylimit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stampdutylimit",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_stampdutylimitevent" ("amount", "country", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from") VALUES (OLD."amount", OLD."country", OLD."currency", OLD."id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."valid_from"); RETURN NULL;',
                    hash="2c5378d30138a7bfd5ffce8d696d01b1c6f7adb2",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_4946b",
                    table="orders_stampdutylimit",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="stampdutylimitevent",
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
            model_name="stampdutylimitevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="orders.stampdutylimit",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentprint",
            constraint=models.UniqueConstraint(fields=("document", "copy"), name="document_copy_once"),
        ),
        migrations.AddConstraint(
            model_name="documentseries",
            constraint=models.UniqueConstraint(
                fields=("company", "kind", "location", "device"),
                name="one_series_for_each_device",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["-issued_at", "-id"], name="document_issued"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(fields=("series", "sequence"), name="document_number_once"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["INVOICE", "SIMPLIFIED_INVOICE"]), ("status", "ISSUED")),
                fields=("order", "company"),
                name="one_standing_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("kind", "RETURN_INVOICE"), ("returned__isnull", False), ("status", "ISSUED")
                ),
                fields=("returned", "company"),
                name="one_standing_return_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(("change__isnull", False), ("status", "ISSUED")),
                fields=("change", "company"),
                name="one_standing_invoice_of_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "ISSUED"), ("voided_at__isnull", True)),
                    models.Q(
                        ("status", "VOID"),
                        ("voided_at__isnull", False),
                        models.Q(("void_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="void_document_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("total__gte", 0)), name="document_total_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stampdutylimitevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="27019b4b41a87297098f8bbf3b1e7dd8efcbd901",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9e1b9",
                    table="orders_stampdutylimitevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(UNCHANGED, CHANGEABLE),
        migrations.RunPython(write_stamp_duty, migrations.RunPython.noop),
    ]
