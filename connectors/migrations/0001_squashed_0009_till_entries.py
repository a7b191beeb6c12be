"""Connections, and what is kept about each."""

import connectors.models.outbound
import django.db.models.deletion
import omni.core.ids
from django.db import migrations, models
from omni.core.operations import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("connectors", "0001_initial"),
        ("connectors", "0002_initial"),
        ("connectors", "0003_push_state_leases"),
        ("connectors", "0004_inbound_drops"),
        ("connectors", "0005_connector_kinds"),
        ("connectors", "0006_listings_shipments_pauses"),
        ("connectors", "0007_webhook_says_what_it_takes"),
        ("connectors", "0008_refused_files"),
        ("connectors", "0009_till_entries"),
    ]

    initial = True

    dependencies = [
        ("catalog", "0001_squashed_0009_charged_index"),
        ("orders", "0001_squashed_0008_promises"),
        ("organisation", "0001_squashed_0004_ship_from_store"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Connection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "kind",
                            models.CharField(
                                default="webhook",
                                max_length=32,
                                validators=[connectors.models.outbound.refuse_unknown_kind],
                                verbose_name="kind",
                            ),
                        ),
                        ("url", models.URLField(blank=True, max_length=500, verbose_name="URL")),
                        ("secret", models.CharField(blank=True, max_length=200, verbose_name="secret")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "pushes_per_second",
                            models.PositiveIntegerField(default=200, verbose_name="pushes a second at most"),
                        ),
                        (
                            "batch_size",
                            models.PositiveIntegerField(default=200, verbose_name="items in a push at most"),
                        ),
                        (
                            "failures",
                            models.PositiveIntegerField(default=0, verbose_name="failures in a row"),
                        ),
                        (
                            "retry_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="circuit open until"),
                        ),
                        ("last_error", models.TextField(blank=True, verbose_name="last error")),
                        (
                            "orders_cursor",
                            models.CharField(blank=True, max_length=200, verbose_name="orders read up to"),
                        ),
                        (
                            "compared_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="compared at"),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="connections",
                                to="organisation.saleschannel",
                                verbose_name="sales channel",
                            ),
                        ),
                        (
                            "settings",
                            models.JSONField(
                                blank=True, db_default={}, default=dict, verbose_name="settings of the kind"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "connection",
                        "verbose_name_plural": "connections",
                    },
                ),
                migrations.CreateModel(
                    name="Comparison",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("started_at", models.DateTimeField(verbose_name="started at")),
                        (
                            "finished_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                        ),
                        ("compared", models.PositiveIntegerField(default=0, verbose_name="compared")),
                        ("drifted", models.PositiveIntegerField(default=0, verbose_name="drifted")),
                        ("detail", models.JSONField(default=list, verbose_name="drifts")),
                        ("error", models.TextField(blank=True, verbose_name="error")),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="comparisons",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "listings_compared",
                            models.PositiveIntegerField(
                                db_default=0, default=0, verbose_name="listings compared"
                            ),
                        ),
                        (
                            "listings_drifted",
                            models.PositiveIntegerField(
                                db_default=0, default=0, verbose_name="listings drifted"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "comparison",
                        "verbose_name_plural": "comparisons",
                    },
                ),
                migrations.CreateModel(
                    name="InboundFailure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "external_number",
                            models.CharField(max_length=64, verbose_name="the channel's own number"),
                        ),
                        ("body", models.JSONField(verbose_name="body")),
                        ("error", models.TextField(verbose_name="error")),
                        ("tries", models.PositiveIntegerField(default=1, verbose_name="tries")),
                        ("failed_at", models.DateTimeField(verbose_name="failed at")),
                        (
                            "resolved_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="resolved at"),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="inbound_failures",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "actor",
                            models.CharField(
                                blank=True, db_default="", max_length=64, verbose_name="dropped by"
                            ),
                        ),
                        (
                            "drop_reason",
                            models.CharField(
                                blank=True, db_default="", max_length=200, verbose_name="why it was dropped"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "failed inbound order",
                        "verbose_name_plural": "failed inbound orders",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "external_number"), name="one_inbound_failure_per_order"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("actor", ""), ("drop_reason", "")),
                                    models.Q(
                                        models.Q(("drop_reason", ""), _negated=True),
                                        models.Q(("actor", ""), _negated=True),
                                        ("resolved_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="dropped_by_somebody_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PushState",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("version", models.BigIntegerField(default=0, verbose_name="version")),
                        ("available", models.BigIntegerField(null=True, verbose_name="available")),
                        (
                            "acknowledged_version",
                            models.BigIntegerField(default=0, verbose_name="acknowledged version"),
                        ),
                        ("dirty_at", models.DateTimeField(null=True, verbose_name="dirty since")),
                        ("lease_until", models.DateTimeField(null=True, verbose_name="in flight until")),
                        ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged at")),
                        ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                        ("next_try_at", models.DateTimeField(null=True, verbose_name="next try at")),
                        ("dead_at", models.DateTimeField(null=True, verbose_name="given up at")),
                        ("error", models.TextField(blank=True, verbose_name="error")),
                        (
                            "connection",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="push_states",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                        ("lag", models.DurationField(null=True, verbose_name="lag")),
                        (
                            "sending_dirty_at",
                            models.DateTimeField(null=True, verbose_name="sending what is dirty since"),
                        ),
                    ],
                    options={
                        "verbose_name": "push state",
                        "verbose_name_plural": "push states",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dirty_at__isnull", False)),
                                fields=["connection", "dirty_at"],
                                name="push_dirty",
                            ),
                            models.Index(
                                condition=models.Q(("lease_until__isnull", False)),
                                fields=["connection", "lease_until"],
                                name="push_in_flight",
                            ),
                            models.Index(
                                condition=models.Q(("dead_at__isnull", False)),
                                fields=["connection"],
                                name="push_dead",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "variant"), name="one_push_state_per_variant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("acknowledged_version__lte", models.F("version"))),
                                name="acknowledged_within_sent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingState",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("version", models.BigIntegerField(default=0, verbose_name="version")),
                        (
                            "acknowledged_version",
                            models.BigIntegerField(default=0, verbose_name="acknowledged version"),
                        ),
                        ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged at")),
                        ("lag", models.DurationField(null=True, verbose_name="lag")),
                        ("dirty_at", models.DateTimeField(null=True, verbose_name="dirty since")),
                        (
                            "sending_dirty_at",
                            models.DateTimeField(null=True, verbose_name="sending what is dirty since"),
                        ),
                        ("lease_until", models.DateTimeField(null=True, verbose_name="in flight until")),
                        ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                        ("next_try_at", models.DateTimeField(null=True, verbose_name="next try at")),
                        ("dead_at", models.DateTimeField(null=True, verbose_name="given up at")),
                        ("error", models.TextField(blank=True, verbose_name="error")),
                        ("told", models.TextField(null=True, verbose_name="listing")),
                        (
                            "connection",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listing_states",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "variant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="catalog.variant",
                                verbose_name="variant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "listing state",
                        "verbose_name_plural": "listing states",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dirty_at__isnull", False)),
                                fields=["connection", "dirty_at"],
                                name="listing_dirty",
                            ),
                            models.Index(
                                condition=models.Q(("lease_until__isnull", False)),
                                fields=["connection", "lease_until"],
                                name="listing_in_flight",
                            ),
                            models.Index(
                                condition=models.Q(("dead_at__isnull", False)),
                                fields=["connection"],
                                name="listing_dead",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "variant"), name="one_listing_state_per_variant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("acknowledged_version__lte", models.F("version"))),
                                name="listing_acknowledged_within_sent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pause",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("started_at", models.DateTimeField(verbose_name="started at")),
                        ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends at")),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        ("actor", models.CharField(max_length=64, verbose_name="actor")),
                        (
                            "resumed_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="resumed at"),
                        ),
                        (
                            "resumed_by",
                            models.CharField(blank=True, max_length=64, verbose_name="resumed by"),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pauses",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pause",
                        "verbose_name_plural": "pauses",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("resumed_at", None)),
                                fields=("connection",),
                                name="one_open_pause_per_connection",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at", None),
                                    ("ends_at__gt", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="pause_ends_after_its_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="paused_for_a_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShipmentNotice",
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
                                default=omni.core.ids.uuid7, unique=True, verbose_name="message id"
                            ),
                        ),
                        ("fulfilled_at", models.DateTimeField(verbose_name="fulfilled at")),
                        ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                        ("next_try_at", models.DateTimeField(null=True, verbose_name="next try at")),
                        ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged at")),
                        ("dead_at", models.DateTimeField(null=True, verbose_name="given up at")),
                        ("error", models.TextField(blank=True, verbose_name="error")),
                        (
                            "connection",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shipment_notices",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "fulfilment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="orders.fulfilment",
                                verbose_name="fulfilment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "shipment notice",
                        "verbose_name_plural": "shipment notices",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("acknowledged_at__isnull", True)),
                                fields=["connection", "id"],
                                name="shipment_due",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefusedFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="file")),
                        ("whole", models.BooleanField(verbose_name="refused as a whole")),
                        ("count", models.PositiveIntegerField(verbose_name="lines refused")),
                        ("lines", models.JSONField(default=list, verbose_name="why")),
                        ("refused_at", models.DateTimeField(verbose_name="refused at")),
                        (
                            "settled_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="seen to at"),
                        ),
                        (
                            "settled_by",
                            models.CharField(
                                blank=True, db_default="", max_length=64, verbose_name="seen to by"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refused_files",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "refused file",
                        "verbose_name_plural": "refused files",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("settled_at__isnull", True)),
                                fields=["connection"],
                                name="refused_file_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "name"), name="one_refusal_per_file"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TillEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("device", models.CharField(max_length=64, verbose_name="device")),
                        ("sequence", models.BigIntegerField(verbose_name="the device's number")),
                        (
                            "kind",
                            models.CharField(
                                blank=True,
                                choices=[("sale", "sale"), ("return", "return"), ("void", "void")],
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "receipt_number",
                            models.CharField(blank=True, max_length=64, verbose_name="receipt"),
                        ),
                        ("body", models.JSONField(default=dict, verbose_name="body")),
                        ("digest", models.CharField(max_length=32, verbose_name="digest")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PENDING", "to be booked"),
                                    ("WAITING", "waiting for its sale"),
                                    ("FAILED", "can't be booked"),
                                    ("BOOKED", "booked"),
                                    ("DROPPED", "dropped"),
                                ],
                                default="PENDING",
                                max_length=8,
                                verbose_name="status",
                            ),
                        ),
                        ("number", models.CharField(blank=True, max_length=64, verbose_name="booked as")),
                        ("error", models.JSONField(blank=True, default=dict, verbose_name="error")),
                        ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                        ("received_at", models.DateTimeField(verbose_name="received at")),
                        (
                            "settled_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="settled at"),
                        ),
                        (
                            "drop_reason",
                            models.CharField(blank=True, max_length=200, verbose_name="why it was dropped"),
                        ),
                        ("actor", models.CharField(blank=True, max_length=64, verbose_name="dropped by")),
                        (
                            "connection",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="till_entries",
                                to="connectors.connection",
                                verbose_name="connection",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "till entry",
                        "verbose_name_plural": "till entries",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["BOOKED", "DROPPED"]), _negated=True),
                                fields=["connection", "status"],
                                name="till_entry_unsettled",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "device", "sequence"), name="one_till_entry_per_number"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "DROPPED"), _negated=True),
                                    models.Q(
                                        models.Q(("drop_reason", ""), _negated=True),
                                        models.Q(("actor", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="till_entry_dropped_for_a_reason",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
