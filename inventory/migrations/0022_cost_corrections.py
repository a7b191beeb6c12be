"""A receipt's cost may be corrected: rows of the valuation without an entry, and why, kept for ever."""

import django.db.models.deletion
from django.db import migrations, models


# NOT VALID, so that nobody waits while the ledger is read: the rows that are there met a stricter one.
ENTRY = """
ALTER TABLE inventory_valuation
    DROP CONSTRAINT valuation_of_an_entry,
    ADD CONSTRAINT valuation_of_an_entry CHECK (entry_id IS NOT NULL OR kind IN ({kinds})) NOT VALID;
"""
WITHOUT_ENTRY = "'CLOSING', 'CORRECTION'"
FIX = """
CREATE TRIGGER costcorrection_immutable BEFORE UPDATE OR DELETE ON inventory_costcorrection
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
UNFIX = "DROP TRIGGER costcorrection_immutable ON inventory_costcorrection"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_squashed_0009_charged_index"),
        ("inventory", "0021_ledger_archives"),
        ("organisation", "0001_squashed_0004_ship_from_store"),
    ]

    operations = [
        migrations.AlterField(
            model_name="valuation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("RECEIPT", "receipt"),
                    ("SALE", "sale"),
                    ("RETURN", "return"),
                    ("TRANSFER_OUT", "transfer out"),
                    ("TRANSFER_IN", "transfer in"),
                    ("ADJUSTMENT", "adjustment"),
                    ("COUNT", "count"),
                    ("DAMAGE", "damage"),
                    ("PURCHASE", "purchase at the sale"),
                    ("OWNER_CHANGE", "change of owner"),
                    ("CORRECTION", "correction of cost"),
                    ("CLOSING", "valuation at month-end"),
                    ("RECEIPT_COST", "correction of a receipt's cost"),
                ],
                max_length=32,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="CostCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.BigIntegerField(verbose_name="quantity")),
                (
                    "before",
                    models.DecimalField(decimal_places=4, max_digits=19, verbose_name="unit cost before"),
                ),
                (
                    "after",
                    models.DecimalField(decimal_places=4, max_digits=19, verbose_name="unit cost after"),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="difference")),
                ("kept", models.DecimalField(decimal_places=4, max_digits=19, verbose_name="of it in stock")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("posting_month", models.DateField(verbose_name="posting month")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
                ("corrected_at", models.DateTimeField(verbose_name="corrected at")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.stockdocument",
                        verbose_name="document",
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.variant",
                        verbose_name="variant",
                    ),
                ),
            ],
            options={
                "verbose_name": "correction of a receipt's cost",
                "verbose_name_plural": "corrections of receipts' costs",
                "permissions": [("correct_cost", "Can correct what a receipt cost")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("after__gte", 0),
                            ("before__gte", 0),
                            models.Q(("before", models.F("after")), _negated=True),
                        ),
                        name="cost_corrected_to_another",
                    )
                ],
            },
        ),
        migrations.RunSQL(FIX, UNFIX),
        migrations.RunSQL(
            ENTRY.format(kinds=f"{WITHOUT_ENTRY}, 'RECEIPT_COST'"), ENTRY.format(kinds=WITHOUT_ENTRY)
        ),
    ]
