"""Linking a member card to an account by a one-time code."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail

from customers import services
from customers.errors import (
    CircularMerge,
    CodeSpent,
    InvalidIdentity,
    NoSuchChallenge,
    TooManyCodes,
    WrongCode,
)
from customers.models import Customer, Identity, LinkChallenge, Merge
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from organisation.models import User
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "2900000000017"


def claim(key: str = "") -> Claim:
    return Claim.of(actor=SYSTEM, operation="link", key=key or str(uuid7()), request={})


@pytest.fixture
def member() -> Customer:
    made = factories.member(CARD)
    Identity.objects.create(
        customer=made, kind="EMAIL", value="hanako@example.jp", source="till", verified_at=factories.EARLY
    )
    return made


@pytest.fixture
def user() -> User:
    return factories.user()


def ask(user: User, now: datetime, number: str = CARD, key: str = "") -> services.LinkRequested:
    return services.request_link(user=user, member_number=number, claim=claim(key), now=now)


def confirm(user: User, challenge: UUID, code: str, now: datetime, key: str = "") -> services.Linked:
    return services.confirm_link(
        user=user, challenge_id=challenge, code=code, claim=claim(key), actor=SYSTEM, now=now
    )


def mailed_code() -> str:
    found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
    assert found
    return found.group()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_code_that_the_member_was_sent_makes_them_one_person(
    user: User, member: Customer, now: datetime
) -> None:
    asked = ask(user, now, "2900-0000 00017")
    code = mailed_code()

    linked = confirm(user, asked.challenge, f" {code[:3]} {code[3:]}", now, key="same")
    replayed = confirm(user, asked.challenge, code, now, key="same")

    assert linked == replayed == services.Linked(person=member.public_id)
    own = services.ensure_customer_for(user=user, now=now)
    assert (own.person_id, own.pk != member.pk) == (member.pk, True)
    assert mail.outbox[0].to == ["hanako@example.jp"]
    assert code.encode() not in bytes(LinkChallenge.objects.get().digest)
    with pytest.raises(CodeSpent):
        confirm(user, asked.challenge, code, now)
    with pytest.raises(CircularMerge):
        ask(user, now)


def test_five_wrong_tries_spend_the_code_though_each_was_refused(
    user: User, member: Customer, now: datetime
) -> None:
    challenge, code = ask(user, now).challenge, mailed_code()

    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode) as refusal:
            confirm(user, challenge, wrong(code), now)
        assert refusal.value.data() == {"tries_left": left}

    with pytest.raises(CodeSpent):
        confirm(user, challenge, code, now)
    assert LinkChallenge.objects.get().tries == 5
    assert not Merge.objects.exists()


def test_a_code_is_spent_at_its_very_moment(user: User, member: Customer, now: datetime) -> None:
    asked = ask(user, now)
    code = mailed_code()

    with pytest.raises(CodeSpent):
        confirm(user, asked.challenge, code, asked.expires_at)

    confirm(user, asked.challenge, code, asked.expires_at - timedelta(microseconds=1))
    assert Merge.objects.count() == 1


def test_nobody_learns_which_numbers_exist(user: User, member: Customer, now: datetime) -> None:
    factories.member("2900000000024")  # A card without a mailbox.

    answers = [ask(user, now, number) for number in (CARD, "2900000000024", "2900000000031")]

    assert {answer.sent_to for answer in answers} == {"EMAIL"}
    assert len(mail.outbox) == 1
    for answer in answers[1:]:
        with pytest.raises(WrongCode) as refusal:
            confirm(user, answer.challenge, "000000", now)
        assert refusal.value.data() == {"tries_left": 4}


def test_a_decoy_is_solved_by_no_code_at_all(user: User, now: datetime) -> None:
    challenge = ask(user, now).challenge
    for code in ("", "000000", "x" * 16):
        with pytest.raises(WrongCode):
            confirm(user, challenge, code, now)
    assert not Merge.objects.exists()


def test_somebody_elses_challenge_is_none(user: User, member: Customer, now: datetime) -> None:
    challenge, code = ask(user, now).challenge, mailed_code()

    with pytest.raises(NoSuchChallenge):
        confirm(factories.user(), challenge, code, now)
    with pytest.raises(NoSuchChallenge):
        confirm(user, uuid7(), code, now)


def test_codes_are_limited_for_the_account_and_for_the_mailbox(
    user: User, member: Customer, now: datetime
) -> None:
    for _ in range(5):
        ask(user, now)
    with pytest.raises(TooManyCodes):
        ask(user, now)

    # Another account gets an answer, but the member's mailbox no sixth mail.
    ask(factories.user(), now)
    assert len(mail.outbox) == 5
    ask(user, now + timedelta(minutes=15))
    assert len(mail.outbox) == 6


def test_a_replayed_request_sends_no_second_mail(user: User, member: Customer, now: datetime) -> None:
    first = ask(user, now, key="one")

    assert ask(user, now, key="one") == first
    assert len(mail.outbox) == 1


def test_what_cannot_be_a_number_is_refused_by_its_rule(user: User, now: datetime) -> None:
    with pytest.raises(InvalidIdentity) as refusal:
        ask(user, now, "番号")

    assert refusal.value.data() == {"field": "member_number", "rule": "letters-and-digits"}


def test_a_carrier_that_fails_is_not_told(
    user: User, member: Customer, now: datetime, settings: object
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert ask(user, now).sent_to == "EMAIL"
