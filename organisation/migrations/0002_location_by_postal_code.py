"""Locations by the beginning of their postal code, in whatever way it is written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Func, Value
from django.db.models.functions import Collate, Upper


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("organisation", "0001_squashed_0004_ship_from_store")]

    operations = [
        AddIndexConcurrently(
            model_name="location",
            index=models.Index(
                Collate(Upper(Func("postal_code", Value("- "), Value(""), function="translate")), "C"),
                name="location_by_postal_code",
            ),
        )
    ]
