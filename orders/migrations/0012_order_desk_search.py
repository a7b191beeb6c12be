"""What the order desk looks by: indexes on the contact of an order, and the last digits of a card."""

from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower, Right

from omni.core.functions import Digits, Folded


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("core", "0002_folded_text"),
        ("orders", "0011_rejections_checked"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="card_last4",
            field=models.CharField(
                blank=True, db_default="", max_length=4, verbose_name="last four digits of the card"
            ),
        ),
        AddIndexConcurrently(
            model_name="ordercontact",
            index=models.Index(
                OpClass(Folded("name"), name="text_pattern_ops"),
                F("order"),
                name="contact_name_folded",
                condition=~Q(name=""),
            ),
        ),
        AddIndexConcurrently(
            model_name="ordercontact",
            index=models.Index(
                OpClass(Folded("name_kana"), name="text_pattern_ops"),
                F("order"),
                name="contact_kana_folded",
                condition=~Q(name_kana=""),
            ),
        ),
        AddIndexConcurrently(
            model_name="ordercontact",
            index=models.Index(Lower("email"), F("order"), name="contact_email", condition=~Q(email="")),
        ),
        AddIndexConcurrently(
            model_name="ordercontact",
            index=models.Index(
                Right(Digits("phone"), 8), F("order"), name="contact_phone", condition=~Q(phone="")
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["card_last4", "order"], name="payment_card", condition=~Q(card_last4="")
            ),
        ),
    ]
