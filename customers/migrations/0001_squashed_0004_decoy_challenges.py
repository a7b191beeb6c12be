"""Customers, their identities, addresses and consents."""

import django.db.models.deletion
import django.utils.timezone
import omni.core.ids
from django.conf import settings
from django.db import migrations, models
from omni.core.operations import CreateModels

# A new customer record is its own person.
OWN_PERSON = """
CREATE FUNCTION customers_own_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.person_id := NEW.id;
    RETURN NEW;
END $$;

CREATE TRIGGER customer_own_person BEFORE INSERT ON customers_customer
    FOR EACH ROW WHEN (NEW.person_id IS NULL) EXECUTE FUNCTION customers_own_person();
"""

OWN_PERSON_BACKWARD = """
DROP TRIGGER customer_own_person ON customers_customer;
DROP FUNCTION customers_own_person();
"""


class Migration(migrations.Migration):
    replaces = [
        ("customers", "0001_initial"),
        ("customers", "0002_initial"),
        ("customers", "0003_person"),
        ("customers", "0004_decoy_challenges"),
    ]

    initial = True

    dependencies = [
        ("organisation", "0001_squashed_0004_ship_from_store"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Customer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "public_id",
                            models.UUIDField(
                                default=omni.core.ids.uuid7,
                                editable=False,
                                unique=True,
                                verbose_name="public id",
                            ),
                        ),
                        (
                            "family_name",
                            models.CharField(blank=True, max_length=100, verbose_name="family name"),
                        ),
                        (
                            "given_name",
                            models.CharField(blank=True, max_length=100, verbose_name="given name"),
                        ),
                        (
                            "family_name_kana",
                            models.CharField(blank=True, max_length=100, verbose_name="family name (kana)"),
                        ),
                        (
                            "given_name_kana",
                            models.CharField(blank=True, max_length=100, verbose_name="given name (kana)"),
                        ),
                        ("birth_date", models.DateField(blank=True, null=True, verbose_name="birth date")),
                        ("language", models.CharField(default="ja", max_length=8, verbose_name="language")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="erased at")),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged_records",
                                to="customers.customer",
                                verbose_name="merged into",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="records",
                                to="customers.customer",
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "customer",
                        "verbose_name_plural": "customers",
                        "indexes": [
                            models.Index(fields=["family_name_kana", "given_name_kana"], name="customer_kana")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("merged_into", None),
                                    models.Q(("merged_into", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="not_merged_into_itself",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("merged_into", None), ("person", models.F("id"))),
                                    models.Q(
                                        ("merged_into__isnull", False),
                                        models.Q(("person", models.F("id")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="person_is_the_root",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="account",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                        (
                            "customer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="account",
                                to="customers.customer",
                                verbose_name="customer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "EC account",
                        "verbose_name_plural": "EC accounts",
                    },
                ),
                migrations.CreateModel(
                    name="Address",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("recipient", models.CharField(max_length=200, verbose_name="recipient")),
                        (
                            "recipient_kana",
                            models.CharField(blank=True, max_length=200, verbose_name="recipient (kana)"),
                        ),
                        ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                        ("postal_code", models.CharField(max_length=16, verbose_name="postal code")),
                        ("prefecture", models.CharField(max_length=100, verbose_name="prefecture")),
                        ("city", models.CharField(max_length=200, verbose_name="city")),
                        ("line1", models.CharField(max_length=200, verbose_name="street and number")),
                        (
                            "line2",
                            models.CharField(blank=True, max_length=200, verbose_name="building and room"),
                        ),
                        ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                        ("default", models.BooleanField(default=False, verbose_name="default")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "archived_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="archived at"),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addresses",
                                to="customers.customer",
                                verbose_name="customer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "address",
                        "verbose_name_plural": "addresses",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("archived_at", None), ("default", True)),
                                fields=("customer",),
                                name="one_default_address",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Identity",
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
                                    ("EMAIL", "e-mail"),
                                    ("PHONE", "phone"),
                                    ("MEMBER_NUMBER", "member number"),
                                    ("EC_ACCOUNT", "EC account"),
                                    ("LINE", "LINE"),
                                    ("DEVICE", "device"),
                                ],
                                max_length=32,
                                verbose_name="kind",
                            ),
                        ),
                        ("value", models.CharField(max_length=255, verbose_name="value")),
                        ("source", models.CharField(max_length=64, verbose_name="source")),
                        (
                            "verified_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="verified at"),
                        ),
                        (
                            "first_seen_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="first seen at"
                            ),
                        ),
                        (
                            "last_seen_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="last seen at"
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identities",
                                to="customers.customer",
                                verbose_name="customer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "identity",
                        "verbose_name_plural": "identities",
                        "indexes": [models.Index(fields=["value"], name="identity_value")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("verified_at__isnull", False)),
                                fields=("kind", "value"),
                                name="verified_identity_names_one_customer",
                            ),
                            models.UniqueConstraint(
                                fields=("customer", "kind", "value"), name="identity_once_per_customer"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LinkChallenge",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=omni.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("digest", models.BinaryField(max_length=32, verbose_name="digest")),
                        (
                            "sent_to",
                            models.CharField(
                                help_text="The kind of identity that it was sent to.",
                                max_length=16,
                                verbose_name="sent to",
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="wrong tries")),
                        ("created_at", models.DateTimeField(verbose_name="created at")),
                        ("expires_at", models.DateTimeField(verbose_name="expires at")),
                        ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="used at")),
                        (
                            "member",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="customers.customer",
                                verbose_name="member",
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="customers.customer",
                                verbose_name="requested by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "link code",
                        "verbose_name_plural": "link codes",
                    },
                ),
                migrations.CreateModel(
                    name="Merge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.CharField(max_length=64, verbose_name="reason")),
                        ("actor", models.CharField(max_length=64, verbose_name="actor")),
                        ("merged_at", models.DateTimeField(verbose_name="merged at")),
                        ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merges",
                                to="customers.customer",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "into",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merges_received",
                                to="customers.customer",
                                verbose_name="into",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "merge",
                        "verbose_name_plural": "merges",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("undone_at", None)),
                                fields=("customer",),
                                name="one_standing_merge_per_customer",
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(OWN_PERSON, OWN_PERSON_BACKWARD),
    ]
