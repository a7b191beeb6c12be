"""
A webhook counterpart takes listings and shipments only where its settings say so: no setting is no.

What waited, or was given up, for counterparts that never said so goes. Whoever switches them on is
told all listings anew.
"""

from typing import Any

from django.db import migrations


def forget(apps: Any, editor: Any) -> None:
    of_webhooks = {"connection__kind": "webhook"}
    states = apps.get_model("connectors", "ListingState").objects.filter(**of_webhooks)
    states.exclude(connection__settings__listings=True).delete()
    notices = apps.get_model("connectors", "ShipmentNotice").objects.filter(**of_webhooks)
    notices.exclude(connection__settings__shipments=True).filter(acknowledged_at=None).delete()


class Migration(migrations.Migration):
    dependencies = [("connectors", "0006_listings_shipments_pauses")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop, elidable=True)]
