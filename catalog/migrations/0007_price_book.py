"""The price book beside the listings, and which listings are sale prices."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


# Whichever code writes it: of a price that was decided nothing changes but its end.
FIXED = """
CREATE FUNCTION catalog_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'price % can only be ended', OLD.id
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'price_says_what_it_said', TABLE = 'catalog_price';
END $$;

CREATE TRIGGER price_says_what_it_said BEFORE UPDATE ON catalog_price FOR EACH ROW
    WHEN ((OLD.variant_id, OLD.currency, OLD.channel_id, OLD.location_id, OLD.kind, OLD.amount,
           OLD.tax_inclusive, OLD.valid_from, OLD.decided_by, OLD.decided_at)
          IS DISTINCT FROM
          (NEW.variant_id, NEW.currency, NEW.channel_id, NEW.location_id, NEW.kind, NEW.amount,
           NEW.tax_inclusive, NEW.valid_from, NEW.decided_by, NEW.decided_at))
    EXECUTE FUNCTION catalog_refuse_rewriting();
"""

FIXED_BACKWARD = """
DROP TRIGGER price_says_what_it_said ON catalog_price;
DROP FUNCTION catalog_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_no_bundle_in_a_bundle"),
        ("organisation", "0004_ship_from_store"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "kind",
                    models.CharField(
                        choices=[("REGULAR", "regular"), ("SALE", "sale")],
                        default="REGULAR",
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="price")),
                ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                ("valid_from", models.DateTimeField(verbose_name="valid from")),
                ("valid_until", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("decided_by", models.CharField(blank=True, max_length=100, verbose_name="decided by")),
                (
                    "decided_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="decided at"),
                ),
            ],
            options={
                "verbose_name": "price",
                "verbose_name_plural": "prices",
            },
        ),
        migrations.CreateModel(
            name="PriceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "kind",
                    models.CharField(
                        choices=[("REGULAR", "regular"), ("SALE", "sale")],
                        default="REGULAR",
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="price")),
                ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                ("valid_from", models.DateTimeField(verbose_name="valid from")),
                ("valid_until", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("decided_by", models.CharField(blank=True, max_length=100, verbose_name="decided by")),
                (
                    "decided_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="decided at"),
                ),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PriceWatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told_until", models.DateTimeField(verbose_name="told until")),
            ],
            options={
                "verbose_name": "watch of prices",
                "verbose_name_plural": "watches of prices",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="listing",
            name="changed_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="listing",
            name="deleted_delete",
        ),
        migrations.AddField(
            model_name="listing",
            name="reduced",
            field=models.BooleanField(db_default=False, default=False, verbose_name="sale price"),
        ),
        migrations.AddField(
            model_name="listingevent",
            name="reduced",
            field=models.BooleanField(db_default=False, default=False, verbose_name="sale price"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="listing",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "catalog_listingevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "reduced", "tax_inclusive", "valid_from", "valid_until", "variant_id") VALUES (OLD."channel_id", OLD."id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."price", OLD."reduced", OLD."tax_inclusive", OLD."valid_from", OLD."valid_until", OLD."variant_id"); RETURN NULL;',
                    hash="c5b4e57676108c43b45f8c3c7ccb8725763ca98d",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_cd9d3",
                    table="catalog_listing",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="listing",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_listingevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "reduced", "tax_inclusive", "valid_from", "valid_until", "variant_id") VALUES (OLD."channel_id", OLD."id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."price", OLD."reduced", OLD."tax_inclusive", OLD."valid_from", OLD."valid_until", OLD."variant_id"); RETURN NULL;',
                    hash="70a0d8630ad02e4c797e86755e2edf36eed1a0dd",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_110d5",
                    table="catalog_listing",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="channel",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="prices",
                to="organisation.saleschannel",
                verbose_name="sales channel",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="location",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="prices",
                to="organisation.location",
                verbose_name="location",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="variant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="prices",
                to="catalog.variant",
                verbose_name="variant",
            ),
        ),
        migrations.AddField(
            model_name="priceevent",
            name="channel",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="organisation.saleschannel",
                verbose_name="sales channel",
            ),
        ),
        migrations.AddField(
            model_name="priceevent",
            name="location",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="organisation.location",
                verbose_name="location",
            ),
        ),
        migrations.AddField(
            model_name="priceevent",
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
            model_name="priceevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="catalog.price",
            ),
        ),
        migrations.AddField(
            model_name="priceevent",
            name="variant",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="catalog.variant",
                verbose_name="variant",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricewatch",
            constraint=models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_watch_of_prices"),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(
                condition=models.Q(("location__isnull", False)),
                fields=["location", "variant", "valid_from"],
                include=("valid_until", "kind", "amount", "tax_inclusive", "currency"),
                name="price_at_shop",
            ),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(
                condition=models.Q(("location__isnull", False)),
                fields=["valid_from"],
                name="shop_price_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="price",
            index=models.Index(
                condition=models.Q(("location__isnull", False)),
                fields=["valid_until"],
                name="shop_price_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="decided_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__isnull", True), ("location__isnull", True), _connector="OR"),
                name="price_has_one_scope",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="price_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("variant", "="),
                    ("currency", "="),
                    (django.db.models.functions.comparison.Coalesce("channel", 0), "="),
                    (django.db.models.functions.comparison.Coalesce("location", 0), "="),
                    ("kind", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_until"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(),
                            function="tstzrange",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="prices_do_not_overlap",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="price",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "catalog_priceevent" ("amount", "channel_id", "currency", "decided_at", "decided_by", "id", "kind", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tax_inclusive", "valid_from", "valid_until", "variant_id") VALUES (OLD."amount", OLD."channel_id", OLD."currency", OLD."decided_at", OLD."decided_by", OLD."id", OLD."kind", OLD."location_id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."tax_inclusive", OLD."valid_from", OLD."valid_until", OLD."variant_id"); RETURN NULL;',
                    hash="ff9ec40db7c479af0780195f78dd4efd17439e39",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_afaee",
                    table="catalog_price",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="price",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_priceevent" ("amount", "channel_id", "currency", "decided_at", "decided_by", "id", "kind", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tax_inclusive", "valid_from", "valid_until", "variant_id") VALUES (OLD."amount", OLD."channel_id", OLD."currency", OLD."decided_at", OLD."decided_by", OLD."id", OLD."kind", OLD."location_id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."tax_inclusive", OLD."valid_from", OLD."valid_until", OLD."variant_id"); RETURN NULL;',
                    hash="ce5c38a3af517a6795dfbfa5d3db55db7fa99917",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_4e0ed",
                    table="catalog_price",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="priceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d21c89d850cc177a0af4727fcc8f22faf35da550",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4b97d",
                    table="catalog_priceevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FIXED, FIXED_BACKWARD),
    ]
