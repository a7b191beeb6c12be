"""Promotions with their goods, coupons in batches, and each use."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_squashed_0009_charged_index"),
        ("customers", "0001_squashed_0004_decoy_challenges"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="PromotionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("code", models.SlugField(db_index=False, max_length=32, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name shown to buyers")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "needs_coupon",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise it applies by itself.",
                        verbose_name="needs a coupon",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="valid from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SlugField(max_length=32),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="sales channels",
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(
                            choices=[
                                (1, "Monday"),
                                (2, "Tuesday"),
                                (3, "Wednesday"),
                                (4, "Thursday"),
                                (5, "Friday"),
                                (6, "Saturday"),
                                (7, "Sunday"),
                            ]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="weekdays",
                    ),
                ),
                (
                    "month_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Separated by commas, as 20, 30; empty: every day.",
                        size=None,
                        verbose_name="days of the month",
                    ),
                ),
                ("from_time", models.TimeField(blank=True, null=True, verbose_name="from (time of day)")),
                ("until_time", models.TimeField(blank=True, null=True, verbose_name="until (time of day)")),
                ("members_only", models.BooleanField(default=False, verbose_name="members only")),
                (
                    "first_order",
                    models.BooleanField(default=False, verbose_name="a member's first order only"),
                ),
                (
                    "min_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Of the goods that it is for, after promotions that go before it.",
                        max_digits=19,
                        null=True,
                        verbose_name="from an amount",
                    ),
                ),
                (
                    "min_quantity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="from a number of units"),
                ),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("PERCENTAGE", "percentage off"),
                            ("AMOUNT", "amount off"),
                            ("FIXED_PRICE", "fixed price for each unit"),
                            ("BUY_GET", "buy some, get some reduced"),
                            ("SET_PRICE", "any so many for a price"),
                            ("FREE_SHIPPING", "free delivery"),
                        ],
                        max_length=32,
                        verbose_name="effect",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="As a share: 0.1 is 10%, 1 is for nothing.",
                        max_digits=7,
                        null=True,
                        verbose_name="reduction",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="What is taken off, or the price of a unit or a set, by the effect.",
                        max_digits=19,
                        null=True,
                        verbose_name="amount or price",
                    ),
                ),
                (
                    "buy_quantity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="units to buy"),
                ),
                (
                    "get_quantity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="units reduced"),
                ),
                (
                    "most_times",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of sets and of what is reduced.",
                        null=True,
                        verbose_name="most times in an order",
                    ),
                ),
                (
                    "most_discount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=19,
                        null=True,
                        verbose_name="most that is taken off",
                    ),
                ),
                (
                    "priority",
                    models.IntegerField(
                        default=0, help_text="The highest goes first.", verbose_name="priority"
                    ),
                ),
                (
                    "exclusivity",
                    models.CharField(
                        choices=[
                            ("STACKS", "together with others"),
                            ("ALONE_ON_GOODS", "with no other on the same goods"),
                            ("ALONE", "with no other on the order"),
                        ],
                        default="STACKS",
                        max_length=32,
                        verbose_name="combines",
                    ),
                ),
                (
                    "most_uses",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: without limit, and no order waits for another.",
                        null=True,
                        verbose_name="most uses in all",
                    ),
                ),
                (
                    "most_per_person",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Only members can have it then.",
                        null=True,
                        verbose_name="most uses by a person",
                    ),
                ),
                (
                    "funded_by",
                    models.CharField(
                        choices=[("SELLER", "the seller"), ("SUPPLIER", "the supplier")],
                        default="SELLER",
                        max_length=32,
                        verbose_name="borne by",
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
            name="Redemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=64, verbose_name="source")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=19, verbose_name="taken off goods"),
                ),
                (
                    "shipping_amount",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=19, verbose_name="taken off delivery"
                    ),
                ),
                ("redeemed_at", models.DateTimeField(verbose_name="used at")),
                ("given_back_at", models.DateTimeField(blank=True, null=True, verbose_name="given back at")),
            ],
            options={
                "verbose_name": "use of a promotion",
                "verbose_name_plural": "uses of promotions",
            },
        ),
        migrations.CreateModel(
            name="Target",
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
                            ("GOODS", "goods it is for"),
                            ("REWARD", "goods that are reduced"),
                            ("EXCLUDED", "goods that are left out"),
                        ],
                        default="GOODS",
                        max_length=32,
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "goods of a promotion",
                "verbose_name_plural": "goods of promotions",
            },
        ),
        migrations.CreateModel(
            name="TargetEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("GOODS", "goods it is for"),
                            ("REWARD", "goods that are reduced"),
                            ("EXCLUDED", "goods that are left out"),
                        ],
                        default="GOODS",
                        max_length=32,
                        verbose_name="role",
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
            name="Promotion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=32, unique=True, verbose_name="code")),
                ("name", models.JSONField(default=dict, verbose_name="name shown to buyers")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "needs_coupon",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise it applies by itself.",
                        verbose_name="needs a coupon",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="valid from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("currency", models.CharField(default="JPY", max_length=3, verbose_name="currency")),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SlugField(max_length=32),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="sales channels",
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(
                            choices=[
                                (1, "Monday"),
                                (2, "Tuesday"),
                                (3, "Wednesday"),
                                (4, "Thursday"),
                                (5, "Friday"),
                                (6, "Saturday"),
                                (7, "Sunday"),
                            ]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="weekdays",
                    ),
                ),
                (
                    "month_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Separated by commas, as 20, 30; empty: every day.",
                        size=None,
                        verbose_name="days of the month",
                    ),
                ),
                ("from_time", models.TimeField(blank=True, null=True, verbose_name="from (time of day)")),
                ("until_time", models.TimeField(blank=True, null=True, verbose_name="until (time of day)")),
                ("members_only", models.BooleanField(default=False, verbose_name="members only")),
                (
                    "first_order",
                    models.BooleanField(default=False, verbose_name="a member's first order only"),
                ),
                (
                    "min_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Of the goods that it is for, after promotions that go before it.",
                        max_digits=19,
                        null=True,
                        verbose_name="from an amount",
                    ),
                ),
                (
                    "min_quantity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="from a number of units"),
                ),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("PERCENTAGE", "percentage off"),
                            ("AMOUNT", "amount off"),
                            ("FIXED_PRICE", "fixed price for each unit"),
                            ("BUY_GET", "buy some, get some reduced"),
                            ("SET_PRICE", "any so many for a price"),
                            ("FREE_SHIPPING", "free delivery"),
                        ],
                        max_length=32,
                        verbose_name="effect",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="As a share: 0.1 is 10%, 1 is for nothing.",
                        max_digits=7,
                        null=True,
                        verbose_name="reduction",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="What is taken off, or the price of a unit or a set, by the effect.",
                        max_digits=19,
                        null=True,
                        verbose_name="amount or price",
                    ),
                ),
                (
                    "buy_quantity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="units to buy"),
                ),
                (
                    "get_quantity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="units reduced"),
                ),
                (
                    "most_times",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of sets and of what is reduced.",
                        null=True,
                        verbose_name="most times in an order",
                    ),
                ),
                (
                    "most_discount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=19,
                        null=True,
                        verbose_name="most that is taken off",
                    ),
                ),
                (
                    "priority",
                    models.IntegerField(
                        default=0, help_text="The highest goes first.", verbose_name="priority"
                    ),
                ),
                (
                    "exclusivity",
                    models.CharField(
                        choices=[
                            ("STACKS", "together with others"),
                            ("ALONE_ON_GOODS", "with no other on the same goods"),
                            ("ALONE", "with no other on the order"),
                        ],
                        default="STACKS",
                        max_length=32,
                        verbose_name="combines",
                    ),
                ),
                (
                    "most_uses",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: without limit, and no order waits for another.",
                        null=True,
                        verbose_name="most uses in all",
                    ),
                ),
                (
                    "uses",
                    models.PositiveIntegerField(
                        db_default=0, default=0, editable=False, verbose_name="uses counted"
                    ),
                ),
                (
                    "most_per_person",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Only members can have it then.",
                        null=True,
                        verbose_name="most uses by a person",
                    ),
                ),
                (
                    "funded_by",
                    models.CharField(
                        choices=[("SELLER", "the seller"), ("SUPPLIER", "the supplier")],
                        default="SELLER",
                        max_length=32,
                        verbose_name="borne by",
                    ),
                ),
            ],
            options={
                "verbose_name": "promotion",
                "verbose_name_plural": "promotions",
                "indexes": [
                    models.Index(
                        condition=models.Q(("active", True), ("needs_coupon", False)),
                        fields=["starts_at"],
                        name="promotion_automatic",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="promotion_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("most_uses__isnull", True), ("uses__lte", models.F("most_uses")), _connector="OR"
                        ),
                        name="promotion_not_overused",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("percent__isnull", True),
                            models.Q(("percent__gt", 0), ("percent__lte", 1)),
                            _connector="OR",
                        ),
                        name="promotion_percent_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("effect", "PERCENTAGE"), ("percent__isnull", False)),
                            models.Q(("amount__gt", 0), ("effect", "AMOUNT")),
                            models.Q(("amount__gte", 0), ("effect", "FIXED_PRICE")),
                            models.Q(
                                ("buy_quantity__gt", 0),
                                ("effect", "BUY_GET"),
                                ("get_quantity__gt", 0),
                                ("percent__isnull", False),
                            ),
                            models.Q(("amount__gte", 0), ("buy_quantity__gt", 1), ("effect", "SET_PRICE")),
                            ("effect", "FREE_SHIPPING"),
                            _connector="OR",
                        ),
                        name="promotion_effect_is_complete",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("prefix", models.CharField(blank=True, max_length=8, verbose_name="prefix")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at"),
                ),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="promotions.promotion",
                        verbose_name="promotion",
                    ),
                ),
            ],
            options={
                "verbose_name": "coupon batch",
                "verbose_name_plural": "coupon batches",
            },
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="coupon code")),
                (
                    "most_uses",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="most uses in all"),
                ),
                ("uses", models.PositiveIntegerField(db_default=0, default=0, verbose_name="uses counted")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="customers.customer",
                        verbose_name="only for",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="promotions.couponbatch",
                        verbose_name="coupon batch",
                    ),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="promotions.promotion",
                        verbose_name="promotion",
                    ),
                ),
            ],
            options={
                "verbose_name": "coupon",
                "verbose_name_plural": "coupons",
                "permissions": [("issue_coupons", "Can make and withdraw coupons")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="promotion",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."buy_quantity" IS DISTINCT FROM (NEW."buy_quantity") OR OLD."channels" IS DISTINCT FROM (NEW."channels") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."effect" IS DISTINCT FROM (NEW."effect") OR OLD."ends_at" IS DISTINCT FROM (NEW."ends_at") OR OLD."exclusivity" IS DISTINCT FROM (NEW."exclusivity") OR OLD."first_order" IS DISTINCT FROM (NEW."first_order") OR OLD."from_time" IS DISTINCT FROM (NEW."from_time") OR OLD."funded_by" IS DISTINCT FROM (NEW."funded_by") OR OLD."get_quantity" IS DISTINCT FROM (NEW."get_quantity") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."members_only" IS DISTINCT FROM (NEW."members_only") OR OLD."min_amount" IS DISTINCT FROM (NEW."min_amount") OR OLD."min_quantity" IS DISTINCT FROM (NEW."min_quantity") OR OLD."month_days" IS DISTINCT FROM (NEW."month_days") OR OLD."most_discount" IS DISTINCT FROM (NEW."most_discount") OR OLD."most_per_person" IS DISTINCT FROM (NEW."most_per_person") OR OLD."most_times" IS DISTINCT FROM (NEW."most_times") OR OLD."most_uses" IS DISTINCT FROM (NEW."most_uses") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."needs_coupon" IS DISTINCT FROM (NEW."needs_coupon") OR OLD."percent" IS DISTINCT FROM (NEW."percent") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."starts_at" IS DISTINCT FROM (NEW."starts_at") OR OLD."until_time" IS DISTINCT FROM (NEW."until_time") OR OLD."weekdays" IS DISTINCT FROM (NEW."weekdays"))',
                    func='INSERT INTO "promotions_promotionevent" ("active", "amount", "buy_quantity", "channels", "code", "currency", "effect", "ends_at", "exclusivity", "first_order", "from_time", "funded_by", "get_quantity", "id", "members_only", "min_amount", "min_quantity", "month_days", "most_discount", "most_per_person", "most_times", "most_uses", "name", "needs_coupon", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "starts_at", "until_time", "weekdays") VALUES (OLD."active", OLD."amount", OLD."buy_quantity", OLD."channels", OLD."code", OLD."currency", OLD."effect", OLD."ends_at", OLD."exclusivity", OLD."first_order", OLD."from_time", OLD."funded_by", OLD."get_quantity", OLD."id", OLD."members_only", OLD."min_amount", OLD."min_quantity", OLD."month_days", OLD."most_discount", OLD."most_per_person", OLD."most_times", OLD."most_uses", OLD."name", OLD."needs_coupon", OLD."percent", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."priority", OLD."starts_at", OLD."until_time", OLD."weekdays"); RETURN NULL;',
                    hash="77729d84b692e30b0b0fd8b486b5142a82400cde",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_e9bb3",
                    table="promotions_promotion",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="promotion",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "promotions_promotionevent" ("active", "amount", "buy_quantity", "channels", "code", "currency", "effect", "ends_at", "exclusivity", "first_order", "from_time", "funded_by", "get_quantity", "id", "members_only", "min_amount", "min_quantity", "month_days", "most_discount", "most_per_person", "most_times", "most_uses", "name", "needs_coupon", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "starts_at", "until_time", "weekdays") VALUES (OLD."active", OLD."amount", OLD."buy_quantity", OLD."channels", OLD."code", OLD."currency", OLD."effect", OLD."ends_at", OLD."exclusivity", OLD."first_order", OLD."from_time", OLD."funded_by", OLD."get_quantity", OLD."id", OLD."members_only", OLD."min_amount", OLD."min_quantity", OLD."month_days", OLD."most_discount", OLD."most_per_person", OLD."most_times", OLD."most_uses", OLD."name", OLD."needs_coupon", OLD."percent", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."priority", OLD."starts_at", OLD."until_time", OLD."weekdays"); RETURN NULL;',
                    hash="3f7e3a426f4b30214588c665d02cdf8a965fb696",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_bb12a",
                    table="promotions_promotion",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="promotionevent",
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
            model_name="promotionevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="promotions.promotion",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="coupon",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redemptions",
                to="promotions.coupon",
                verbose_name="coupon",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="customer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="promotion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redemptions",
                to="promotions.promotion",
                verbose_name="promotion",
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="brand",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.brand",
                verbose_name="brand",
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.category",
                verbose_name="category",
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="product",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="promotion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="targets",
                to="promotions.promotion",
                verbose_name="promotion",
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="variant",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.variant",
                verbose_name="variant",
            ),
        ),
        migrations.AddField(
            model_name="targetevent",
            name="brand",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="catalog.brand",
                verbose_name="brand",
            ),
        ),
        migrations.AddField(
            model_name="targetevent",
            name="category",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="catalog.category",
                verbose_name="category",
            ),
        ),
        migrations.AddField(
            model_name="targetevent",
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
            model_name="targetevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="promotions.target",
            ),
        ),
        migrations.AddField(
            model_name="targetevent",
            name="product",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="catalog.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="targetevent",
            name="promotion",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="promotions.promotion",
                verbose_name="promotion",
            ),
        ),
        migrations.AddField(
            model_name="targetevent",
            name="variant",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="catalog.variant",
                verbose_name="variant",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("most_uses__isnull", True), ("uses__lte", models.F("most_uses")), _connector="OR"
                ),
                name="coupon_not_overused",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="promotionevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0de5fd8981c98cd28acf7f07226cf02d4b32f156",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_487f4",
                    table="promotions_promotionevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["customer", "promotion"], name="redemption_by_customer"),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                fields=("source", "promotion"), name="promotion_once_per_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("brand", None), ("category__isnull", False), ("product", None), ("variant", None)
                    ),
                    models.Q(
                        ("brand__isnull", False), ("category", None), ("product", None), ("variant", None)
                    ),
                    models.Q(
                        ("brand", None), ("category", None), ("product__isnull", False), ("variant", None)
                    ),
                    models.Q(
                        ("brand", None), ("category", None), ("product", None), ("variant__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="target_is_one_thing",
                violation_error_message="Name one thing in each row.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "promotions_targetevent" ("brand_id", "category_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "promotion_id", "role", "variant_id") VALUES (OLD."brand_id", OLD."category_id", OLD."id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."product_id", OLD."promotion_id", OLD."role", OLD."variant_id"); RETURN NULL;',
                    hash="868fec86950a0f1e919faaebe4ccc691ec23b21f",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_ef875",
                    table="promotions_target",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "promotions_targetevent" ("brand_id", "category_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "promotion_id", "role", "variant_id") VALUES (OLD."brand_id", OLD."category_id", OLD."id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."product_id", OLD."promotion_id", OLD."role", OLD."variant_id"); RETURN NULL;',
                    hash="5de2bd00f5b84db26982b5479be0cf2dd086f12a",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_96fcc",
                    table="promotions_target",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="targetevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d1f666e6db1b78fae4a03ea1f5eb603421fe6b5f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e625e",
                    table="promotions_targetevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
