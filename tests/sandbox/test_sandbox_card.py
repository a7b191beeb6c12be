"""The card acquirer: each charge once, refunds within captures, the unknown settled by asking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Site, StartSite


def _charge(client: httpx.Client, key: str = "k1", **fields: Any) -> httpx.Response:
    body = {"amount": "1980", "currency": "JPY", "token": "tok_ok", "capture": True, **fields}
    return client.post("/charges", json=body, headers={"Idempotency-Key": key})


def _refund(client: httpx.Client, charge: str, amount: str, key: str) -> httpx.Response:
    return client.post(
        f"/charges/{charge}/refunds", json={"amount": amount}, headers={"Idempotency-Key": key}
    )


def test_a_charge_is_captured(acquirer: httpx.Client) -> None:
    answer = _charge(acquirer)

    charge = answer.json()
    assert answer.status_code == 201
    assert charge["id"].startswith("ch_")
    assert {k: v for k, v in charge.items() if k not in ("id", "created_at")} == {
        "status": "CAPTURED",
        "amount": "1980",
        "currency": "JPY",
        "captured_amount": "1980",
        "refunded_amount": "0",
        "idempotency_key": "k1",
    }
    assert acquirer.get(f"/charges/{charge['id']}").json() == {**charge, "refunds": []}


def test_a_repeated_charge_is_answered_byte_for_byte(acquirer: httpx.Client) -> None:
    first = _charge(acquirer, capture=False)
    acquirer.post(f"/charges/{first.json()['id']}/capture")

    again = _charge(acquirer, capture=False)

    assert (again.status_code, again.content) == (201, first.content)
    assert len(acquirer.get("/charges").json()["charges"]) == 1


def test_another_charge_under_the_same_key_is_refused(acquirer: httpx.Client) -> None:
    _charge(acquirer)

    answer = _charge(acquirer, amount="1981")

    assert (answer.status_code, answer.json()) == (422, {"code": "key-reused"})


def test_thirty_requests_under_one_key_charge_once(acquirer: httpx.Client) -> None:
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: _charge(acquirer), range(30)))

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert len(acquirer.get("/charges").json()["charges"]) == 1


def test_a_declined_charge_stays_declined(acquirer: httpx.Client) -> None:
    answer = _charge(acquirer, token="tok_declined")

    assert answer.status_code == 402
    charge = answer.json()
    assert (charge["status"], charge["decline_code"]) == ("FAILED", "card_declined")
    assert charge["captured_amount"] == "0"
    assert _charge(acquirer, token="tok_declined").content == answer.content
    assert acquirer.post(f"/charges/{charge['id']}/capture").status_code == 409
    assert _refund(acquirer, charge["id"], "1", "r1").status_code == 422


def test_a_charge_without_an_answer_is_found_by_its_key(acquirer: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        _charge(acquirer, token="tok_timeout")

    found = acquirer.get("/charges", params={"idempotency_key": "k1"})

    assert (found.status_code, found.json()["status"]) == (200, "CAPTURED")
    replay = _charge(acquirer, token="tok_timeout")
    assert (replay.status_code, replay.json()["id"]) == (201, found.json()["id"])
    assert len(acquirer.get("/charges").json()["charges"]) == 1


def test_a_charge_that_was_lost_never_happened(acquirer: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        _charge(acquirer, token="tok_lost")

    assert acquirer.get("/charges", params={"idempotency_key": "k1"}).status_code == 404
    assert _charge(acquirer).status_code == 201


def test_an_authorisation_is_captured_in_part_and_once(acquirer: httpx.Client) -> None:
    charge = _charge(acquirer, capture=False).json()
    assert (charge["status"], charge["captured_amount"]) == ("AUTHORISED", "0")
    path = f"/charges/{charge['id']}/capture"

    above = acquirer.post(path, json={"amount": "1981"})
    first = acquirer.post(path, json={"amount": "1000"})
    again = acquirer.post(path, json={"amount": "1000"})
    more = acquirer.post(path, json={"amount": "980"})

    assert above.status_code == 422
    assert (first.status_code, first.json()["captured_amount"]) == (200, "1000")
    assert (again.status_code, again.content) == (200, first.content)
    assert (more.status_code, more.json()["state"]) == (409, "CAPTURED")


def test_an_authorisation_is_voided_and_a_capture_is_not(acquirer: httpx.Client) -> None:
    held = _charge(acquirer, "k1", capture=False).json()["id"]
    taken = _charge(acquirer, "k2").json()["id"]

    voided = [acquirer.post(f"/charges/{held}/void") for _ in range(2)]
    refused = acquirer.post(f"/charges/{taken}/void")

    assert [(a.status_code, a.json()["status"]) for a in voided] == [(200, "VOIDED")] * 2
    assert acquirer.post(f"/charges/{held}/capture").status_code == 409
    assert refused.status_code == 409
    assert acquirer.get(f"/charges/{taken}").json()["status"] == "CAPTURED"


def test_refunds_never_exceed_what_was_captured(acquirer: httpx.Client) -> None:
    charge = _charge(acquirer).json()["id"]

    first = _refund(acquirer, charge, "1500", "r1")
    again = _refund(acquirer, charge, "1500", "r1")
    above = _refund(acquirer, charge, "481", "r2")
    rest = _refund(acquirer, charge, "480", "r2")

    assert (first.status_code, first.json()["amount"]) == (201, "1500")
    assert again.content == first.content
    assert (above.status_code, above.json()) == (422, {"code": "above-capture", "left": "480"})
    assert rest.status_code == 201
    shown = acquirer.get(f"/charges/{charge}").json()
    assert (shown["refunded_amount"], len(shown["refunds"])) == ("1980", 2)


def test_an_authorisation_has_nothing_to_refund(acquirer: httpx.Client) -> None:
    charge = _charge(acquirer, capture=False).json()["id"]

    assert _refund(acquirer, charge, "1", "r1").json()["code"] == "above-capture"


def test_ten_refunds_at_once_give_back_no_more_than_was_taken(acquirer: httpx.Client) -> None:
    charge = _charge(acquirer).json()["id"]

    with ThreadPoolExecutor(10) as pool:
        answers = pool.map(lambda n: _refund(acquirer, charge, "400", f"r{n}"), range(10))
        statuses = sorted(answer.status_code for answer in answers)

    assert statuses == [201] * 4 + [422] * 6
    assert acquirer.get(f"/charges/{charge}").json()["refunded_amount"] == "1600"


def test_a_closed_key_is_charged_no_more(acquirer: httpx.Client) -> None:
    for _ in range(2):
        closed = acquirer.post("/keys/k1/close")
        assert (closed.status_code, closed.json()) == (200, {"closed": True, "charge": None})

    refused = _charge(acquirer)

    assert (refused.status_code, refused.json()) == (422, {"code": "key-closed"})
    assert acquirer.get("/charges").json()["charges"] == []


def test_closing_a_key_answers_the_charge_that_was_made_under_it(acquirer: httpx.Client) -> None:
    charge = _charge(acquirer).json()

    assert acquirer.post("/keys/k1/close").json() == {"closed": True, "charge": charge}
    assert _charge(acquirer).json() == charge


def test_of_a_charge_and_a_closing_at_once_one_comes_first(acquirer: httpx.Client) -> None:
    """Either the charge is refused, or the closing answers it: never neither, never both."""
    with ThreadPoolExecutor(8) as pool:
        for number in range(20):
            key = f"k{number}"
            charging = pool.submit(_charge, acquirer, key)
            closing = pool.submit(acquirer.post, f"/keys/{key}/close")

            charged = charging.result().status_code == 201
            assert (closing.result().json()["charge"] is not None) == charged


def test_charges_are_listed_from_a_moment_on(acquirer: httpx.Client) -> None:
    for key in ("k1", "k2"):
        _charge(acquirer, key)
    second = acquirer.get("/charges").json()["charges"][1]

    listed = acquirer.get("/charges", params={"since": second["created_at"]}).json()["charges"]

    assert listed == [second]


def test_charges_are_listed_since_a_cursor(acquirer: httpx.Client) -> None:
    made = [_charge(acquirer, f"k{n}").json()["id"] for n in range(3)]

    first = acquirer.get("/charges", params={"limit": 2}).json()
    second = acquirer.get("/charges", params={"limit": 2, "after": first["next"]}).json()
    last = acquirer.get("/charges", params={"after": second["next"]}).json()

    assert [charge["id"] for charge in first["charges"] + second["charges"]] == made
    assert last == {"charges": [], "next": None}


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"token": "tok_other"}, 422, "unknown-token"),
        ({"token": ["tok_ok"]}, 422, "unknown-token"),
        ({"currency": "XAU"}, 422, "currency-not-taken"),
        ({"amount": "0"}, 422, "nothing-to-do"),
        ({"amount": "19.80"}, 400, "bad-amount"),
        ({"amount": 19.8}, 400, "bad-amount"),
        ({"amount": "1e30"}, 400, "bad-amount"),
        ({"amount": None}, 400, "bad-amount"),
    ],
)
def test_a_bad_charge_is_refused_and_not_remembered(
    acquirer: httpx.Client, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = _charge(acquirer, **fields)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert _charge(acquirer).status_code == 201


def test_cents_are_kept(acquirer: httpx.Client) -> None:
    charge = _charge(acquirer, amount="12.5000", currency="USD").json()

    assert charge["amount"] == "12.50"


def test_a_charge_needs_its_key(acquirer: httpx.Client) -> None:
    answer = acquirer.post("/charges", json={"amount": "1", "currency": "JPY", "token": "tok_ok"})

    assert (answer.status_code, answer.json()["code"]) == (400, "no-idempotency-key")


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "sk_test_merchant"])
def test_only_the_merchant_is_answered(acquirer: httpx.Client, authorization: str) -> None:
    answers = [
        acquirer.get("/charges", headers={"Authorization": authorization}),
        acquirer.post("/charges", headers={"Authorization": authorization}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]


def test_without_a_card_key_nobody_is_answered(start_site: StartSite) -> None:
    site = start_site(SANDBOX_CARD_KEY="")

    assert site.http.get("/card/charges", headers={"Authorization": "Bearer x"}).status_code == 401


def test_charges_survive_a_kill_and_a_reset(site: Site, start_site: StartSite) -> None:
    headers = {"Authorization": "Bearer sk_test_merchant"}
    with httpx.Client(base_url=f"{site.url}/card", headers=headers) as client:
        first = _charge(client)
    site.http.post("/control/reset")
    site.kill()

    again = start_site(home=site.home)

    with httpx.Client(base_url=f"{again.url}/card", headers=headers) as client:
        assert _charge(client).content == first.content
