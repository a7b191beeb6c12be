"""Whose registration numbers have no check digit."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0002_location_by_postal_code"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="company",
            name="changed_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="company",
            name="deleted_delete",
        ),
        migrations.AddField(
            model_name="company",
            name="sole_proprietor",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The digits of a sole proprietor's registration number have no check digit.",
                verbose_name="sole proprietor",
            ),
        ),
        migrations.AddField(
            model_name="companyevent",
            name="sole_proprietor",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The digits of a sole proprietor's registration number have no check digit.",
                verbose_name="sole proprietor",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="company",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "organisation_companyevent" ("code", "country", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registration_number", "sole_proprietor", "tax_rounding") VALUES (OLD."code", OLD."country", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."registration_number", OLD."sole_proprietor", OLD."tax_rounding"); RETURN NULL;',
                    hash="7bf256e8a25a45fc8c26451136d36c54e059b49e",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_0afd1",
                    table="organisation_company",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="company",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "organisation_companyevent" ("code", "country", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registration_number", "sole_proprietor", "tax_rounding") VALUES (OLD."code", OLD."country", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."registration_number", OLD."sole_proprietor", OLD."tax_rounding"); RETURN NULL;',
                    hash="4e08587ff7f7bd0e7baa4ad5ff1aad0a763e13b1",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_ec730",
                    table="organisation_company",
                    when="AFTER",
                ),
            ),
        ),
    ]
