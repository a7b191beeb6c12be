"""
Enter what each channel has charged, and is to charge, in the price book as its own prices.

Listings stay as they are, so that going back loses nothing that a channel charges.
"""

from django.db import migrations

ENTER = """
INSERT INTO catalog_price (variant_id, currency, channel_id, kind, amount, tax_inclusive, valid_from,
                           valid_until, decided_by, decided_at)
SELECT listing.variant_id, channel.currency, listing.channel_id, 'REGULAR', listing.price,
       listing.tax_inclusive, listing.valid_from, listing.valid_until, '', now()
FROM catalog_listing AS listing
JOIN organisation_saleschannel AS channel ON channel.id = listing.channel_id
WHERE listing.valid_until IS NULL OR listing.valid_until > listing.valid_from
ORDER BY listing.id;

INSERT INTO catalog_pricewatch (id, told_until) VALUES (1, now());
"""

LEAVE = """
DELETE FROM catalog_pricewatch;
DELETE FROM catalog_price;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_price_book")]

    operations = [migrations.RunSQL(ENTER, LEAVE)]
