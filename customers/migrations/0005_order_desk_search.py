"""Persons are found by how their name or its kana begins."""

from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Concat

from omni.core.functions import Folded


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("core", "0002_folded_text"),
        ("customers", "0001_squashed_0004_decoy_challenges"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(
                OpClass(Folded(Concat("family_name", "given_name")), name="text_pattern_ops"),
                F("person"),
                name="customer_name_folded",
            ),
        ),
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(
                OpClass(Folded(Concat("family_name_kana", "given_name_kana")), name="text_pattern_ops"),
                F("person"),
                name="customer_kana_folded",
            ),
        ),
    ]
