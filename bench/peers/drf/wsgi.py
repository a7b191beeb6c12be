"""Served as the platform is; `python -m bench.peers.drf.wsgi` makes the table and its rows."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.drf.settings")
application = get_wsgi_application()

ROWS = 24


def fill() -> None:
    """Make the table, with as many rows as the list shows."""
    from bench.peers.drf.models import Product  # needs the application first

    call_command("migrate", run_syncdb=True, verbosity=0)
    Product.objects.bulk_create(
        Product(
            sku=f"SKU-{n:05}", jan=f"{n:013}", name=f"商品 {n}", description="綿 100 %、日本製。" * 4,
            brand="ブランド", currency="JPY", price=1000 + n, available=n,
        )
        for n in range(ROWS)
    )  # fmt: skip


if __name__ == "__main__":
    fill()
