"""
Real servers of other makers, as `make test-peers` installs them; without it these tests are skipped.

Each is set up by its own APIs, once a session.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import pytest

from catalog.models import Variant
from connectors import handlers, services
from connectors.models import Connection
from inventory.models import StockLevel
from omni.core import db
from omni.outbox.consumers import EventRecord
from omni.outbox.events import StockChanged
from organisation.models import Location, SalesChannel
from tests import factories
from tests.conftest import NOW
from tests.peers import medusa_shop, vendure_shop
from tests.peers.figures import FIGURES
from tests.peers.medusa_shop import MedusaShop
from tests.peers.places import Peer, node_environment
from tests.peers.processes import HOST, free_port, running
from tests.peers.vendure_shop import VendureShop

SWITCH = "OMNI_TEST_PEERS"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for figure in FIGURES:
        terminalreporter.write_line(figure)


def ready(name: str) -> tuple[Peer, dict[str, str]]:
    """The peer and the environment to run it in; skips where it is not wanted or not installed."""
    if not os.environ.get(SWITCH):
        pytest.skip("tests against other makers' servers: `make test-peers` runs them")
    peer, variables = Peer(name), node_environment()
    if variables is None or not peer.is_installed():
        pytest.skip(f"{name} is not installed: `make test-peers` installs it")
    for file in peer.sources.glob("*.js"):
        shutil.copy(file, peer.home / file.name)
    return peer, variables


@pytest.fixture(scope="session")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendureShop]:
    peer, variables = ready("vendure")
    home, port = tmp_path_factory.mktemp("vendure"), free_port()
    variables |= {
        "PORT": str(port),
        "DATABASE": str(home / "vendure.sqlite"),
        "SUPERADMIN_PASSWORD": vendure_shop.PASSWORD,
        "COOKIE_SECRET": secrets.token_urlsafe(),
    }
    url = f"http://{HOST}:{port}"
    log = home / "log"
    with running(
        ["node", "server.js"], directory=peer.home, variables=variables, log=log, health=f"{url}/health"
    ):
        yield vendure_shop.set_up(url)


@pytest.fixture(scope="session")
def medusa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MedusaShop]:
    """Its tables are in a database of its own, on the server of these tests."""
    peer, variables = ready("medusa")
    home, port = tmp_path_factory.mktemp("medusa"), free_port()
    log, url = home / "log", f"http://{HOST}:{port}"
    with own_database(f"medusa_{os.getpid()}") as database_url:
        variables |= {
            "NODE_ENV": "production",
            "DATABASE_URL": database_url,
            "JWT_SECRET": secrets.token_urlsafe(),
            "COOKIE_SECRET": secrets.token_urlsafe(),
        }
        medusa_shop.prepare(peer.home, variables, log)
        start = [
            *medusa_shop.command(peer.home / "node_modules"),
            "start",
            "--host",
            HOST,
            "--port",
            str(port),
        ]
        with running(start, directory=peer.home, variables=variables, log=log, health=f"{url}/health"):
            yield medusa_shop.set_up(url)


@contextmanager
def own_database(name: str) -> Iterator[str]:
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@dataclass
class Link:
    """A connection to a peer, and what it sells."""

    connection: Connection
    channel: SalesChannel
    location: Location

    def variant(self, on_hand: int, price: int = 1000) -> Variant:
        """One of ours, listed and in stock; the peer knows nothing of it yet."""
        made = factories.variant()
        factories.listing(made, self.channel, price)
        factories.stock(made, self.location, on_hand)
        return made

    def set_on_hand(self, variant: Variant, on_hand: int) -> None:
        StockLevel.objects.filter(variant=variant).update(on_hand=on_hand)

    def tell(self, *variants: Variant) -> int:
        """Mark them as a stock event and a change of listings would, and push."""
        ids = tuple(variant.pk for variant in variants)
        payload = StockChanged(variant_ids=ids, location_ids=(self.location.pk,) * len(ids))
        event = EventRecord(1, factories.customer().public_id, "stock:1", payload, NOW, NOW)
        with db.transaction():
            handlers.mark_changed([event])
            services.mark_listings(channel_id=self.channel.pk, variant_ids=ids, at=NOW)
        return self.push()

    def push(self) -> int:
        return services.push(connection_id=self.connection.pk)

    def poll(self) -> int:
        return services.poll_orders(connection_id=self.connection.pk, now=NOW)


def link_to(kind: str, url: str, secret: str, **settings: object) -> Link:
    channel, location = factories.channel(code=kind), factories.location()
    factories.source(channel, location)
    connection = Connection.objects.create(
        code=kind, name=kind, kind=kind, channel=channel, url=url, secret=secret, settings=settings
    )
    return Link(connection, channel, location)


@pytest.fixture
def vendure_link(vendure: VendureShop, transactional_db: None) -> Link:
    return link_to("vendure", vendure.url, vendure.key)


@pytest.fixture
def medusa_link(medusa: MedusaShop, transactional_db: None) -> Link:
    return link_to("medusa", medusa.url, medusa.key, stock_location=medusa.location)
