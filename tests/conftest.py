"""Real PostgreSQL and real Valkey for every test: the user's own, or private ones from wheels."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from tests import flushing, servers, template

flushing.install()
# A million rounds for each user that a test makes would be half of the tests' time. What other processes
# read is of their kind still: a hash says how many rounds it took.
PBKDF2PasswordHasher.iterations = 1

# What takes longest begins first: no worker is left alone with it while the other has nothing to do.
LONGEST = (
    "faults/test_whole.py",
    "api/test_contract.py",
    "faults/test_launcher.py",
    "backoffice/test_admin_lists.py",
    "faults/test_csv_survives.py",
    "faults/test_pushers.py",
    "e2e/test_storefront.py",
    "concurrency/test_mixed_operations.py",
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    rank = {tests / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(LONGEST)))


@pytest.fixture
def now() -> datetime:
    """Noon in Tokyo on an ordinary Sunday."""
    return NOW


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """On a server of our own test databases are copies of one that is migrated."""
    if servers.private_postgres():
        connection.settings_dict["TEST"]["TEMPLATE"] = template.prepare(os.environ["DATABASE_URL"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.settings_dict["NAME"]
        cursor.execute(f'ALTER DATABASE "{name}" SET omni.test_database = on')
        cursor.execute("SET omni.test_database = on")
