"""
Each channel's flat rate becomes a method of its own, free from where the rate was.

The old table stays, held by nothing, for the code before this, which reads it while both run; a
later release drops it.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def turn_into_methods(apps: Any, schema_editor: Any) -> None:
    flat_rates = apps.get_model("orders", "ShippingRate").objects.order_by("pk")
    methods = apps.get_model("orders", "ShippingMethod").objects
    rates = apps.get_model("orders", "MethodRate").objects
    carriers = apps.get_model("orders", "Carrier").objects
    for flat in flat_rates:
        carrier, _ = carriers.get_or_create(
            code="standard", defaults={"name": {"ja": "配送", "en": "Delivery"}}
        )
        method = methods.create(
            channel_id=flat.channel_id,
            code="standard",
            name={"ja": "通常配送", "en": "Standard delivery"},
            carrier=carrier,
            tax_class_id=flat.tax_class_id,
        )
        rates.create(method=method, amount=flat.amount)
        if flat.free_from:
            rates.create(method=method, from_amount=flat.free_from, amount=0)


class Migration(migrations.Migration):
    dependencies = [("orders", "0016_shipping_methods")]

    operations = [
        migrations.RunPython(turn_into_methods, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="shippingrate",
            name="channel",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shipping_rate",
                to="organisation.saleschannel",
                verbose_name="sales channel",
            ),
        ),
        migrations.AlterField(
            model_name="shippingrate",
            name="tax_class",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.taxclass",
                verbose_name="tax class",
            ),
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="ShippingRate")]),
    ]
