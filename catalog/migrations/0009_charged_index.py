"""Indexes of listings, built beside those who sell: the new one before the old one goes."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0008_prices_of_listings")]

    operations = [
        AddIndexConcurrently(
            model_name="listing",
            index=models.Index(
                fields=["variant", "channel", "valid_from"],
                include=("valid_until", "price", "tax_inclusive", "reduced"),
                name="listing_charged",
            ),
        ),
        AddIndexConcurrently(
            model_name="listing",
            index=models.Index(fields=["valid_from"], name="listing_begins"),
        ),
        AddIndexConcurrently(
            model_name="listing",
            index=models.Index(
                condition=models.Q(("valid_until__isnull", False)),
                fields=["valid_until"],
                name="listing_ends",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="listing",
            name="listing_in_channel",
        ),
    ]
