"""A product as a list shows it."""

from django.db import models


class Product(models.Model):
    sku = models.CharField(max_length=40, unique=True)
    jan = models.CharField(max_length=13)
    name = models.CharField(max_length=200)
    description = models.TextField()
    brand = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    price = models.DecimalField(max_digits=19, decimal_places=4)
    available = models.IntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.sku
