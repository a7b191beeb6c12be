"""Hold the rule against the rows that were there: beside those who write orders, not before them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_rejected_fulfilments")]

    operations = [ValidateConstraint(model_name="fulfilment", name="rejected_fulfilments_say_why")]
