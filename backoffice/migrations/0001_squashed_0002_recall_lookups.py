"""History that was imported, and who looked up recalls."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models
from omni.core.operations import CreateModels

LOOKUPS = """
CREATE TRIGGER recall_lookup_immutable BEFORE UPDATE OR DELETE ON backoffice_recalllookup
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""

LOOKUPS_BACKWARD = "DROP TRIGGER recall_lookup_immutable ON backoffice_recalllookup;"


class Migration(migrations.Migration):
    replaces = [("backoffice", "0001_history"), ("backoffice", "0002_recall_lookups")]

    initial = True

    dependencies = [
        ("catalog", "0001_squashed_0009_charged_index"),
        ("core", "0001_squashed_0002_immutable_rows"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="HistoryImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=64, verbose_name="source")),
                        ("from_date", models.DateField(verbose_name="from")),
                        (
                            "until_date",
                            models.DateField(
                                help_text="The first day that is no longer part of it.", verbose_name="until"
                            ),
                        ),
                        ("opened", models.PositiveIntegerField(default=0, verbose_name="shops opened")),
                        ("opened_at", models.DateTimeField(null=True, verbose_name="opened at")),
                        ("position", models.PositiveBigIntegerField(verbose_name="next row")),
                        ("started_at", models.DateTimeField(verbose_name="started at")),
                        ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                    ],
                    options={
                        "verbose_name": "history import",
                        "verbose_name_plural": "history imports",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("from_date__lt", models.F("until_date"))),
                                name="import_has_days",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("source", "="),
                                    (
                                        models.Func(
                                            models.F("from_date"),
                                            models.F("until_date"),
                                            function="daterange",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="imports_do_not_overlap",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefusedRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("row", models.PositiveBigIntegerField(verbose_name="row")),
                        ("key", models.CharField(max_length=96, verbose_name="key")),
                        ("reason", models.CharField(max_length=96, verbose_name="reason")),
                        (
                            "history",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refused_rows",
                                to="backoffice.historyimport",
                                verbose_name="history import",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "refused row",
                        "verbose_name_plural": "refused rows",
                        "constraints": [
                            models.UniqueConstraint(fields=("history", "row"), name="row_refused_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecallLookup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=64, verbose_name="lot or serial number")),
                        ("sku", models.CharField(blank=True, max_length=64, verbose_name="SKU")),
                        ("personal", models.BooleanField(verbose_name="with customers")),
                        ("actor", models.CharField(max_length=64, verbose_name="actor")),
                        ("looked_at", models.DateTimeField(verbose_name="looked up at")),
                    ],
                    options={
                        "verbose_name": "recall look-up",
                        "verbose_name_plural": "recall look-ups",
                    },
                ),
            ],
        ),
        migrations.RunSQL(LOOKUPS, LOOKUPS_BACKWARD),
    ]
