"""A group of three shops with tills, and two EC sites that sell what the shops have."""

import json
import os
import sys
from pathlib import Path

import django

django.setup()

from connectors import services
from connectors.models import Connection
from omni.core import clock, db
from omni.core.actor import SYSTEM
from organisation.models import SalesChannel
from tests import factories
from tests.orders.tills import Till

SHOPS, ARTICLES, STOCK = 3, 10, 20_000


def connect(channel: SalesChannel, code: str, **fields: object) -> Connection:
    made = Connection(code=code, name=code, channel=channel, secret=os.environ["SANDBOX_SECRET"], **fields)
    with db.transaction():
        services.save_connection(connection=made, actor=SYSTEM, now=clock.now())
    return made


def main(written: Path) -> None:
    first = Till.build(code="shop-1")
    tills = [first, *(Till.of(first, factories.location(code=f"shop-{n}")) for n in range(2, SHOPS + 1))]
    articles = [factories.variant(sku=f"ART-{number}") for number in range(ARTICLES)]
    sites = [factories.channel(code=code) for code in ("sandbox-ec", "other-ec")]
    for article in articles:
        factories.listing(article, first.channel)
        for till in tills:
            factories.stock(article, till.location, STOCK)
        for site in sites:
            factories.listing(article, site)
    for site, name in zip(sites, ("SANDBOX_URL", "SECOND_SITE"), strict=True):
        for till in tills:
            factories.source(site, till.location)
        both = {"listings": True, "shipments": True}
        connect(site, site.code, url=os.environ[name], settings=both)
    for till in tills:
        shop = till.location.code
        connect(till.channel, f"feed-{shop}", kind="till-feed", settings={"location": shop})
    written.write_text(
        json.dumps(
            {
                "skus": [article.sku for article in articles],
                "feeds": {f"feed-{till.location.code}": till.location.code for till in tills},
                "sites": {"sandbox-ec": os.environ["SANDBOX_URL"], "other-ec": os.environ["SECOND_SITE"]},
                "stock": STOCK,
                "web": os.environ["PUBLIC_URL"],
                "secret": os.environ["SANDBOX_SECRET"],
                "database": os.environ["DATABASE_URL"],
                "broker": os.environ["REDIS_URL"],
            }
        )
    )


main(Path(sys.argv[1]))
