"""Stock pushes: signatures, shapes, versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

if TYPE_CHECKING:
    from tests.sandbox.conftest import Site, StartSite


def test_push_is_applied_and_logged(site: Site) -> None:
    before = datetime.now(UTC)

    answer = site.push(("TEE-M", 12, 7), ("TEE-L", 0, 1))

    assert (answer.status_code, answer.json()) == (200, {"applied": 2, "stale": 0})
    row = site.get("/api/stock/TEE-M")
    updated_at = row.pop("updated_at")
    assert row == {"sku": "TEE-M", "available": 12, "version": 7, "sold_unsynced": 0}
    assert before <= datetime.fromisoformat(updated_at) <= datetime.now(UTC)
    (push,) = site.get("/api/pushes")["pushes"]
    assert push["webhook_id"] == answer.request.headers["webhook-id"]
    assert (push["applied"], push["stale"], push["received_at"]) == (2, 0, updated_at)
    assert push["items"] == [
        {"sku": "TEE-M", "available": 12, "version": 7},
        {"sku": "TEE-L", "available": 0, "version": 1},
    ]


@pytest.mark.parametrize(
    ("item", "answer", "held"),
    [
        (("TEE-M", 3, 8), {"applied": 1, "stale": 0}, (3, 8, 0)),
        (("TEE-M", 3, 6), {"applied": 0, "stale": 1}, (12, 7, 0)),
        (("TEE-M", 12, 7), {"applied": 1, "stale": 0}, (12, 7, 0)),
        (("TEE-M", 3, 7), {"applied": 0, "stale": 1}, (12, 7, 0)),
    ],
    ids=["newer", "older", "same again", "same version, another number"],
)
def test_newest_version_wins(
    site: Site, item: tuple[str, int, int], answer: dict[str, int], held: tuple[int, int, int]
) -> None:
    site.push(("TEE-M", 12, 7))

    assert site.push(item).json() == answer
    assert site.stock("TEE-M") == held


def test_a_batch_applies_what_is_newer_and_drops_the_rest(site: Site) -> None:
    site.push(("A", 5, 5), ("B", 5, 5))

    answer = site.push(("A", 4, 6), ("B", 4, 4), ("C", 4, 1), ("C", 3, 2), ("A", 9, 5))

    assert answer.json() == {"applied": 3, "stale": 2}
    assert [site.stock(sku) for sku in "ABC"] == [(4, 6, 0), (5, 5, 0), (3, 2, 0)]


def test_a_webhook_sent_twice_ends_in_the_same_state(site: Site) -> None:
    body = site.event([{"sku": "A", "available": 4, "version": 2}])
    headers = site.sign(body)

    answers = [site.http.post("/webhooks/stock", content=body, headers=headers) for _ in range(3)]

    assert [answer.json() for answer in answers] == [{"applied": 1, "stale": 0}] * 3
    assert site.stock("A") == (4, 2, 0)


def _tampered(site: Site, body: str) -> tuple[str, dict[str, str]]:
    return body.replace("12", "99"), site.sign(body)


def _by_another(site: Site, body: str) -> tuple[str, dict[str, str]]:
    headers, now = site.sign(body), datetime.now(UTC)
    forged = Webhook("whsec_YW5vdGhlciBzZWNyZXQ=").sign(headers["webhook-id"], now, body)
    return body, {**headers, "webhook-signature": forged}


def _too_old(site: Site, body: str) -> tuple[str, dict[str, str]]:
    return body, site.sign(body, at=datetime.now(UTC) - timedelta(minutes=6))


def _under_another_id(site: Site, body: str) -> tuple[str, dict[str, str]]:
    return body, {**site.sign(body), "webhook-id": "msg_other"}


def _unsigned(site: Site, body: str) -> tuple[str, dict[str, str]]:
    return body, {}


def _garbled(site: Site, body: str) -> tuple[str, dict[str, str]]:
    return body, {**site.sign(body), "webhook-signature": "v1"}


@pytest.mark.parametrize("forge", [_tampered, _by_another, _too_old, _under_another_id, _unsigned, _garbled])
def test_a_push_without_its_signature_is_refused(site: Site, forge: Any) -> None:
    body, headers = forge(site, site.event([{"sku": "A", "available": 12, "version": 1}]))

    answer = site.http.post("/webhooks/stock", content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"code": "bad-signature"})
    assert (site.get("/api/stock")["items"], site.get("/api/pushes")["pushes"]) == ([], [])


GOOD = {"sku": "A", "available": 1, "version": 1}


@pytest.mark.parametrize(
    ("item", "position"),
    [
        ({**GOOD, "available": -1}, 1),
        ({**GOOD, "available": 1.5}, 1),
        ({**GOOD, "available": True}, 1),
        ({**GOOD, "available": "1"}, 1),
        ({**GOOD, "version": -1}, 1),
        ({**GOOD, "version": 2**63}, 1),
        ({**GOOD, "sku": ""}, 1),
        ({"sku": "A", "available": 1}, 1),
        ("A", 1),
    ],
)
def test_one_bad_item_refuses_the_whole_push(site: Site, item: Any, position: int) -> None:
    answer = site.send(site.event([GOOD, item]))

    assert (answer.status_code, answer.json()) == (400, {"code": "bad-item", "position": position})
    assert site.get("/api/stock")["items"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "omni.stock-availability.v2"}, "unknown-type"),
        ({"specversion": "0.3"}, "not-a-cloudevent"),
        ({"id": ""}, "not-a-cloudevent"),
        ({"data": {"connection": "another-ec", "items": [GOOD]}}, "another-connection"),
        ({"data": {"connection": "sandbox-ec"}}, "bad-data"),
        ({"data": None}, "bad-data"),
    ],
)
def test_a_bad_event_is_refused(site: Site, changes: dict[str, Any], code: str) -> None:
    answer = site.send(site.event([GOOD], **changes))

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert site.get("/api/stock")["items"] == []


@pytest.mark.parametrize("body", ["{", "[]", "7"])
def test_a_body_that_is_no_json_object_is_refused(site: Site, body: str) -> None:
    answer = site.send(body)

    assert (answer.status_code, answer.json()) == (400, {"code": "bad-json"})


def test_stock_is_listed_page_by_page(site: Site) -> None:
    site.push(*((sku, 1, 1) for sku in ("C", "A", "B", "a b/ä")))

    first = site.get("/api/stock", limit=3)
    second = site.get("/api/stock", limit=3, after=first["next"])

    assert ([row["sku"] for row in first["items"]], first["next"]) == (["A", "B", "C"], "C")
    assert ([row["sku"] for row in second["items"]], second["next"]) == (["a b/ä"], None)
    assert site.stock("a%20b%2F%C3%A4") == (1, 1, 0)


def test_an_unknown_sku_is_not_found(site: Site) -> None:
    assert site.http.get("/api/stock/NOPE").status_code == 404


def test_what_was_answered_survives_a_kill(site: Site, start_site: StartSite) -> None:
    site.push(("A", 12, 7))
    site.kill()

    again = start_site(home=site.home)

    assert again.stock("A") == (12, 7, 0)
    assert len(again.get("/api/pushes")["pushes"]) == 1
