"""Find what is set aside without reading every payment: beside those who write them, not before them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0022_capture_choices")]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("status", "AUTHORISED")), fields=["created_at"], name="payment_set_aside"
            ),
        ),
    ]
