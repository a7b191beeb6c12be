"""Find a payment by its acquirer's name for it: beside those who write payments, not before them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0014_payment_accounts")]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("account__isnull", False)),
                fields=["provider_reference"],
                name="payment_by_reference",
            ),
        ),
    ]
