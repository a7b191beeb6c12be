"""Guests' carts by age, for their purge."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0005_asked_payments")]

    operations = [
        AddIndexConcurrently(
            model_name="cart",
            index=models.Index(
                condition=models.Q(("customer__isnull", True)),
                fields=["created_at", "id"],
                name="cart_of_guest",
            ),
        ),
    ]
