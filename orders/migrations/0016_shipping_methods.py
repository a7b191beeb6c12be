"""Carriers, zones, methods and their rates; what of an order goes where."""

import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_variant_parcels"),
        ("orders", "0015_payment_by_reference"),
        ("organisation", "0002_location_by_postal_code"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Carrier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                (
                    "labels",
                    models.CharField(
                        choices=[
                            ("NONE", "none"),
                            ("YAMATO_B2", "Yamato B2 Cloud"),
                            ("SAGAWA_EHIDEN", "Sagawa e-Hiden III"),
                        ],
                        default="NONE",
                        max_length=32,
                        verbose_name="label file",
                    ),
                ),
                (
                    "account",
                    models.CharField(
                        blank=True,
                        help_text="Printed on labels.",
                        max_length=32,
                        verbose_name="account with the carrier",
                    ),
                ),
            ],
            options={
                "verbose_name": "carrier",
                "verbose_name_plural": "carriers",
            },
        ),
        migrations.CreateModel(
            name="CarrierEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                (
                    "labels",
                    models.CharField(
                        choices=[
                            ("NONE", "none"),
                            ("YAMATO_B2", "Yamato B2 Cloud"),
                            ("SAGAWA_EHIDEN", "Sagawa e-Hiden III"),
                        ],
                        default="NONE",
                        max_length=32,
                        verbose_name="label file",
                    ),
                ),
                (
                    "account",
                    models.CharField(
                        blank=True,
                        help_text="Printed on labels.",
                        max_length=32,
                        verbose_name="account with the carrier",
                    ),
                ),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CarrierSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=16, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                ("label_code", models.CharField(blank=True, max_length=8, verbose_name="code on labels")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "time slot",
                "verbose_name_plural": "time slots",
            },
        ),
        migrations.CreateModel(
            name="CarrierSlotEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=16, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                ("label_code", models.CharField(blank=True, max_length=8, verbose_name="code on labels")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MethodRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "up_to_size",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Length, width and height in centimetres, added.",
                        null=True,
                        verbose_name="up to size",
                    ),
                ),
                (
                    "up_to_weight",
                    models.PositiveIntegerField(
                        blank=True, help_text="In grams.", null=True, verbose_name="up to weight"
                    ),
                ),
                (
                    "from_amount",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=19, verbose_name="for goods of"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount")),
                (
                    "valid_from",
                    models.DateField(default=datetime.date(2020, 1, 1), verbose_name="valid from"),
                ),
            ],
            options={
                "verbose_name": "rate of a shipping method",
                "verbose_name_plural": "rates of shipping methods",
            },
        ),
        migrations.CreateModel(
            name="MethodRateEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "up_to_size",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Length, width and height in centimetres, added.",
                        null=True,
                        verbose_name="up to size",
                    ),
                ),
                (
                    "up_to_weight",
                    models.PositiveIntegerField(
                        blank=True, help_text="In grams.", null=True, verbose_name="up to weight"
                    ),
                ),
                (
                    "from_amount",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=19, verbose_name="for goods of"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount")),
                (
                    "valid_from",
                    models.DateField(default=datetime.date(2020, 1, 1), verbose_name="valid from"),
                ),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OrderDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "positions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), size=None, verbose_name="positions"
                    ),
                ),
                ("method", models.CharField(max_length=32, verbose_name="shipping method")),
                ("carrier", models.CharField(max_length=32, verbose_name="carrier")),
                (
                    "temperature",
                    models.CharField(
                        choices=[("AMBIENT", "ambient"), ("CHILLED", "chilled"), ("FROZEN", "frozen")],
                        default="AMBIENT",
                        max_length=32,
                        verbose_name="temperature",
                    ),
                ),
                ("parcels", models.PositiveSmallIntegerField(default=1, verbose_name="parcels")),
                ("date", models.DateField(blank=True, null=True, verbose_name="delivery date")),
                ("slot", models.CharField(blank=True, max_length=16, verbose_name="time slot")),
                (
                    "slot_name",
                    models.CharField(blank=True, max_length=64, verbose_name="name of the time slot"),
                ),
                ("slot_label", models.CharField(blank=True, max_length=8, verbose_name="code on labels")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="amount")),
                ("hides_prices", models.BooleanField(default=False, verbose_name="papers without prices")),
                ("wrapping", models.CharField(blank=True, max_length=64, verbose_name="wrapping")),
                (
                    "noshi",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("BOW", "bow (celebration)"),
                            ("KNOT", "knot (wedding, recovery)"),
                            ("MOURNING", "knot (condolence)"),
                        ],
                        max_length=32,
                        verbose_name="noshi",
                    ),
                ),
                (
                    "noshi_text",
                    models.CharField(blank=True, max_length=32, verbose_name="words above the cords"),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.CreateModel(
            name="ShippingMethod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                (
                    "temperature",
                    models.CharField(
                        choices=[("AMBIENT", "ambient"), ("CHILLED", "chilled"), ("FROZEN", "frozen")],
                        default="AMBIENT",
                        max_length=32,
                        verbose_name="temperature",
                    ),
                ),
                ("cut_off", models.TimeField(default=datetime.time(12, 0), verbose_name="same-day cut-off")),
                (
                    "handling_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(30)],
                        verbose_name="working days to handle",
                    ),
                ),
                (
                    "closed_weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(
                            choices=[
                                (0, "Monday"),
                                (1, "Tuesday"),
                                (2, "Wednesday"),
                                (3, "Thursday"),
                                (4, "Friday"),
                                (5, "Saturday"),
                                (6, "Sunday"),
                            ]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="weekdays on which nothing leaves",
                    ),
                ),
                (
                    "closed_on_holidays",
                    models.BooleanField(default=False, verbose_name="nothing leaves on public holidays"),
                ),
                (
                    "closed_dates",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        default=list,
                        help_text="Separated by commas.",
                        size=None,
                        verbose_name="dates on which nothing leaves",
                    ),
                ),
                (
                    "days_offered",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[django.core.validators.MaxValueValidator(60)],
                        verbose_name="days to choose from",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "shipping method",
                "verbose_name_plural": "shipping methods",
            },
        ),
        migrations.CreateModel(
            name="ShippingMethodEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                (
                    "temperature",
                    models.CharField(
                        choices=[("AMBIENT", "ambient"), ("CHILLED", "chilled"), ("FROZEN", "frozen")],
                        default="AMBIENT",
                        max_length=32,
                        verbose_name="temperature",
                    ),
                ),
                ("cut_off", models.TimeField(default=datetime.time(12, 0), verbose_name="same-day cut-off")),
                (
                    "handling_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(30)],
                        verbose_name="working days to handle",
                    ),
                ),
                (
                    "closed_weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(
                            choices=[
                                (0, "Monday"),
                                (1, "Tuesday"),
                                (2, "Wednesday"),
                                (3, "Thursday"),
                                (4, "Friday"),
                                (5, "Saturday"),
                                (6, "Sunday"),
                            ]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="weekdays on which nothing leaves",
                    ),
                ),
                (
                    "closed_on_holidays",
                    models.BooleanField(default=False, verbose_name="nothing leaves on public holidays"),
                ),
                (
                    "closed_dates",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        default=list,
                        help_text="Separated by commas.",
                        size=None,
                        verbose_name="dates on which nothing leaves",
                    ),
                ),
                (
                    "days_offered",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[django.core.validators.MaxValueValidator(60)],
                        verbose_name="days to choose from",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ShippingZone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                (
                    "prefectures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("北海道", "北海道"),
                                ("青森県", "青森県"),
                                ("岩手県", "岩手県"),
                                ("宮城県", "宮城県"),
                                ("秋田県", "秋田県"),
                                ("山形県", "山形県"),
                                ("福島県", "福島県"),
                                ("茨城県", "茨城県"),
                                ("栃木県", "栃木県"),
                                ("群馬県", "群馬県"),
                                ("埼玉県", "埼玉県"),
                                ("千葉県", "千葉県"),
                                ("東京都", "東京都"),
                                ("神奈川県", "神奈川県"),
                                ("新潟県", "新潟県"),
                                ("富山県", "富山県"),
                                ("石川県", "石川県"),
                                ("福井県", "福井県"),
                                ("山梨県", "山梨県"),
                                ("長野県", "長野県"),
                                ("岐阜県", "岐阜県"),
                                ("静岡県", "静岡県"),
                                ("愛知県", "愛知県"),
                                ("三重県", "三重県"),
                                ("滋賀県", "滋賀県"),
                                ("京都府", "京都府"),
                                ("大阪府", "大阪府"),
                                ("兵庫県", "兵庫県"),
                                ("奈良県", "奈良県"),
                                ("和歌山県", "和歌山県"),
                                ("鳥取県", "鳥取県"),
                                ("島根県", "島根県"),
                                ("岡山県", "岡山県"),
                                ("広島県", "広島県"),
                                ("山口県", "山口県"),
                                ("徳島県", "徳島県"),
                                ("香川県", "香川県"),
                                ("愛媛県", "愛媛県"),
                                ("高知県", "高知県"),
                                ("福岡県", "福岡県"),
                                ("佐賀県", "佐賀県"),
                                ("長崎県", "長崎県"),
                                ("熊本県", "熊本県"),
                                ("大分県", "大分県"),
                                ("宮崎県", "宮崎県"),
                                ("鹿児島県", "鹿児島県"),
                                ("沖縄県", "沖縄県"),
                            ],
                            max_length=8,
                        ),
                        size=None,
                        verbose_name="prefectures",
                    ),
                ),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[django.core.validators.MaxValueValidator(30)],
                        verbose_name="days on the way",
                    ),
                ),
            ],
            options={
                "verbose_name": "shipping zone",
                "verbose_name_plural": "shipping zones",
            },
        ),
        migrations.CreateModel(
            name="ShippingZoneEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name")),
                (
                    "prefectures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("北海道", "北海道"),
                                ("青森県", "青森県"),
                                ("岩手県", "岩手県"),
                                ("宮城県", "宮城県"),
                                ("秋田県", "秋田県"),
                                ("山形県", "山形県"),
                                ("福島県", "福島県"),
                                ("茨城県", "茨城県"),
                                ("栃木県", "栃木県"),
                                ("群馬県", "群馬県"),
                                ("埼玉県", "埼玉県"),
                                ("千葉県", "千葉県"),
                                ("東京都", "東京都"),
                                ("神奈川県", "神奈川県"),
                                ("新潟県", "新潟県"),
                                ("富山県", "富山県"),
                                ("石川県", "石川県"),
                                ("福井県", "福井県"),
                                ("山梨県", "山梨県"),
                                ("長野県", "長野県"),
                                ("岐阜県", "岐阜県"),
                                ("静岡県", "静岡県"),
                                ("愛知県", "愛知県"),
                                ("三重県", "三重県"),
                                ("滋賀県", "滋賀県"),
                                ("京都府", "京都府"),
                                ("大阪府", "大阪府"),
                                ("兵庫県", "兵庫県"),
                                ("奈良県", "奈良県"),
                                ("和歌山県", "和歌山県"),
                                ("鳥取県", "鳥取県"),
                                ("島根県", "島根県"),
                                ("岡山県", "岡山県"),
                                ("広島県", "広島県"),
                                ("山口県", "山口県"),
                                ("徳島県", "徳島県"),
                                ("香川県", "香川県"),
                                ("愛媛県", "愛媛県"),
                                ("高知県", "高知県"),
                                ("福岡県", "福岡県"),
                                ("佐賀県", "佐賀県"),
                                ("長崎県", "長崎県"),
                                ("熊本県", "熊本県"),
                                ("大分県", "大分県"),
                                ("宮崎県", "宮崎県"),
                                ("鹿児島県", "鹿児島県"),
                                ("沖縄県", "沖縄県"),
                            ],
                            max_length=8,
                        ),
                        size=None,
                        verbose_name="prefectures",
                    ),
                ),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[django.core.validators.MaxValueValidator(30)],
                        verbose_name="days on the way",
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
            model_name="carrier",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_carrierevent" ("account", "code", "id", "labels", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."account", OLD."code", OLD."id", OLD."labels", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id"); RETURN NULL;',
                    hash="01992098029b2e741e31b67547ea2dd017d85fb6",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_bf0eb",
                    table="orders_carrier",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="carrier",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_carrierevent" ("account", "code", "id", "labels", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."account", OLD."code", OLD."id", OLD."labels", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id"); RETURN NULL;',
                    hash="263944fc4ca474d7ddfb9a621587ed0c7bcc54f7",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_45fbd",
                    table="orders_carrier",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="carrierevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="carrierevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="orders.carrier",
            ),
        ),
        migrations.AddField(
            model_name="carrierslot",
            name="carrier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="slots",
                to="orders.carrier",
                verbose_name="carrier",
            ),
        ),
        migrations.AddField(
            model_name="carrierslotevent",
            name="carrier",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="orders.carrier",
                verbose_name="carrier",
            ),
        ),
        migrations.AddField(
            model_name="carrierslotevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="carrierslotevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="orders.carrierslot",
            ),
        ),
        migrations.AddField(
            model_name="methodrateevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="methodrateevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="orders.methodrate",
            ),
        ),
        migrations.CreateModel(
            name="OrderAddress",
            fields=[
                (
                    "delivery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="address",
                        serialize=False,
                        to="orders.orderdelivery",
                        verbose_name="delivery",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("name_kana", models.CharField(blank=True, max_length=200, verbose_name="name (kana)")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                ("country", models.CharField(default="JP", max_length=2, verbose_name="country")),
                ("postal_code", models.CharField(blank=True, max_length=16, verbose_name="postal code")),
                ("prefecture", models.CharField(blank=True, max_length=100, verbose_name="prefecture")),
                ("city", models.CharField(blank=True, max_length=200, verbose_name="city")),
                ("line1", models.CharField(blank=True, max_length=200, verbose_name="street and number")),
                ("line2", models.CharField(blank=True, max_length=200, verbose_name="building and room")),
                ("noshi_name", models.CharField(blank=True, max_length=64, verbose_name="name on the noshi")),
                ("message", models.CharField(blank=True, max_length=500, verbose_name="message")),
            ],
            options={
                "verbose_name": "address of a delivery",
                "verbose_name_plural": "addresses of deliveries",
            },
        ),
        migrations.AddField(
            model_name="orderdelivery",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethod",
            name="carrier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="methods",
                to="orders.carrier",
                verbose_name="carrier",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethod",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shipping_methods",
                to="organisation.saleschannel",
                verbose_name="sales channel",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethod",
            name="tax_class",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.taxclass",
                verbose_name="tax class",
            ),
        ),
        migrations.AddField(
            model_name="methodrateevent",
            name="method",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="orders.shippingmethod",
                verbose_name="shipping method",
            ),
        ),
        migrations.AddField(
            model_name="methodrate",
            name="method",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rates",
                to="orders.shippingmethod",
                verbose_name="shipping method",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethodevent",
            name="carrier",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="orders.carrier",
                verbose_name="carrier",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethodevent",
            name="channel",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="organisation.saleschannel",
                verbose_name="sales channel",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethodevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethodevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="orders.shippingmethod",
            ),
        ),
        migrations.AddField(
            model_name="shippingmethodevent",
            name="tax_class",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="catalog.taxclass",
                verbose_name="tax class",
            ),
        ),
        migrations.AddField(
            model_name="shippingzone",
            name="carrier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="zones",
                to="orders.carrier",
                verbose_name="carrier",
            ),
        ),
        migrations.AddField(
            model_name="methodrateevent",
            name="zone",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="orders.shippingzone",
                verbose_name="shipping zone",
            ),
        ),
        migrations.AddField(
            model_name="methodrate",
            name="zone",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rates",
                to="orders.shippingzone",
                verbose_name="shipping zone",
            ),
        ),
        migrations.AddField(
            model_name="shippingzoneevent",
            name="carrier",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="orders.carrier",
                verbose_name="carrier",
            ),
        ),
        migrations.AddField(
            model_name="shippingzoneevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="shippingzoneevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="orders.shippingzone",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="carrierevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cdf11675f8a83935c6b6380dd1ce80ef2cdf3986",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b3e01",
                    table="orders_carrierevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="carrierslot",
            constraint=models.UniqueConstraint(fields=("carrier", "code"), name="slot_once_a_carrier"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="carrierslot",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_carrierslotevent" ("carrier_id", "code", "id", "label_code", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (OLD."carrier_id", OLD."code", OLD."id", OLD."label_code", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."position"); RETURN NULL;',
                    hash="e25bfd9cadb3b8a5a95701b9f760024da8c4f657",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_e22ca",
                    table="orders_carrierslot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="carrierslot",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_carrierslotevent" ("carrier_id", "code", "id", "label_code", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (OLD."carrier_id", OLD."code", OLD."id", OLD."label_code", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."position"); RETURN NULL;',
                    hash="0a073d4ad790c0de8d3acc45f616d4e1f1636e88",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_37ccc",
                    table="orders_carrierslot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="carrierslotevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="283c91a7f3263b7f89cd81a6f85525b93ba7d597",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d26a5",
                    table="orders_carrierslotevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="shippingmethod",
            constraint=models.UniqueConstraint(fields=("channel", "code"), name="method_once_a_channel"),
        ),
        migrations.AddConstraint(
            model_name="shippingmethod",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("active", True)),
                expressions=[("channel", "="), ("tax_class", "<>")],
                name="methods_of_a_channel_are_taxed_alike",
                violation_error_message="All shipping methods of a channel have one tax class.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shippingmethod",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_shippingmethodevent" ("active", "carrier_id", "channel_id", "closed_dates", "closed_on_holidays", "closed_weekdays", "code", "cut_off", "days_offered", "handling_days", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "tax_class_id", "temperature") VALUES (OLD."active", OLD."carrier_id", OLD."channel_id", OLD."closed_dates", OLD."closed_on_holidays", OLD."closed_weekdays", OLD."code", OLD."cut_off", OLD."days_offered", OLD."handling_days", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."position", OLD."tax_class_id", OLD."temperature"); RETURN NULL;',
                    hash="1b3d51ffffa31f007759acf46aa50d6481b7601b",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_7f295",
                    table="orders_shippingmethod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shippingmethod",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_shippingmethodevent" ("active", "carrier_id", "channel_id", "closed_dates", "closed_on_holidays", "closed_weekdays", "code", "cut_off", "days_offered", "handling_days", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "tax_class_id", "temperature") VALUES (OLD."active", OLD."carrier_id", OLD."channel_id", OLD."closed_dates", OLD."closed_on_holidays", OLD."closed_weekdays", OLD."code", OLD."cut_off", OLD."days_offered", OLD."handling_days", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."position", OLD."tax_class_id", OLD."temperature"); RETURN NULL;',
                    hash="50d28db004145895f4ef77e5adf820d7a538ecc3",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_1bc6c",
                    table="orders_shippingmethod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shippingmethodevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b749a1ceee8c1e592b5b4e31535368891b78966f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_48981",
                    table="orders_shippingmethodevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="shippingzone",
            constraint=models.UniqueConstraint(fields=("carrier", "code"), name="zone_once_a_carrier"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shippingzone",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_shippingzoneevent" ("carrier_id", "code", "id", "lead_days", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefectures") VALUES (OLD."carrier_id", OLD."code", OLD."id", OLD."lead_days", OLD."name", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."prefectures"); RETURN NULL;',
                    hash="7dc01fd0eee82cf221e36830698775d0ea67af8f",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_c95a4",
                    table="orders_shippingzone",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shippingzone",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_shippingzoneevent" ("carrier_id", "code", "id", "lead_days", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefectures") VALUES (OLD."carrier_id", OLD."code", OLD."id", OLD."lead_days", OLD."name", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."prefectures"); RETURN NULL;',
                    hash="ddfcd950fa727fa107e02893acdd57a6fe47d1b6",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_2a766",
                    table="orders_shippingzone",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="methodrateevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bcfde34dfdfd9d2b2ac287853b9cde8e65388098",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f3f50",
                    table="orders_methodrateevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="methodrate",
            constraint=models.UniqueConstraint(
                fields=("method", "zone", "up_to_size", "up_to_weight", "from_amount", "valid_from"),
                name="method_rate_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="methodrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("from_amount__gte", 0)),
                name="method_rate_not_negative",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="methodrate",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_methodrateevent" ("amount", "from_amount", "id", "method_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "up_to_size", "up_to_weight", "valid_from", "zone_id") VALUES (OLD."amount", OLD."from_amount", OLD."id", OLD."method_id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."up_to_size", OLD."up_to_weight", OLD."valid_from", OLD."zone_id"); RETURN NULL;',
                    hash="db2cb57466a19def6bacba1e880c83b1dac6f92c",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_ec2ec",
                    table="orders_methodrate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="methodrate",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_methodrateevent" ("amount", "from_amount", "id", "method_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "up_to_size", "up_to_weight", "valid_from", "zone_id") VALUES (OLD."amount", OLD."from_amount", OLD."id", OLD."method_id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."up_to_size", OLD."up_to_weight", OLD."valid_from", OLD."zone_id"); RETURN NULL;',
                    hash="c9ff52eba28eed642731e90728a0ab434ce9826a",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_345b8",
                    table="orders_methodrate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shippingzoneevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8aebf05819db971139d52bf6ddc603af7148201e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8f364",
                    table="orders_shippingzoneevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
