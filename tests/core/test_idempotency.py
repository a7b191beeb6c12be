import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection

from omni.core import db, idempotency
from omni.core.codec import encode
from omni.core.errors import DomainError, NoTransaction
from omni.core.idempotency import Claim, ClaimInFlight, ClaimMismatch
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Receipt:
    number: str
    total: Decimal
    at: datetime


class Refusal(DomainError):
    code = "refusal"


def claim_for(key: str = "k1", **request: object) -> Claim:
    return Claim.of(actor="user:1", operation="test", key=key, request=request or {"a": 1})


def perform(claim: Claim, now: datetime, number: str = "1") -> Receipt:
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Receipt):
            return replayed
        return idempotency.settle(claim, Receipt(number, Decimal("10.50"), now), now=now)


def test_a_replay_gives_the_first_answer_byte_for_byte(now: datetime) -> None:
    first = perform(claim_for(), now, number="first")

    second = perform(claim_for(), now + timedelta(hours=1), number="second")

    assert json.dumps(encode(second)) == json.dumps(encode(first))
    assert second.number == "first"


def test_the_key_with_another_request_is_refused(now: datetime) -> None:
    perform(claim_for(a=1), now)

    with pytest.raises(ClaimMismatch) as refusal:
        perform(claim_for(a=2), now)

    assert refusal.value.status == 422


def test_the_same_key_of_another_principal_is_another_claim(now: datetime) -> None:
    perform(claim_for(), now, number="first")
    other = Claim.of(actor="user:2", operation="test", key="k1", request={"a": 1})

    assert perform(other, now, number="second").number == "second"


def test_a_refusal_leaves_no_claim(now: datetime) -> None:
    def refuse() -> None:
        with db.transaction():
            idempotency.claim(claim_for(), result_type=Receipt)
            raise Refusal()

    with pytest.raises(Refusal):
        refuse()

    assert perform(claim_for(), now, number="second try").number == "second try"


def test_a_second_caller_is_told_while_the_first_is_in_flight(now: datetime) -> None:
    taken, finish = Signal(), Signal()

    def first() -> None:
        with db.transaction():
            idempotency.claim(claim_for(), result_type=Receipt)
            taken.set()
            finish.wait(10)
            idempotency.settle(claim_for(), Receipt("1", Decimal(1), now), now=now)
        connection.close()

    thread = Thread(target=first)
    thread.start()
    taken.wait(10)
    with pytest.raises(ClaimInFlight) as refusal:
        perform(claim_for(), now)
    finish.set()
    thread.join()

    assert refusal.value.status == 409
    assert perform(claim_for(), now).number == "1"


def test_of_many_callers_at_once_one_performs_and_all_agree(now: datetime) -> None:
    calls = [lambda n=n: perform(claim_for(), now, number=str(n)) for n in range(12)]

    answers = at_once(calls)

    receipts = {answer for answer in answers if isinstance(answer, Receipt)}
    assert len(receipts) == 1
    assert all(isinstance(answer, Receipt | ClaimInFlight) for answer in answers)


def test_without_the_claim_every_caller_performs(now: datetime) -> None:
    """The negative control: the same race without a claim has as many effects as callers."""
    performed: list[str] = []

    def unclaimed(number: str) -> None:
        with db.transaction():
            performed.append(number)

    at_once([lambda n=n: unclaimed(str(n)) for n in range(12)])

    assert len(performed) == 12


def test_a_claim_needs_the_callers_transaction() -> None:
    with pytest.raises(NoTransaction):
        idempotency.claim(claim_for(), result_type=Receipt)
