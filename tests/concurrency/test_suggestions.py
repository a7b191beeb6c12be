"""Two people accept the same suggestions, or two runs make them: each has one document, or one row."""

from datetime import datetime
from threading import Barrier

import pytest

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import LowStock, StockLevel, Suggestion, Transfer
from inventory.models.replenishment import SuggestionQuerySet
from tests import factories
from tests.inventory.replenishing import context, policy
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def suggested(now: datetime, shops: int = 1) -> list[int]:
    """So many shops want three of what one warehouse has."""
    office, tea = factories.location(), factories.variant()
    factories.stock(tea, office, 100)
    for _ in range(shops):
        policy(factories.location(), origin=office, variant=tea, safety=3)
    inventory.replenish(now=now)
    return list(Suggestion.objects.order_by("pk").values_list("pk", flat=True))


def test_one_of_four_makes_the_transfer(now: datetime) -> None:
    ids = suggested(now)

    outcomes = at_once([lambda: inventory.accept_suggestions(suggestion_ids=ids, **context(now))] * 4)

    assert sum(isinstance(one, inventory.Accepted) for one in outcomes) == 1
    assert sum(isinstance(one, errors.SuggestionNotOpen) for one in outcomes) == 3
    assert Transfer.objects.count() == 1
    assert StockLevel.objects.get(on_hand=100).reserved == 3
    assert verification.find_drifts() == []


def test_without_the_lock_more_than_one_would(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: read without locking, the same race writes the transfer again."""
    ids = suggested(now)
    together = Barrier(2)

    def unlocked(self: SuggestionQuerySet, suggestion_ids: list[int]) -> list[Suggestion]:
        rows = list(self.filter(pk__in=suggestion_ids, status="OPEN"))
        together.wait(timeout=30)
        return rows

    monkeypatch.setattr(SuggestionQuerySet, "for_update_open", unlocked)

    at_once([lambda: inventory.accept_suggestions(suggestion_ids=ids, **context(now))] * 2)

    assert Transfer.objects.count() == 2


def test_overlapping_choices_are_each_accepted_once(now: datetime) -> None:
    ids = suggested(now, shops=6)
    choices = [ids[:4], ids[2:][::-1], ids]

    outcomes = at_once(
        [
            lambda chosen=chosen: inventory.accept_suggestions(suggestion_ids=chosen, **context(now))
            for chosen in choices
        ]
    )

    accepted = [one.accepted for one in outcomes if isinstance(one, inventory.Accepted)]
    assert sum(accepted) == 6
    assert all(isinstance(one, inventory.Accepted | errors.SuggestionNotOpen) for one in outcomes), outcomes
    assert Transfer.objects.count() == 6
    assert StockLevel.objects.get(on_hand=100).reserved == 18


def test_runs_at_once_leave_one_suggestion_and_one_alert(now: datetime) -> None:
    [first] = suggested(now)
    shop = Suggestion.objects.get(pk=first).location
    factories.stock(Suggestion.objects.get().variant, shop, 0)
    inventory.replenish(now=now)

    outcomes = at_once([lambda: inventory.replenish(now=now), lambda: inventory.watch_low_stock(now=now)] * 3)

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert sum(one for one in outcomes if isinstance(one, int)) == 1
    assert Suggestion.objects.filter(status="OPEN").count() == 1
    assert LowStock.objects.count() == 1
