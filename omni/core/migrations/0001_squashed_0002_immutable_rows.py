"""Claims, and the trigger functions that ledgers share."""

from django.db import migrations, models

IMMUTABLE = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed: post a correcting row', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_is_immutable';
END $$;

-- A test suite empties its tables between tests; nothing else may.
CREATE FUNCTION core_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('omni.test_database', true), '') <> 'on' THEN
        RAISE EXCEPTION '% is never emptied', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_is_immutable';
    END IF;
    RETURN NULL;
END $$;
"""

IMMUTABLE_BACKWARD = """
DROP FUNCTION core_refuse_truncate();
DROP FUNCTION core_refuse_change();
"""


class Migration(migrations.Migration):
    replaces = [("core", "0001_initial"), ("core", "0002_immutable_rows")]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("principal", models.CharField(max_length=64, verbose_name="principal")),
                ("operation", models.CharField(max_length=64, verbose_name="operation")),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                ("fingerprint", models.BinaryField(max_length=16, verbose_name="fingerprint")),
                ("result", models.JSONField(verbose_name="result")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
            ],
            options={
                "verbose_name": "claim",
                "verbose_name_plural": "claims",
                "indexes": [models.Index(fields=["expires_at"], name="claim_expires_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("principal", "operation", "key"), name="claim_once")
                ],
            },
        ),
        migrations.RunSQL(IMMUTABLE, IMMUTABLE_BACKWARD),
    ]
