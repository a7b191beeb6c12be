"""Companies, locations, channels, staff, and the history of each."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models
from omni.core.operations import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("organisation", "0001_initial"),
        ("organisation", "0002_history"),
        ("organisation", "0003_opening_hours_and_pauses"),
        ("organisation", "0004_ship_from_store"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Company",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        (
                            "registration_number",
                            models.CharField(
                                blank=True,
                                help_text="In Japan T and 13 digits.",
                                max_length=32,
                                verbose_name="invoice registration number",
                            ),
                        ),
                        (
                            "tax_rounding",
                            models.CharField(
                                choices=[("FLOOR", "down"), ("HALF_UP", "half up"), ("CEILING", "up")],
                                default="FLOOR",
                                max_length=32,
                                verbose_name="tax rounding",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "company",
                        "verbose_name_plural": "companies",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "organisation_companyevent" ("code", "country", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registration_number", "tax_rounding") VALUES (OLD."code", OLD."country", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."registration_number", OLD."tax_rounding"); RETURN NULL;',
                                    hash="15e4017134b5d69032a3baf956a4abde48597846",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_0afd1",
                                    table="organisation_company",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "organisation_companyevent" ("code", "country", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registration_number", "tax_rounding") VALUES (OLD."code", OLD."country", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."registration_number", OLD."tax_rounding"); RETURN NULL;',
                                    hash="8b16300529efede6075df9d3484629de0937dd26",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_ec730",
                                    table="organisation_company",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                        ("name", models.CharField(blank=True, max_length=150, verbose_name="name")),
                        ("language", models.CharField(default="ja", max_length=8, verbose_name="language")),
                        ("is_staff", models.BooleanField(default=False, verbose_name="staff")),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="joined at"),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "user",
                        "verbose_name_plural": "users",
                    },
                ),
                migrations.CreateModel(
                    name="Location",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("STORE", "store"), ("WAREHOUSE", "warehouse")],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        (
                            "postal_code",
                            models.CharField(blank=True, max_length=16, verbose_name="postal code"),
                        ),
                        ("address", models.JSONField(blank=True, default=dict, verbose_name="address")),
                        ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                        (
                            "latitude",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90),
                                    django.core.validators.MaxValueValidator(90),
                                ],
                                verbose_name="latitude",
                            ),
                        ),
                        (
                            "longitude",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180),
                                    django.core.validators.MaxValueValidator(180),
                                ],
                                verbose_name="longitude",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(default="Asia/Tokyo", max_length=64, verbose_name="time zone"),
                        ),
                        ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                        (
                            "capabilities",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("SHIP", "ships"),
                                        ("SHIP_FROM_STORE", "ships from store"),
                                        ("PICKUP", "pick-up"),
                                        ("HOLD", "holds"),
                                        ("ORDER_AHEAD", "order ahead"),
                                        ("CARRY_OUT", "carry out"),
                                        ("RETURNS", "returns"),
                                    ],
                                    max_length=32,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="capabilities",
                            ),
                        ),
                        ("franchise", models.BooleanField(default=False, verbose_name="franchise")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "company",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="locations",
                                to="organisation.company",
                                verbose_name="company",
                            ),
                        ),
                        (
                            "pause_note",
                            models.CharField(blank=True, max_length=200, verbose_name="note on the pause"),
                        ),
                        (
                            "pause_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("BUSY", "too busy"),
                                    ("SHORT_STAFFED", "too few staff"),
                                    ("SYSTEM", "till or network trouble"),
                                    ("EMERGENCY", "weather or emergency"),
                                    ("OTHER", "other"),
                                ],
                                max_length=32,
                                verbose_name="reason of the pause",
                            ),
                        ),
                        ("paused_by", models.CharField(blank=True, max_length=100, verbose_name="paused by")),
                        (
                            "paused_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="paused until"),
                        ),
                        (
                            "pickup_lead_minutes",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="Minutes of opening time until an order can be picked up.",
                                validators=[django.core.validators.MaxValueValidator(20160)],
                                verbose_name="pick-up lead time",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "location",
                        "verbose_name_plural": "locations",
                        "indexes": [models.Index(fields=["latitude", "longitude"], name="location_point")],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "organisation_locationevent" ("active", "address", "capabilities", "code", "company_id", "country", "currency", "franchise", "id", "kind", "latitude", "longitude", "name", "pause_note", "pause_reason", "paused_by", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pickup_lead_minutes", "postal_code", "time_zone") VALUES (OLD."active", OLD."address", OLD."capabilities", OLD."code", OLD."company_id", OLD."country", OLD."currency", OLD."franchise", OLD."id", OLD."kind", OLD."latitude", OLD."longitude", OLD."name", OLD."pause_note", OLD."pause_reason", OLD."paused_by", OLD."paused_until", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."phone", OLD."pickup_lead_minutes", OLD."postal_code", OLD."time_zone"); RETURN NULL;',
                                    hash="8668e001e42c4636d02186da659418db2dbb8991",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_0c5af",
                                    table="organisation_location",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "organisation_locationevent" ("active", "address", "capabilities", "code", "company_id", "country", "currency", "franchise", "id", "kind", "latitude", "longitude", "name", "pause_note", "pause_reason", "paused_by", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pickup_lead_minutes", "postal_code", "time_zone") VALUES (OLD."active", OLD."address", OLD."capabilities", OLD."code", OLD."company_id", OLD."country", OLD."currency", OLD."franchise", OLD."id", OLD."kind", OLD."latitude", OLD."longitude", OLD."name", OLD."pause_note", OLD."pause_reason", OLD."paused_by", OLD."paused_until", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."phone", OLD."pickup_lead_minutes", OLD."postal_code", OLD."time_zone"); RETURN NULL;',
                                    hash="bbd4d9eecca8fe8654671a304207c653f45a8f81",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_eecca",
                                    table="organisation_location",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SalesChannel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("EC", "EC site"),
                                    ("APP", "app"),
                                    ("STORE", "store"),
                                    ("MARKETPLACE", "marketplace"),
                                    ("SOCIAL", "social"),
                                    ("CONTACT_CENTRE", "contact centre"),
                                ],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "company",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="channels",
                                to="organisation.company",
                                verbose_name="company",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sales channel",
                        "verbose_name_plural": "sales channels",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "organisation_saleschannelevent" ("active", "code", "company_id", "country", "currency", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."code", OLD."company_id", OLD."country", OLD."currency", OLD."id", OLD."kind", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                                    hash="d5582af2c199e4b4db48569cb8269663fb726ce6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_2990e",
                                    table="organisation_saleschannel",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "organisation_saleschannelevent" ("active", "code", "company_id", "country", "currency", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."code", OLD."company_id", OLD."country", OLD."currency", OLD."id", OLD."kind", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                                    hash="5e0bb619f602529c4200f5a1da4ffd8e0d392106",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_34ccc",
                                    table="organisation_saleschannel",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("prefix", models.CharField(max_length=12, unique=True, verbose_name="prefix")),
                        ("digest", models.BinaryField(max_length=32, verbose_name="digest")),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("till", "till: sales, returns, member look-up"),
                                        ("stock:read", "read stock"),
                                        ("stock:write", "change stock"),
                                        ("orders:read", "read orders"),
                                        ("orders:write", "change orders"),
                                        ("customers:read", "read customers"),
                                    ],
                                    max_length=32,
                                ),
                                default=list,
                                size=None,
                                verbose_name="scopes",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                        ),
                        (
                            "revoked_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="last used at"),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_keys",
                                to="organisation.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_keys",
                                to="organisation.saleschannel",
                                verbose_name="sales channel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "API key",
                        "verbose_name_plural": "API keys",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."channel_id" IS DISTINCT FROM (NEW."channel_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."location_id" IS DISTINCT FROM (NEW."location_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes"))',
                                    func='INSERT INTO "organisation_apikeyevent" ("channel_id", "created_at", "expires_at", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "revoked_at", "scopes") VALUES (OLD."channel_id", OLD."created_at", OLD."expires_at", OLD."id", OLD."location_id", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."prefix", OLD."revoked_at", OLD."scopes"); RETURN NULL;',
                                    hash="071207d2c5f6b9aec68086e7df0e6223acecfce5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_3b1d3",
                                    table="organisation_apikey",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "organisation_apikeyevent" ("channel_id", "created_at", "expires_at", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "revoked_at", "scopes") VALUES (OLD."channel_id", OLD."created_at", OLD."expires_at", OLD."id", OLD."location_id", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."prefix", OLD."revoked_at", OLD."scopes"); RETURN NULL;',
                                    hash="d0eb45bdb7cd3ba95af50f410274ca503490c184",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_b6520",
                                    table="organisation_apikey",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StaffAssignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("CLERK", "clerk"),
                                    ("MANAGER", "shop manager"),
                                    ("STOCK_OFFICE", "stock office"),
                                    ("CONTACT_CENTRE", "contact centre"),
                                    ("HEADQUARTERS", "headquarters"),
                                ],
                                max_length=32,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="organisation.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="assignments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "staff assignment",
                        "verbose_name_plural": "staff assignments",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "role", "location"),
                                name="assignment_once",
                                nulls_distinct=False,
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "organisation_staffassignmentevent" ("id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (OLD."id", OLD."location_id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."role", OLD."user_id"); RETURN NULL;',
                                    hash="faeeb278a00e1f4e8c09a922b8f36b51c61128b8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_7faa9",
                                    table="organisation_staffassignment",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "organisation_staffassignmentevent" ("id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (OLD."id", OLD."location_id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."role", OLD."user_id"); RETURN NULL;',
                                    hash="fcc5c6579a58753f3011e84d37a0e3b009cb5f69",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_8ddcc",
                                    table="organisation_staffassignment",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiKeyEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("prefix", models.CharField(max_length=12, verbose_name="prefix")),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("till", "till: sales, returns, member look-up"),
                                        ("stock:read", "read stock"),
                                        ("stock:write", "change stock"),
                                        ("orders:read", "read orders"),
                                        ("orders:write", "change orders"),
                                        ("customers:read", "read customers"),
                                    ],
                                    max_length=32,
                                ),
                                default=list,
                                size=None,
                                verbose_name="scopes",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                        ),
                        (
                            "revoked_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
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
                                to="organisation.apikey",
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
                                    hash="7c869cc3d99a1c289511e749544543334cef9042",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_bbbad",
                                    table="organisation_apikeyevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CompanyEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        (
                            "registration_number",
                            models.CharField(
                                blank=True,
                                help_text="In Japan T and 13 digits.",
                                max_length=32,
                                verbose_name="invoice registration number",
                            ),
                        ),
                        (
                            "tax_rounding",
                            models.CharField(
                                choices=[("FLOOR", "down"), ("HALF_UP", "half up"), ("CEILING", "up")],
                                default="FLOOR",
                                max_length=32,
                                verbose_name="tax rounding",
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
                                to="organisation.company",
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
                                    hash="57427718b2bc135f2fe469a688aa3f0733d3614e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_ebb1f",
                                    table="organisation_companyevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LocationEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("STORE", "store"), ("WAREHOUSE", "warehouse")],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        (
                            "postal_code",
                            models.CharField(blank=True, max_length=16, verbose_name="postal code"),
                        ),
                        ("address", models.JSONField(blank=True, default=dict, verbose_name="address")),
                        ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                        (
                            "latitude",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90),
                                    django.core.validators.MaxValueValidator(90),
                                ],
                                verbose_name="latitude",
                            ),
                        ),
                        (
                            "longitude",
                            models.FloatField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180),
                                    django.core.validators.MaxValueValidator(180),
                                ],
                                verbose_name="longitude",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(default="Asia/Tokyo", max_length=64, verbose_name="time zone"),
                        ),
                        ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                        (
                            "capabilities",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("SHIP", "ships"),
                                        ("SHIP_FROM_STORE", "ships from store"),
                                        ("PICKUP", "pick-up"),
                                        ("HOLD", "holds"),
                                        ("ORDER_AHEAD", "order ahead"),
                                        ("CARRY_OUT", "carry out"),
                                        ("RETURNS", "returns"),
                                    ],
                                    max_length=32,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="capabilities",
                            ),
                        ),
                        ("franchise", models.BooleanField(default=False, verbose_name="franchise")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "company",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="organisation.company",
                                verbose_name="company",
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
                                to="organisation.location",
                            ),
                        ),
                        (
                            "pause_note",
                            models.CharField(blank=True, max_length=200, verbose_name="note on the pause"),
                        ),
                        (
                            "pause_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("BUSY", "too busy"),
                                    ("SHORT_STAFFED", "too few staff"),
                                    ("SYSTEM", "till or network trouble"),
                                    ("EMERGENCY", "weather or emergency"),
                                    ("OTHER", "other"),
                                ],
                                max_length=32,
                                verbose_name="reason of the pause",
                            ),
                        ),
                        ("paused_by", models.CharField(blank=True, max_length=100, verbose_name="paused by")),
                        (
                            "paused_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="paused until"),
                        ),
                        (
                            "pickup_lead_minutes",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="Minutes of opening time until an order can be picked up.",
                                validators=[django.core.validators.MaxValueValidator(20160)],
                                verbose_name="pick-up lead time",
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
                                    hash="de6316a8a30bf63c37c28e492a269faf428b7013",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_ae5c2",
                                    table="organisation_locationevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SalesChannelEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("EC", "EC site"),
                                    ("APP", "app"),
                                    ("STORE", "store"),
                                    ("MARKETPLACE", "marketplace"),
                                    ("SOCIAL", "social"),
                                    ("CONTACT_CENTRE", "contact centre"),
                                ],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("name", models.JSONField(default=dict, verbose_name="name")),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "company",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="organisation.company",
                                verbose_name="company",
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
                                to="organisation.saleschannel",
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
                                    hash="efef6261d2a9c47a22b2ccc3a0b0fc0f1c6ea07b",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_77072",
                                    table="organisation_saleschannelevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StaffAssignmentEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("CLERK", "clerk"),
                                    ("MANAGER", "shop manager"),
                                    ("STOCK_OFFICE", "stock office"),
                                    ("CONTACT_CENTRE", "contact centre"),
                                    ("HEADQUARTERS", "headquarters"),
                                ],
                                max_length=32,
                                verbose_name="role",
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
                                to="organisation.staffassignment",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
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
                                    hash="85a4b8ac51375d08c9b0398fba1724de8266beac",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_5e1d6",
                                    table="organisation_staffassignmentevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningException",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField(verbose_name="date")),
                        ("opens_at", models.TimeField(blank=True, null=True, verbose_name="opens at")),
                        ("closes_at", models.TimeField(blank=True, null=True, verbose_name="closes at")),
                        ("reason", models.JSONField(blank=True, default=dict, verbose_name="reason")),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="opening_exceptions",
                                to="organisation.location",
                                verbose_name="location",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "exception from opening hours",
                        "verbose_name_plural": "exceptions from opening hours",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("location", "date", "opens_at"),
                                name="exception_once_a_date",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closes_at__isnull", True), ("opens_at__isnull", True)),
                                    models.Q(("closes_at__isnull", False), ("opens_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="exception_has_both_ends_or_none",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "organisation_openingexceptionevent" ("closes_at", "date", "id", "location_id", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."closes_at", OLD."date", OLD."id", OLD."location_id", OLD."opens_at", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."reason"); RETURN NULL;',
                                    hash="bf9d9a33a9e1e4404b8195d760f3d47fb409b0cb",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_d3592",
                                    table="organisation_openingexception",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "organisation_openingexceptionevent" ("closes_at", "date", "id", "location_id", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."closes_at", OLD."date", OLD."id", OLD."location_id", OLD."opens_at", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."reason"); RETURN NULL;',
                                    hash="a6d5ca4bdd5cc3435f8bfce1ba5732042fcf1328",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_8665f",
                                    table="organisation_openingexception",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningExceptionEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        ("date", models.DateField(verbose_name="date")),
                        ("opens_at", models.TimeField(blank=True, null=True, verbose_name="opens at")),
                        ("closes_at", models.TimeField(blank=True, null=True, verbose_name="closes at")),
                        ("reason", models.JSONField(blank=True, default=dict, verbose_name="reason")),
                        (
                            "location",
                            models.ForeignKey(
                                db_constraint=False,
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
                                to="organisation.openingexception",
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
                                    hash="3db729456f256a87424ba12a5702c6f156bcd4ff",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_0b66e",
                                    table="organisation_openingexceptionevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningHours",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "day",
                            models.CharField(
                                choices=[
                                    ("MON", "Monday"),
                                    ("TUE", "Tuesday"),
                                    ("WED", "Wednesday"),
                                    ("THU", "Thursday"),
                                    ("FRI", "Friday"),
                                    ("SAT", "Saturday"),
                                    ("SUN", "Sunday"),
                                    ("HOLIDAY", "public holidays"),
                                ],
                                max_length=32,
                                verbose_name="day",
                            ),
                        ),
                        ("opens_at", models.TimeField(blank=True, null=True, verbose_name="opens at")),
                        ("closes_at", models.TimeField(blank=True, null=True, verbose_name="closes at")),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="opening_hours",
                                to="organisation.location",
                                verbose_name="location",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "opening hours",
                        "verbose_name_plural": "opening hours",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("location", "day", "opens_at"),
                                name="hours_once_a_day",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closes_at__isnull", True), ("opens_at__isnull", True)),
                                    models.Q(("closes_at__isnull", False), ("opens_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="hours_have_both_ends_or_none",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="changed_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "organisation_openinghoursevent" ("closes_at", "day", "id", "location_id", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."closes_at", OLD."day", OLD."id", OLD."location_id", OLD."opens_at", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                                    hash="0d599a417fcf069c46f10f7580633285e7d9ba25",
                                    operation="UPDATE",
                                    pgid="pgtrigger_changed_update_bd2df",
                                    table="organisation_openinghours",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="deleted_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "organisation_openinghoursevent" ("closes_at", "day", "id", "location_id", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."closes_at", OLD."day", OLD."id", OLD."location_id", OLD."opens_at", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                                    hash="9286dff67c07ee5833349c71c0f28537fc729d60",
                                    operation="DELETE",
                                    pgid="pgtrigger_deleted_delete_6ac2f",
                                    table="organisation_openinghours",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningHoursEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        (
                            "day",
                            models.CharField(
                                choices=[
                                    ("MON", "Monday"),
                                    ("TUE", "Tuesday"),
                                    ("WED", "Wednesday"),
                                    ("THU", "Thursday"),
                                    ("FRI", "Friday"),
                                    ("SAT", "Saturday"),
                                    ("SUN", "Sunday"),
                                    ("HOLIDAY", "public holidays"),
                                ],
                                max_length=32,
                                verbose_name="day",
                            ),
                        ),
                        ("opens_at", models.TimeField(blank=True, null=True, verbose_name="opens at")),
                        ("closes_at", models.TimeField(blank=True, null=True, verbose_name="closes at")),
                        (
                            "location",
                            models.ForeignKey(
                                db_constraint=False,
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
                                to="organisation.openinghours",
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
                                    hash="707c58d7ca30403aba7dae317c1e4168fe5ce493",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_278d3",
                                    table="organisation_openinghoursevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
