"""What is due by one index, in the order in which it is taken; built beside who pushes: new ones before old ones go."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


def due(name: str) -> models.Index:
    return models.Index(
        fields=["connection", "tries", "dirty_at", "id"],
        name=name,
        condition=Q(("dirty_at__isnull", False), ("lease_until__isnull", False), _connector="OR"),
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("connectors", "0011_till_retries_and_devices")]

    operations = [
        AddIndexConcurrently(model_name="pushstate", index=due("push_due")),
        AddIndexConcurrently(model_name="listingstate", index=due("listing_due")),
        RemoveIndexConcurrently(model_name="pushstate", name="push_dirty"),
        RemoveIndexConcurrently(model_name="pushstate", name="push_in_flight"),
        RemoveIndexConcurrently(model_name="listingstate", name="listing_dirty"),
        RemoveIndexConcurrently(model_name="listingstate", name="listing_in_flight"),
    ]
