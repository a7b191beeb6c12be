"""Rules and decisions of routing; how far a location's work on a fulfilment is, and by when it is due."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0020_promotions"),
        ("organisation", "0004_how_locations_work"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "fulfilment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="handed_over",
                        serialize=False,
                        to="orders.fulfilment",
                        verbose_name="fulfilment",
                    ),
                ),
                ("code_checked", models.BooleanField(verbose_name="code checked")),
                ("collector", models.CharField(blank=True, max_length=100, verbose_name="collected by")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
            ],
            options={
                "verbose_name": "hand-over",
                "verbose_name_plural": "hand-overs",
            },
        ),
        migrations.CreateModel(
            name="WorkItem",
            fields=[],
            options={
                "verbose_name": "work",
                "verbose_name_plural": "work queue",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("orders.fulfilment",),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="accept_by",
            field=models.DateTimeField(blank=True, null=True, verbose_name="to be accepted by"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="escalated_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="overdue since"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="packed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="packed at"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="picking_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="picking began at"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="ready_by",
            field=models.DateTimeField(blank=True, null=True, verbose_name="to be ready by"),
        ),
        migrations.CreateModel(
            name="FulfilmentStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("ACCEPT", "accepted"),
                            ("PICK", "picking began"),
                            ("PACK", "packed"),
                            ("READY", "made ready"),
                            ("HAND_OVER", "handed over"),
                            ("ESCALATE", "overdue"),
                        ],
                        max_length=32,
                        verbose_name="step",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
                (
                    "fulfilment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="steps",
                        to="orders.fulfilment",
                        verbose_name="fulfilment",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of work",
                "verbose_name_plural": "steps of work",
            },
        ),
        migrations.CreateModel(
            name="RoutingDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[("PLACED", "ordered"), ("WAITING", "rejected, or stock arrived")],
                        max_length=32,
                        verbose_name="cause",
                    ),
                ),
                ("decided_at", models.DateTimeField(db_index=True, verbose_name="decided at")),
                ("parcels", models.PositiveIntegerField(verbose_name="parcels")),
                ("cost", models.BigIntegerField(verbose_name="cost")),
                ("metres", models.BigIntegerField(verbose_name="metres")),
                ("exact", models.BooleanField(verbose_name="proven to be the cheapest")),
                ("trace", models.JSONField(verbose_name="trace")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="routing_decisions",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing decision",
                "verbose_name_plural": "routing decisions",
            },
        ),
        migrations.CreateModel(
            name="RoutingRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "distance",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="Points for a kilometre to the buyer.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="distance",
                    ),
                ),
                (
                    "split",
                    models.PositiveIntegerField(
                        default=300,
                        help_text="Points for each parcel after the first.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="further parcel",
                    ),
                ),
                (
                    "workload",
                    models.PositiveIntegerField(
                        default=100,
                        help_text="Points for a location whose day is full.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="workload",
                    ),
                ),
                (
                    "health",
                    models.PositiveIntegerField(
                        default=50,
                        help_text="Points for taking all that a shelf has; for a half of it, half.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="stock health",
                    ),
                ),
                (
                    "cutoff",
                    models.PositiveIntegerField(
                        default=5,
                        help_text="Points for an hour until the goods leave.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="waiting time",
                    ),
                ),
                (
                    "priority",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="Points for a step down the channel's sources.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="place in the list",
                    ),
                ),
                (
                    "max_parcels",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="An order that can't be sent in so few takes as few as it can.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="most parcels",
                    ),
                ),
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="routing_rules",
                        to="organisation.saleschannel",
                        verbose_name="sales channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing rules",
                "verbose_name_plural": "routing rules",
            },
        ),
        migrations.CreateModel(
            name="RoutingRulesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "distance",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="Points for a kilometre to the buyer.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="distance",
                    ),
                ),
                (
                    "split",
                    models.PositiveIntegerField(
                        default=300,
                        help_text="Points for each parcel after the first.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="further parcel",
                    ),
                ),
                (
                    "workload",
                    models.PositiveIntegerField(
                        default=100,
                        help_text="Points for a location whose day is full.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="workload",
                    ),
                ),
                (
                    "health",
                    models.PositiveIntegerField(
                        default=50,
                        help_text="Points for taking all that a shelf has; for a half of it, half.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="stock health",
                    ),
                ),
                (
                    "cutoff",
                    models.PositiveIntegerField(
                        default=5,
                        help_text="Points for an hour until the goods leave.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="waiting time",
                    ),
                ),
                (
                    "priority",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="Points for a step down the channel's sources.",
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="place in the list",
                    ),
                ),
                (
                    "max_parcels",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="An order that can't be sent in so few takes as few as it can.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="most parcels",
                    ),
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
                        to="orders.routingrules",
                    ),
                ),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routingrules",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_routingrulesevent" ("active", "channel_id", "cutoff", "distance", "health", "id", "max_parcels", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "split", "workload") VALUES (OLD."active", OLD."channel_id", OLD."cutoff", OLD."distance", OLD."health", OLD."id", OLD."max_parcels", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."priority", OLD."split", OLD."workload"); RETURN NULL;',
                    hash="d32e388ff8b6586da941019c4bfa209487481895",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_e15f9",
                    table="orders_routingrules",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routingrules",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_routingrulesevent" ("active", "channel_id", "cutoff", "distance", "health", "id", "max_parcels", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "split", "workload") VALUES (OLD."active", OLD."channel_id", OLD."cutoff", OLD."distance", OLD."health", OLD."id", OLD."max_parcels", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."priority", OLD."split", OLD."workload"); RETURN NULL;',
                    hash="89b95d7fe3c3a543e172f6e5c4cc910691837c3d",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_3ee8e",
                    table="orders_routingrules",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routingrulesevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9e5321c32429a5e443269777debae62a64a87958",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_88fd9",
                    table="orders_routingrulesevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
