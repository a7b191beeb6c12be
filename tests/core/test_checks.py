"""A database in the middle of a chain of migrations that is one by now."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db.migrations.recorder import MigrationRecorder

from omni.core.checks import check_chains_are_whole

pytestmark = pytest.mark.django_db
ONE = "0001_squashed_0019_backorders"


def forget(*names: str) -> None:
    recorded = MigrationRecorder.Migration.objects.filter(app="inventory", name__in=names)
    assert recorded.delete()[0] == len(names)


def test_a_chain_that_was_not_run_to_its_end_is_refused() -> None:
    forget(ONE, "0018_lot_ledger", "0019_backorders")

    with pytest.raises(SystemCheckError, match=f"core.E001.*in the middle of what inventory.{ONE} replaces"):
        call_command("migrate", verbosity=0, skip_checks=False)


def test_a_chain_that_was_run_to_its_end_is_whole() -> None:
    forget(ONE)

    assert check_chains_are_whole(databases=["default"]) == []


def test_a_database_that_is_empty_may_be_migrated() -> None:
    MigrationRecorder.Migration.objects.all().delete()

    assert check_chains_are_whole(databases=["default"]) == []
