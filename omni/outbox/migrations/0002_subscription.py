from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "type", "consumer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("type", models.CharField(max_length=64, verbose_name="type")),
                ("consumer", models.CharField(max_length=64, verbose_name="consumer")),
            ],
            options={"verbose_name": "subscription", "verbose_name_plural": "subscriptions"},
        ),
    ]
