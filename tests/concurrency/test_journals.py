"""Journals under competition: sent twice at once, each entry lands and is booked once."""

from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest

from omni.core import clock
from orders.models import Order
from tests.concurrency.racing import PATIENCE, all_at_once
from tests.tills.device import Device
from tests.tills.tills import Counter
from tills import signing
from tills.models import JournalEntry, TillMoney
from tills.models import Till as TillModel
from tills.models.devices import TillQuerySet

# The lock is asked for twice before: when the device was given its receipt numbers, and when its day was opened.
GIVEN_NUMBERS = 2

pytestmark = pytest.mark.django_db(transaction=True)


def upload_twice() -> list[int]:
    counter = Counter.build(now=clock.now())
    counter.open(now=clock.now())
    device = Device(counter.client(), counter.till.code, signing.public_key())
    device.prepare()
    for minutes in (3, 2, 1):
        device.sell(counter.variant.sku, clock.now() - timedelta(minutes=minutes))
    links = list(device.journal)
    others = [Device(counter.client(), device.code, device.key) for _ in range(2)]

    answers = all_at_once([lambda each=each: each.upload(links) for each in others])

    return [getattr(answer, "status_code", 500) for answer in answers]


def test_a_journal_that_is_sent_twice_at_once_lands_once() -> None:
    assert upload_twice() == [200, 200]

    assert JournalEntry.objects.filter(status="BOOKED").count() == 3
    assert (Order.objects.count(), TillMoney.objects.count()) == (3, 3)


def test_without_the_tills_lock_the_second_runs_into_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the constraint holds, but one of the two is left without an answer."""
    both, calls = Barrier(2), count()

    def unlocked(self: TillQuerySet, till_id: int) -> TillModel:
        till = self.get(pk=till_id)
        if next(calls) in (GIVEN_NUMBERS, GIVEN_NUMBERS + 1):
            both.wait(PATIENCE)
        return till

    monkeypatch.setattr(TillQuerySet, "for_update_by_id", unlocked)

    assert 500 in upload_twice()
    assert JournalEntry.objects.count() == 3
