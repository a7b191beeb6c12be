"""Until when orders leave a location, how many it prepares in a day, and within what time it accepts them."""

import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0003_sole_proprietor"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="location",
            name="changed_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="location",
            name="deleted_delete",
        ),
        migrations.AddField(
            model_name="location",
            name="accept_within_minutes",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Minutes of opening time; then people are told. Empty: nobody waits for it.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                ],
                verbose_name="orders are accepted within",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="dispatch_until",
            field=models.TimeField(
                blank=True,
                help_text="By the location's clock. Empty: as long as it is open.",
                null=True,
                verbose_name="orders leave on the day until",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="parcels_a_day",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="What waits there is measured against it when orders are routed. Empty: not at all.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="orders that it prepares in a day",
            ),
        ),
        migrations.AddField(
            model_name="locationevent",
            name="accept_within_minutes",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Minutes of opening time; then people are told. Empty: nobody waits for it.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                ],
                verbose_name="orders are accepted within",
            ),
        ),
        migrations.AddField(
            model_name="locationevent",
            name="dispatch_until",
            field=models.TimeField(
                blank=True,
                help_text="By the location's clock. Empty: as long as it is open.",
                null=True,
                verbose_name="orders leave on the day until",
            ),
        ),
        migrations.AddField(
            model_name="locationevent",
            name="parcels_a_day",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="What waits there is measured against it when orders are routed. Empty: not at all.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="orders that it prepares in a day",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="location",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "organisation_locationevent" ("accept_within_minutes", "active", "address", "capabilities", "code", "company_id", "country", "currency", "dispatch_until", "franchise", "id", "kind", "latitude", "longitude", "name", "parcels_a_day", "pause_note", "pause_reason", "paused_by", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pickup_lead_minutes", "postal_code", "time_zone") VALUES (OLD."accept_within_minutes", OLD."active", OLD."address", OLD."capabilities", OLD."code", OLD."company_id", OLD."country", OLD."currency", OLD."dispatch_until", OLD."franchise", OLD."id", OLD."kind", OLD."latitude", OLD."longitude", OLD."name", OLD."parcels_a_day", OLD."pause_note", OLD."pause_reason", OLD."paused_by", OLD."paused_until", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."phone", OLD."pickup_lead_minutes", OLD."postal_code", OLD."time_zone"); RETURN NULL;',
                    hash="5ba8813c7658884d204a7b64b8eb8149c49c8c61",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_0c5af",
                    table="organisation_location",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="location",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "organisation_locationevent" ("accept_within_minutes", "active", "address", "capabilities", "code", "company_id", "country", "currency", "dispatch_until", "franchise", "id", "kind", "latitude", "longitude", "name", "parcels_a_day", "pause_note", "pause_reason", "paused_by", "paused_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pickup_lead_minutes", "postal_code", "time_zone") VALUES (OLD."accept_within_minutes", OLD."active", OLD."address", OLD."capabilities", OLD."code", OLD."company_id", OLD."country", OLD."currency", OLD."dispatch_until", OLD."franchise", OLD."id", OLD."kind", OLD."latitude", OLD."longitude", OLD."name", OLD."parcels_a_day", OLD."pause_note", OLD."pause_reason", OLD."paused_by", OLD."paused_until", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."phone", OLD."pickup_lead_minutes", OLD."postal_code", OLD."time_zone"); RETURN NULL;',
                    hash="f2ead9a135637e11a8a874565d823aa1ee48bcf6",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_eecca",
                    table="organisation_location",
                    when="AFTER",
                ),
            ),
        ),
    ]
