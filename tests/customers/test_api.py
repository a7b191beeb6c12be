"""Sign-up, profile, addresses and links over HTTP."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.core import mail
from django.test import Client

from customers.models import Address, Customer, Identity
from customers.postal import find_place, normalise_postal_code
from omni.core.ids import uuid7
from organisation.models import User
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"
HOME = {
    "recipient": "山田花子",
    "postal_code": "１５００００２",
    "line1": "渋谷2-1-1",
    "phone": "090-1234-5678",
}


@pytest.fixture
def user() -> User:
    return factories.user(email="hanako@example.jp")


@pytest.fixture
def shopper(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(f"/api/v1/{path}", body, content_type=JSON, headers=headers)


@pytest.mark.parametrize("kind", ["app", "browser"])
def test_whoever_signs_up_has_a_customer_record_from_the_first_request_on(kind: str) -> None:
    client = Client()
    email = f"Aoi-{uuid7()}@example.jp"
    body = {"email": email, "password": "correct horse 9"}
    signed_up = client.post(f"/_allauth/{kind}/v1/auth/signup", body, content_type=JSON)
    assert signed_up.status_code == 200, signed_up.content
    token = signed_up.json()["meta"].get("session_token")
    headers = {"X-Session-Token": token} if token else {}
    caller = Client() if token else client

    answers = [caller.get("/api/v1/me/", headers=headers).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert answers[0]["email"] == email.lower()
    assert answers[0]["member_numbers"] == []
    assert {"kind": "EMAIL", "value": email.lower(), "verified": False} in answers[0]["identities"]
    assert Customer.objects.count() == 1


def test_an_address_proven_to_allauth_is_a_verified_identity() -> None:
    client = Client()
    # allauth sends an address one mail in three minutes, and its counters outlive a test.
    body = {"email": f"aoi-{uuid7()}@example.jp", "password": "correct horse 9"}
    client.post("/_allauth/browser/v1/auth/signup", body, content_type=JSON)
    found = re.search(r"verify-email/(\S+)", str(mail.outbox[0].body))
    assert found

    client.post("/_allauth/browser/v1/auth/email/verify", {"key": unquote(found[1])}, content_type=JSON)

    identity = Identity.objects.get(kind="EMAIL")
    assert (identity.value, identity.verified_at is not None) == (body["email"], True)


def test_me_is_only_for_the_signed_in() -> None:
    answer = Client().get("/api/v1/me/")

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_profile_is_changed_field_by_field(shopper: Client) -> None:
    change = {
        "family_name": "山田",
        "family_name_kana": "ヤマダ",
        "language": "en",
        "birth_date": "1990-05-01",
    }

    answer = shopper.patch("/api/v1/me/", change, content_type=JSON)

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in change} == change
    assert shopper.get("/api/v1/me/").json() == answer.json()


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"language": "tlh"}, "language", "choice"),
        ({"birth_date": "2999-01-01"}, "birth_date", "not-in-the-future"),
    ],
)
def test_a_refused_profile_names_field_and_rule(
    shopper: Client, change: dict[str, str], field: str, rule: str
) -> None:
    answer = shopper.patch("/api/v1/me/", change, content_type=JSON)

    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["rule"]) == (field, rule)


def test_the_postal_code_fills_what_was_left_empty(shopper: Client) -> None:
    answer = post(shopper, "me/addresses/", HOME)

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["postal_code"], made["prefecture"], made["city"]) == ("150-0002", "東京都", "渋谷区")
    assert (made["phone"], made["default"]) == ("+819012345678", True)


def test_free_entry_is_never_barred_and_only_a_gap_is_refused(shopper: Client) -> None:
    # 1008798 is a business office's code that the directory stumbles over.
    free = {**HOME, "postal_code": "100-8798", "prefecture": "東京都", "city": "千代田区"}
    abroad = {
        **HOME,
        "country": "US",
        "postal_code": "94105",
        "prefecture": "CA",
        "city": "San Francisco",
        "phone": "",
    }

    assert post(shopper, "me/addresses/", free).status_code == 201
    assert post(shopper, "me/addresses/", abroad).status_code == 201
    gap = post(shopper, "me/addresses/", {**HOME, "postal_code": "999-9999"})

    assert gap.status_code == 400
    assert (gap.json()["field"], gap.json()["rule"]) == ("prefecture", "required")


@pytest.mark.parametrize("code", ["1008798", "", "abc", "0000000", "１５０ー０００２", "150000２"])
def test_no_postal_code_breaks_the_directory(code: str) -> None:
    find_place(code)
    normalise_postal_code(code)


def test_one_address_is_the_default_and_an_archived_one_is_gone(shopper: Client) -> None:
    first, second = (
        post(shopper, "me/addresses/", HOME),
        post(shopper, "me/addresses/", {**HOME, "default": True}),
    )

    listed = shopper.get("/api/v1/me/addresses/").json()
    assert [(row["id"], row["default"]) for row in listed] == [
        (second.json()["id"], True),
        (first.json()["id"], False),
    ]
    gone = shopper.delete(f"/api/v1/me/addresses/{second.json()['id']}/")
    assert gone.status_code == 204
    assert [row["id"] for row in shopper.get("/api/v1/me/addresses/").json()] == [first.json()["id"]]


def test_somebody_elses_address_is_none(shopper: Client) -> None:
    stranger = factories.customer()
    held = Address.objects.create(
        customer=stranger, recipient="x", postal_code="1", prefecture="x", city="x", line1="x"
    )

    assert shopper.delete(f"/api/v1/me/addresses/{held.pk}/").status_code == 404
    held.refresh_from_db()
    assert held.archived_at is None


def test_a_repeated_address_is_added_once(shopper: Client) -> None:
    key = {"Idempotency-Key": "address-1"}
    first, again = post(shopper, "me/addresses/", HOME, **key), post(shopper, "me/addresses/", HOME, **key)
    other = post(shopper, "me/addresses/", {**HOME, "line1": "x"}, **key)

    assert (first.content, first.status_code) == (again.content, again.status_code)
    assert other.status_code == 422
    assert Address.objects.count() == 1


def test_a_member_card_is_linked_over_http(shopper: Client, user: User) -> None:
    member = factories.member("2900000000017", family_name="佐藤")
    Identity.objects.create(
        customer=member, kind="EMAIL", value="sato@example.jp", source="till", verified_at=factories.EARLY
    )

    asked = post(shopper, "me/links/", {"member_number": "2900000000017"})
    assert (asked.status_code, asked.json()["sent_to"]) == (201, "EMAIL")
    code = re.search(r"\b\d{6}\b", str(mail.outbox[0].body))
    assert code
    confirm = f"me/links/{asked.json()['challenge']}/confirm/"
    refused = post(shopper, confirm, {"code": f"{(int(code[0]) + 1) % 10**6:06d}"})
    assert (refused.status_code, refused.json()["code"], refused.json()["tries_left"]) == (
        422,
        "wrong-code",
        4,
    )

    linked = post(shopper, confirm, {"code": code[0]})

    assert linked.json() == {"person": str(member.public_id)}
    me = shopper.get("/api/v1/me/").json()
    assert (me["family_name"], me["member_numbers"]) == ("佐藤", ["2900000000017"])


def test_me_costs_the_same_whatever_a_person_gathers(
    shopper: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    shopper.get("/api/v1/me/")
    person = Customer.objects.get()
    for size in (1, 20):
        for n in range(size):
            Identity.objects.create(customer=person, kind="DEVICE", value=f"{size}-{n}", source="app")
        with django_assert_max_num_queries(6):
            assert shopper.get("/api/v1/me/").status_code == 200
