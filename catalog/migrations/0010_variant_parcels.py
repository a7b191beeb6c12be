"""How a unit is packed and kept on its way."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_squashed_0009_charged_index"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="variant",
            name="changed_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="variant",
            name="deleted_delete",
        ),
        migrations.AddField(
            model_name="variant",
            name="parcel_size",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Length, width and height of one unit as packed, added up, in centimetres.",
                null=True,
                verbose_name="parcel size",
            ),
        ),
        migrations.AddField(
            model_name="variant",
            name="temperature",
            field=models.CharField(
                choices=[("AMBIENT", "ambient"), ("CHILLED", "chilled"), ("FROZEN", "frozen")],
                db_default="AMBIENT",
                default="AMBIENT",
                max_length=32,
                verbose_name="temperature",
            ),
        ),
        migrations.AddField(
            model_name="variant",
            name="weight",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of one unit as packed, in grams.", null=True, verbose_name="weight"
            ),
        ),
        migrations.AddField(
            model_name="variantevent",
            name="parcel_size",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Length, width and height of one unit as packed, added up, in centimetres.",
                null=True,
                verbose_name="parcel size",
            ),
        ),
        migrations.AddField(
            model_name="variantevent",
            name="temperature",
            field=models.CharField(
                choices=[("AMBIENT", "ambient"), ("CHILLED", "chilled"), ("FROZEN", "frozen")],
                db_default="AMBIENT",
                default="AMBIENT",
                max_length=32,
                verbose_name="temperature",
            ),
        ),
        migrations.AddField(
            model_name="variantevent",
            name="weight",
            field=models.PositiveIntegerField(
                blank=True, help_text="Of one unit as packed, in grams.", null=True, verbose_name="weight"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "catalog_variantevent" ("archived_at", "id", "keeps_stock", "name", "options", "parcel_size", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "product_id", "sku", "stock_unit", "tax_class_id", "temperature", "weight") VALUES (OLD."archived_at", OLD."id", OLD."keeps_stock", OLD."name", OLD."options", OLD."parcel_size", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."position", OLD."product_id", OLD."sku", OLD."stock_unit", OLD."tax_class_id", OLD."temperature", OLD."weight"); RETURN NULL;',
                    hash="1d90713cec00139c0ae61e9194b36db6e7e59978",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_e6ec9",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_variantevent" ("archived_at", "id", "keeps_stock", "name", "options", "parcel_size", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "product_id", "sku", "stock_unit", "tax_class_id", "temperature", "weight") VALUES (OLD."archived_at", OLD."id", OLD."keeps_stock", OLD."name", OLD."options", OLD."parcel_size", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."position", OLD."product_id", OLD."sku", OLD."stock_unit", OLD."tax_class_id", OLD."temperature", OLD."weight"); RETURN NULL;',
                    hash="69b7cc1c7d496a822c2ac3fac8b43a4a649bee06",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_3541c",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
    ]
