"""Customer records and identities: spelling, uniqueness, and who is found by what."""

from datetime import datetime

import pytest

from customers import selectors, services
from customers.errors import IdentityTaken, InvalidIdentity
from customers.models import Account, Customer, Identity
from customers.normalisation import normalise
from customers.services import Claimed, NewCustomer, Profile
from omni.core import db
from tests import factories


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("EMAIL", "  Hanako.Yamada@Example.JP ", "hanako.yamada@example.jp"),
        ("EMAIL", "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
        ("PHONE", "090-1234-5678", "+819012345678"),
        ("PHONE", "０９０ー１２３４ー５６７８", "+819012345678"),
        ("PHONE", "+1 202-456-1111", "+12024561111"),
        ("MEMBER_NUMBER", "２９００ 0000-00017", "29000000000" + "17"),
        ("EC_ACCOUNT", "user:7", "user:7"),
    ],
)
def test_an_identity_has_one_spelling(kind: str, value: str, expected: str) -> None:
    assert normalise(kind=kind, value=value) == expected
    assert normalise(kind=kind, value=expected) == expected


@pytest.mark.parametrize(
    ("kind", "value", "field", "rule"),
    [
        ("EMAIL", "hanako", "email", "email-address"),
        ("EMAIL", "a@b\x00.jp", "email", "no-control-characters"),
        ("PHONE", "12", "phone", "phone-number"),
        ("PHONE", "電話", "phone", "phone-number"),
        ("MEMBER_NUMBER", "29#1", "member_number", "letters-and-digits"),
        ("LINE", "山田", "line", "visible-ascii"),
    ],
)
def test_a_bad_identity_names_its_field_and_rule(kind: str, value: str, field: str, rule: str) -> None:
    with pytest.raises(InvalidIdentity) as refusal:
        normalise(kind=kind, value=value)

    assert refusal.value.data() == {"field": field, "rule": rule}


@pytest.mark.django_db(transaction=True)
def test_a_new_customer_is_its_own_person_and_is_found_by_its_identities(now: datetime) -> None:
    with db.transaction():
        made = services.register_customer(
            profile=Profile(family_name="佐藤", given_name="葵"),
            identities=[
                Claimed("MEMBER_NUMBER", "2900000000017", verified=True),
                Claimed("PHONE", "090-1234-5678", verified=True),
                Claimed("EMAIL", "aoi@example.jp"),
            ],
            source="till",
            now=now,
        )

    assert Customer.objects.get().person_id == made.pk == made.person_id
    assert services.find_member(code="2900 0000 00017") == made
    assert services.find_member(code="０９０１２３４５６７８") == made
    # A claim names nobody.
    assert services.find_member(code="aoi@example.jp") is None
    assert services.find_member(code="\x00") is None


@pytest.mark.django_db(transaction=True)
def test_a_verified_identity_names_one_customer_and_a_refusal_writes_nothing(now: datetime) -> None:
    with db.transaction():
        first, second = services.register_customers(
            customers=[
                NewCustomer(identities=(Claimed("EMAIL", "a@example.jp", verified=True),)),
                NewCustomer(),
            ],
            source="import",
            now=now,
        )

    def add_both() -> None:
        with db.transaction():
            for kind, value in [("PHONE", "0312345678"), ("EMAIL", "A@example.jp")]:
                services.add_identity(
                    customer_id=second.pk, kind=kind, value=value, verified=True, source="till", now=now
                )

    with pytest.raises(IdentityTaken) as refusal:
        add_both()

    assert refusal.value.data() == {"field": "email"}
    assert list(Identity.objects.values_list("customer_id", "kind")) == [(first.pk, "EMAIL")]


@pytest.mark.django_db(transaction=True)
def test_a_batch_registers_in_order_and_in_a_constant_number_of_statements(
    now: datetime, django_assert_num_queries: object
) -> None:
    def batch(start: int, size: int) -> list[NewCustomer]:
        return [
            NewCustomer(identities=(Claimed("MEMBER_NUMBER", f"{start + n:08d}", verified=True),))
            for n in range(size)
        ]

    for start, size in [(0, 1), (1000, 200)]:
        with django_assert_num_queries(4), db.transaction():  # type: ignore[operator]
            made = services.register_customers(customers=batch(start, size), source="import", now=now)

        found = selectors.find_by_member_numbers(numbers=[f"{start + n:08d}" for n in range(size)])
        assert [found[f"{start + n:08d}"] for n in range(size)] == [record.pk for record in made]


@pytest.mark.django_db(transaction=True)
def test_the_first_request_of_a_user_makes_its_customer_once(now: datetime) -> None:
    user = factories.user(email="Hanako@example.jp")

    first = services.ensure_customer_for(user=user, now=now)
    again = services.ensure_customer_for(user=user, now=now)

    assert first == again == selectors.customer_of(user)
    assert Account.objects.count() == Customer.objects.count() == 1
    assert sorted(Identity.objects.values_list("kind", "value")) == [
        ("EC_ACCOUNT", f"user:{user.pk}"),
        ("EMAIL", "hanako@example.jp"),
    ]
    assert selectors.find_verified_email(first.pk) is None
    services.prove_email(user=user, email="hanako@example.jp", now=now)
    assert selectors.find_verified_email(first.pk) == "hanako@example.jp"


@pytest.mark.django_db(transaction=True)
def test_an_address_that_names_another_member_stays_a_claim(now: datetime) -> None:
    member = factories.member()
    Identity.objects.create(
        customer=member, kind="EMAIL", value="hanako@example.jp", source="till", verified_at=now
    )
    user = factories.user(email="hanako@example.jp")

    services.prove_email(user=user, email="hanako@example.jp", now=now)

    assert services.find_member(code="hanako@example.jp") == member
    own = services.ensure_customer_for(user=user, now=now)
    assert own != member
    assert Identity.objects.get(customer=own, kind="EMAIL").verified_at is None
