"""By whose contract money is taken, what acquirers tell of it, and tenders that say how they are checked."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_order_changes"),
        ("organisation", "0002_location_by_postal_code"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.CharField(max_length=128, verbose_name="the acquirer's id")),
                ("type", models.CharField(max_length=128, verbose_name="type")),
                ("reference", models.CharField(blank=True, max_length=128, verbose_name="about")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("APPLIED", "asked, and recorded"),
                            ("IGNORED", "of no interest here"),
                            ("UNMATCHED", "of no payment of ours"),
                        ],
                        max_length=32,
                        verbose_name="outcome",
                    ),
                ),
                ("happened_at", models.DateTimeField(blank=True, null=True, verbose_name="happened at")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
            ],
            options={
                "verbose_name": "message of an acquirer",
                "verbose_name_plural": "messages of acquirers",
            },
        ),
        migrations.AddField(
            model_name="payment",
            name="pay_by",
            field=models.DateTimeField(blank=True, null=True, verbose_name="to be paid by"),
        ),
        migrations.AddField(
            model_name="tendertype",
            name="capture",
            field=models.CharField(
                choices=[
                    ("AUTOMATIC", "with the order"),
                    ("ON_SHIPMENT", "authorised with the order, taken with each shipment"),
                ],
                db_default="AUTOMATIC",
                default="AUTOMATIC",
                max_length=32,
                verbose_name="when it is taken",
            ),
        ),
        migrations.AddField(
            model_name="tendertype",
            name="pay_within",
            field=models.DurationField(
                blank=True,
                help_text="Of what is paid after ordering; stock is held so long. Empty: the checkout's own time.",
                null=True,
                verbose_name="to be paid within",
            ),
        ),
        migrations.AddField(
            model_name="tendertype",
            name="reconciliation",
            field=models.CharField(
                choices=[
                    ("PROVIDER", "the acquirer's list of charges"),
                    ("TILL", "what is counted in the till"),
                    ("TERMINAL", "the terminal's totals of the day"),
                    ("ISSUER", "the issuer's statement"),
                    ("STATEMENT", "the bank statement"),
                    ("CARRIER", "what the carrier remits"),
                    ("CHANNEL", "the channel's settlement"),
                    ("LEDGER", "our own ledger"),
                ],
                db_default="LEDGER",
                default="LEDGER",
                max_length=32,
                verbose_name="held against",
            ),
        ),
        migrations.AlterField(
            model_name="tendertype",
            name="kind",
            field=models.CharField(
                choices=[
                    ("CASH", "cash"),
                    ("CARD", "card"),
                    ("TERMINAL", "card terminal in a shop"),
                    ("QR", "QR code"),
                    ("E_MONEY", "electronic money"),
                    ("VOUCHER", "gift voucher"),
                    ("DEFERRED", "paid on delivery or pick-up"),
                    ("INVOICED", "paid later to a factor"),
                    ("KONBINI", "paid in a convenience store"),
                    ("BANK_TRANSFER", "bank transfer in advance"),
                    ("COUPON", "coupon that others pay for"),
                    ("EXTERNAL", "paid to the channel"),
                    ("POINTS", "points"),
                ],
                max_length=32,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="tendertype",
            name="refund_route",
            field=models.CharField(
                choices=[
                    ("SOURCE", "to where it came from"),
                    ("CASH", "cash in a shop"),
                    ("BANK_TRANSFER", "by bank transfer"),
                    ("CHANNEL", "by the channel"),
                    ("NONE", "not refunded"),
                ],
                default="SOURCE",
                max_length=32,
                verbose_name="refund route",
            ),
        ),
        migrations.CreateModel(
            name="PaymentAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                (
                    "provider",
                    models.CharField(choices=[("STRIPE", "Stripe")], max_length=32, verbose_name="provider"),
                ),
                (
                    "public_key",
                    models.CharField(
                        blank=True,
                        help_text="For the buyer's browser; it is no secret.",
                        max_length=255,
                        verbose_name="public key",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: every channel of the company that has no account of its own.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_accounts",
                        to="organisation.saleschannel",
                        verbose_name="sales channel",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_accounts",
                        to="organisation.company",
                        verbose_name="selling company",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment account",
                "verbose_name_plural": "payment accounts",
            },
        ),
        migrations.AddField(
            model_name="payment",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="orders.paymentaccount",
                verbose_name="payment account",
            ),
        ),
        migrations.AddField(
            model_name="providerevent",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="orders.paymentaccount",
                verbose_name="payment account",
            ),
        ),
        migrations.AddField(
            model_name="providerevent",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="orders.payment",
                verbose_name="payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active", True)),
                fields=("channel",),
                name="one_payment_account_per_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active", True), ("channel", None)),
                fields=("company",),
                name="one_payment_account_per_company",
            ),
        ),
        migrations.AddIndex(
            model_name="providerevent",
            index=models.Index(fields=["-received_at"], name="provider_event_received"),
        ),
        migrations.AddConstraint(
            model_name="providerevent",
            constraint=models.UniqueConstraint(
                fields=("account", "event_id"), name="provider_event_taken_once"
            ),
        ),
    ]
