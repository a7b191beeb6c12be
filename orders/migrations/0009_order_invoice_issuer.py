from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_squashed_0008_promises")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="invoice_issuer",
            field=models.CharField(
                choices=[("SELLER", "the selling company"), ("CHANNEL", "the channel; we issue none")],
                db_default="SELLER",
                default="SELLER",
                max_length=32,
                verbose_name="issuer of the qualified invoice",
            ),
        ),
    ]
