"""Articles, their codes, listings and prices, and the history of each."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import pgtrigger.compiler
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models
from omni.core.operations import CreateModels

# Two writers at once are kept apart by their locks on the variants (`set_components`).
NESTING = """
CREATE FUNCTION catalog_refuse_nesting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM catalog_component WHERE bundle_id = NEW.component_id)
       OR EXISTS (SELECT FROM catalog_component WHERE component_id = NEW.bundle_id) THEN
        RAISE EXCEPTION 'variant % or % would be a bundle within a bundle', NEW.bundle_id, NEW.component_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_bundle_in_a_bundle',
                  TABLE = 'catalog_component';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER component_is_no_bundle BEFORE INSERT OR UPDATE OF bundle_id, component_id ON catalog_component
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_nesting();
"""

NESTING_BACKWARD = """
DROP TRIGGER component_is_no_bundle ON catalog_component;
DROP FUNCTION catalog_refuse_nesting();
"""

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

# From when on prices that begin or end by the clock are told.
WATCH = "INSERT INTO catalog_pricewatch (id, told_until) VALUES (1, now())"
WATCH_BACKWARD = "DELETE FROM catalog_pricewatch"


class Migration(migrations.Migration):
    replaces = [
        ("catalog", "0001_initial"),
        ("catalog", "0002_initial"),
        ("catalog", "0003_listing_in_channel"),
        ("catalog", "0004_history"),
        ("catalog", "0005_components"),
        ("catalog", "0006_no_bundle_in_a_bundle"),
        ("catalog", "0007_price_book"),
        ("catalog", "0008_prices_of_listings"),
        ("catalog", "0009_charged_index"),
    ]

    initial = True

    dependencies = [
        ("mfa", "0003_authenticator_type_uniq"),
        ("organisation", "0001_squashed_0004_ship_from_store"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        BtreeGistExtension(),
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Brand",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                    ],
                    options={
                        "verbose_name": "brand",
                        "verbose_name_plural": "brands",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "catalog_brandevent" ("code", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                                    hash="bdb8c36489eee50575c4e965f59837e605ef7a71",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_b4294",
                                    table="catalog_brand",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_brandevent" ("code", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                                    hash="9307882b16f599e27cc77bb6bb68bb54f723da36",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_ff4d6",
                                    table="catalog_brand",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Category",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=64, unique=True, verbose_name="code")),
                        (
                            "path",
                            models.CharField(
                                db_index=True, editable=False, max_length=500, verbose_name="path"
                            ),
                        ),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="catalog.category",
                                verbose_name="parent",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "category",
                        "verbose_name_plural": "categories",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "catalog_categoryevent" ("code", "id", "name", "parent_id", "path", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", OLD."parent_id", OLD."path", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                                    hash="51df53a0edf448f1a097a9349e0559946b33311a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_cd7f0",
                                    table="catalog_category",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_categoryevent" ("code", "id", "name", "parent_id", "path", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", OLD."parent_id", OLD."path", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                                    hash="c5f3bf4053ec85753245a61acfe924870efa40b7",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_40989",
                                    table="catalog_category",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Product",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=64, unique=True, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("kana", models.CharField(blank=True, max_length=255, verbose_name="kana")),
                        (
                            "description",
                            models.JSONField(blank=True, default=dict, verbose_name="description"),
                        ),
                        (
                            "archived_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="archived at"),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        ("search_text", models.TextField(default="", editable=False)),
                        (
                            "search_bigrams",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=2),
                                default=list,
                                editable=False,
                                size=None,
                            ),
                        ),
                        (
                            "brand",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="products",
                                to="catalog.brand",
                                verbose_name="brand",
                            ),
                        ),
                        (
                            "category",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="products",
                                to="catalog.category",
                                verbose_name="category",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "product",
                        "verbose_name_plural": "products",
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["search_bigrams"], name="product_search_bigrams"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."archived_at" IS DISTINCT FROM (NEW."archived_at") OR OLD."brand_id" IS DISTINCT FROM (NEW."brand_id") OR OLD."category_id" IS DISTINCT FROM (NEW."category_id") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kana" IS DISTINCT FROM (NEW."kana") OR OLD."name" IS DISTINCT FROM (NEW."name"))',
                                    func='INSERT INTO "catalog_productevent" ("archived_at", "brand_id", "category_id", "code", "created_at", "description", "id", "kana", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."archived_at", OLD."brand_id", OLD."category_id", OLD."code", OLD."created_at", OLD."description", OLD."id", OLD."kana", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                                    hash="2cf3ab51fa8665c73c3d415de257c942987a22b0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_9c20f",
                                    table="catalog_product",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_productevent" ("archived_at", "brand_id", "category_id", "code", "created_at", "description", "id", "kana", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."archived_at", OLD."brand_id", OLD."category_id", OLD."code", OLD."created_at", OLD."description", OLD."id", OLD."kana", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                                    hash="9ac5e197a6131565d09f663f95048d04ed31be58",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_cb89c",
                                    table="catalog_product",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxClass",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                    ],
                    options={
                        "verbose_name": "tax class",
                        "verbose_name_plural": "tax classes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "catalog_taxclassevent" ("code", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                                    hash="997210a2f87332d642e902405acc2bf4adac456b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_dc396",
                                    table="catalog_taxclass",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_taxclassevent" ("code", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                                    hash="716ddf8a027273c9f462a3e62c9690c35a35b73b",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_34bcd",
                                    table="catalog_taxclass",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Variant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sku", models.CharField(max_length=64, unique=True, verbose_name="SKU")),
                        ("name", models.JSONField(blank=True, default=dict, verbose_name="name")),
                        (
                            "options",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="For example size and colour.",
                                verbose_name="options",
                            ),
                        ),
                        ("keeps_stock", models.BooleanField(default=True, verbose_name="keeps stock")),
                        (
                            "stock_unit",
                            models.CharField(default="piece", max_length=16, verbose_name="stock unit"),
                        ),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                        (
                            "archived_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="archived at"),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="variants",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        (
                            "tax_class",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="catalog.taxclass",
                                verbose_name="tax class",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "variant",
                        "verbose_name_plural": "variants",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "catalog_variantevent" ("archived_at", "id", "keeps_stock", "name", "options", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "product_id", "sku", "stock_unit", "tax_class_id") VALUES (OLD."archived_at", OLD."id", OLD."keeps_stock", OLD."name", OLD."options", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."position", OLD."product_id", OLD."sku", OLD."stock_unit", OLD."tax_class_id"); RETURN NULL;',
                                    hash="be781feccbf855a7e94d500f7ea98a56d8bbbd82",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_e6ec9",
                                    table="catalog_variant",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_variantevent" ("archived_at", "id", "keeps_stock", "name", "options", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "product_id", "sku", "stock_unit", "tax_class_id") VALUES (OLD."archived_at", OLD."id", OLD."keeps_stock", OLD."name", OLD."options", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."position", OLD."product_id", OLD."sku", OLD."stock_unit", OLD."tax_class_id"); RETURN NULL;',
                                    hash="37a5e052d9f522f2b0c8753f63a6a4ef2287fa5c",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_3541c",
                                    table="catalog_variant",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Listing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("price", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="price")),
                        ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                        ("valid_from", models.DateTimeField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="organisation.saleschannel",
                                verbose_name="sales channel",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                        (
                            "reduced",
                            models.BooleanField(db_default=False, default=False, verbose_name="sale price"),
                        ),
                    ],
                    options={
                        "verbose_name": "listing",
                        "verbose_name_plural": "listings",
                        "indexes": [
                            models.Index(
                                fields=["variant", "channel", "valid_from"],
                                include=("valid_until", "price", "tax_inclusive", "reduced"),
                                name="listing_charged",
                            ),
                            models.Index(fields=["valid_from"], name="listing_begins"),
                            models.Index(
                                condition=models.Q(("valid_until__isnull", False)),
                                fields=["valid_until"],
                                name="listing_ends",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("price__gte", 0)), name="price_not_negative"
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("variant", "="),
                                    ("channel", "="),
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
                                name="listings_do_not_overlap",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
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
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        (
                            "service_mode",
                            models.CharField(
                                choices=[("TAKE_OUT", "taken out"), ("EAT_IN", "eaten in")],
                                default="TAKE_OUT",
                                max_length=32,
                                verbose_name="service mode",
                            ),
                        ),
                        ("rate", models.DecimalField(decimal_places=4, max_digits=7, verbose_name="rate")),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True,
                                help_text="The first day on which it no longer applies.",
                                null=True,
                                verbose_name="valid until",
                            ),
                        ),
                        (
                            "tax_class",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rates",
                                to="catalog.taxclass",
                                verbose_name="tax class",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tax rate",
                        "verbose_name_plural": "tax rates",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("rate__gte", 0), ("rate__lt", 1)),
                                name="tax_rate_is_a_ratio",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("tax_class", "="),
                                    ("country", "="),
                                    ("service_mode", "="),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_until"),
                                            function="daterange",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="tax_rates_do_not_overlap",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "catalog_taxrateevent" ("country", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "service_mode", "tax_class_id", "valid_from", "valid_until") VALUES (OLD."country", OLD."id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."rate", OLD."service_mode", OLD."tax_class_id", OLD."valid_from", OLD."valid_until"); RETURN NULL;',
                                    hash="62ab5d5396d3743705f11ced3d1684267ccccacc",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_797d2",
                                    table="catalog_taxrate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_taxrateevent" ("country", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "service_mode", "tax_class_id", "valid_from", "valid_until") VALUES (OLD."country", OLD."id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."rate", OLD."service_mode", OLD."tax_class_id", OLD."valid_from", OLD."valid_until"); RETURN NULL;',
                                    hash="00f6b3029d72bbdc35e9f853c99094049cf8e9c1",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_eacce",
                                    table="catalog_taxrate",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VariantCode",
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
                                    ("JAN", "JAN"),
                                    ("GTIN", "GTIN"),
                                    ("ITF14", "ITF-14"),
                                    ("IN_STORE", "in-store"),
                                    ("SUPPLIER", "supplier's"),
                                ],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("value", models.CharField(max_length=64, verbose_name="value")),
                        ("quantity", models.PositiveIntegerField(default=1, verbose_name="quantity")),
                        (
                            "variant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="codes",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "variant code",
                        "verbose_name_plural": "variant codes",
                        "constraints": [
                            models.UniqueConstraint(fields=("value",), name="code_names_one_variant"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="code_quantity_positive"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "catalog_variantcodeevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "value", "variant_id") VALUES (OLD."id", OLD."kind", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."quantity", OLD."value", OLD."variant_id"); RETURN NULL;',
                                    hash="6d2e6d22a61f2201bcc9a9931ae7a3487f7e1488",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_8b647",
                                    table="catalog_variantcode",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_variantcodeevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "value", "variant_id") VALUES (OLD."id", OLD."kind", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."quantity", OLD."value", OLD."variant_id"); RETURN NULL;',
                                    hash="e49ad498b721eb1dc91b3b31dd31a24aa5c39c5e",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_e7c6a",
                                    table="catalog_variantcode",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BrandEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.brand",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b1d8c5311e64b5e28bab0c8449eabe0c05b9ab0a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_95d41",
                                    table="catalog_brandevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CategoryEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=64, verbose_name="code")),
                        ("path", models.CharField(editable=False, max_length=500, verbose_name="path")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.category",
                                verbose_name="parent",
                            ),
                        ),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.category",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="ae134e5f8d9ddf42ff64203faaa9d809a705d972",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_511e6",
                                    table="catalog_categoryevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("price", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="price")),
                        ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                        ("valid_from", models.DateTimeField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="organisation.saleschannel",
                                verbose_name="sales channel",
                            ),
                        ),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.listing",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                        (
                            "reduced",
                            models.BooleanField(db_default=False, default=False, verbose_name="sale price"),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="eb740376767c606747aa95e03b7e9f7e8c0a66ab",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_1aba4",
                                    table="catalog_listingevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=64, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("kana", models.CharField(blank=True, max_length=255, verbose_name="kana")),
                        (
                            "description",
                            models.JSONField(blank=True, default=dict, verbose_name="description"),
                        ),
                        (
                            "archived_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="archived at"),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "brand",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.brand",
                                verbose_name="brand",
                            ),
                        ),
                        (
                            "category",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.category",
                                verbose_name="category",
                            ),
                        ),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.product",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="940e6199f2f19bd732620c5d3f2e10c3a68c0d21",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_582f1",
                                    table="catalog_productevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxClassEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.taxclass",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b58a8849c1b61d78e992d0f991be8bb1cc6b643b",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3dd60",
                                    table="catalog_taxclassevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxRateEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        (
                            "service_mode",
                            models.CharField(
                                choices=[("TAKE_OUT", "taken out"), ("EAT_IN", "eaten in")],
                                default="TAKE_OUT",
                                max_length=32,
                                verbose_name="service mode",
                            ),
                        ),
                        ("rate", models.DecimalField(decimal_places=4, max_digits=7, verbose_name="rate")),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True,
                                help_text="The first day on which it no longer applies.",
                                null=True,
                                verbose_name="valid until",
                            ),
                        ),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.taxrate",
                            ),
                        ),
                        (
                            "tax_class",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.taxclass",
                                verbose_name="tax class",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b6746d05f8e2ead79e7d48c52f79d5e52d705b53",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_d0dd6",
                                    table="catalog_taxrateevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VariantCodeEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("JAN", "JAN"),
                                    ("GTIN", "GTIN"),
                                    ("ITF14", "ITF-14"),
                                    ("IN_STORE", "in-store"),
                                    ("SUPPLIER", "supplier's"),
                                ],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("value", models.CharField(max_length=64, verbose_name="value")),
                        ("quantity", models.PositiveIntegerField(default=1, verbose_name="quantity")),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.variantcode",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="012610ab5c45f980b1e56af0430f6c016a9ddfce",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_13ed7",
                                    table="catalog_variantcodeevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VariantEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("sku", models.CharField(max_length=64, verbose_name="SKU")),
                        ("name", models.JSONField(blank=True, default=dict, verbose_name="name")),
                        (
                            "options",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="For example size and colour.",
                                verbose_name="options",
                            ),
                        ),
                        ("keeps_stock", models.BooleanField(default=True, verbose_name="keeps stock")),
                        (
                            "stock_unit",
                            models.CharField(default="piece", max_length=16, verbose_name="stock unit"),
                        ),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                        (
                            "archived_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="archived at"),
                        ),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.variant",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.product",
                                verbose_name="product",
                            ),
                        ),
                        (
                            "tax_class",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.taxclass",
                                verbose_name="tax class",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="2945fe1003b949103a795e407a344f13bb322ee2",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_cbb4a",
                                    table="catalog_variantevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Component",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "bundle",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="components",
                                to="catalog.variant",
                                verbose_name="bundle",
                            ),
                        ),
                        (
                            "component",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bundles",
                                to="catalog.variant",
                                verbose_name="component",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "component",
                        "verbose_name_plural": "components",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("bundle", "component"),
                                include=("quantity",),
                                name="component_once_per_bundle",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="component_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("bundle", models.F("component")), _negated=True),
                                name="bundle_not_in_itself",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "catalog_componentevent" ("bundle_id", "component_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity") VALUES (OLD."bundle_id", OLD."component_id", OLD."id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."quantity"); RETURN NULL;',
                                    hash="57b9fff8ea9fff706929e7a07841c79d1ad81983",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_b3177",
                                    table="catalog_component",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "catalog_componentevent" ("bundle_id", "component_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity") VALUES (OLD."bundle_id", OLD."component_id", OLD."id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."quantity"); RETURN NULL;',
                                    hash="c963fcf49aabb1fa756212aad43296ac8e15c980",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_d778f",
                                    table="catalog_component",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ComponentEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        (
                            "bundle",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.variant",
                                verbose_name="bundle",
                            ),
                        ),
                        (
                            "component",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.variant",
                                verbose_name="component",
                            ),
                        ),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.component",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="1562cf88f7ae12a0bc1512aa91a546d6f983c4fc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3fd62",
                                    table="catalog_componentevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
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
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="price"),
                        ),
                        ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                        ("valid_from", models.DateTimeField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                        ),
                        (
                            "decided_by",
                            models.CharField(blank=True, max_length=100, verbose_name="decided by"),
                        ),
                        (
                            "decided_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="decided at"
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="organisation.saleschannel",
                                verbose_name="sales channel",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="organisation.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "price",
                        "verbose_name_plural": "prices",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("location__isnull", False)),
                                fields=["location", "variant", "valid_from"],
                                include=("valid_until", "kind", "amount", "tax_inclusive", "currency"),
                                name="price_at_shop",
                            ),
                            models.Index(
                                condition=models.Q(("location__isnull", False)),
                                fields=["valid_from"],
                                name="shop_price_begins",
                            ),
                            models.Index(
                                condition=models.Q(("location__isnull", False)),
                                fields=["valid_until"],
                                name="shop_price_ends",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="decided_price_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("channel__isnull", True), ("location__isnull", True), _connector="OR"
                                ),
                                name="price_has_one_scope",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until__isnull", True),
                                    ("valid_until__gt", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="price_ends_after_it_begins",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
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
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
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
                            pgtrigger.compiler.Trigger(
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
                        ],
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
                        (
                            "amount",
                            models.DecimalField(decimal_places=4, max_digits=19, verbose_name="price"),
                        ),
                        ("tax_inclusive", models.BooleanField(default=True, verbose_name="tax-inclusive")),
                        ("valid_from", models.DateTimeField(verbose_name="valid from")),
                        (
                            "valid_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                        ),
                        (
                            "decided_by",
                            models.CharField(blank=True, max_length=100, verbose_name="decided by"),
                        ),
                        (
                            "decided_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="decided at"
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
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
                        (
                            "location",
                            models.ForeignKey(
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
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="catalog.price",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change",
                        "verbose_name_plural": "changes",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="d21c89d850cc177a0af4727fcc8f22faf35da550",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_4b97d",
                                    table="catalog_priceevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
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
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_watch_of_prices")
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(NESTING, NESTING_BACKWARD),
        migrations.RunSQL(FIXED, FIXED_BACKWARD),
        migrations.RunSQL(WATCH, WATCH_BACKWARD),
    ]
