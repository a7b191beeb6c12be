"""What counts as an answer of the acquirer's: only what it says itself, in words that we know."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

import pytest

from orders.payments.port import Charge, OutcomeUnknown, RequestRefused, Unreachable
from orders.payments.sandbox import SandboxGateway

KEY = uuid4()
DECLINED = {
    "id": "ch_1",
    "status": "FAILED",
    "captured_amount": "0",
    "decline_code": "card_declined",
    "idempotency_key": str(KEY),
}


@contextmanager
def answering(status: int, body: str) -> Iterator[SandboxGateway]:
    """A gateway whose acquirer, or whoever stands before it, always answers the same."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield SandboxGateway(f"http://127.0.0.1:{server.server_address[1]}", "key")
        finally:
            server.shutdown()


def charge(card: SandboxGateway) -> Charge:
    return card.charge(payment_id=KEY, amount=Decimal(1100), currency="JPY", token="tok_ok")


def refund(card: SandboxGateway) -> str:
    return card.refund(refund_id=KEY, reference="ch_1", amount=Decimal(1100), currency="JPY")


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 425, 429, 500, 503, 302])
@pytest.mark.parametrize("body", ["", "<html>", json.dumps({"code": "unknown-token"}), json.dumps(DECLINED)])
def test_no_other_status_is_a_decline(status: int, body: str) -> None:
    with answering(status, body) as card:
        for call in (charge, refund):
            with pytest.raises(OutcomeUnknown) as unknown:
                call(card)
            assert unknown.value.reason == f"http-{status}"


@pytest.mark.parametrize("status", [400, 402, 422])
@pytest.mark.parametrize(
    "body", ["", "[]", "<html>", "{}", json.dumps({"code": "new-rule"}), json.dumps({"code": "key-reused"})]
)
def test_an_unknown_body_is_no_decline(status: int, body: str) -> None:
    with answering(status, body) as card:
        for call in (charge, refund):
            with pytest.raises(OutcomeUnknown):
                call(card)


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", ["", "[]", "<html>", "{}", json.dumps(DECLINED | {"idempotency_key": "x"})])
def test_an_unreadable_success_is_no_success(status: int, body: str) -> None:
    with answering(status, body) as card:
        for call in (charge, refund):
            with pytest.raises(OutcomeUnknown):
                call(card)


@pytest.mark.parametrize(
    ("status", "code"), [(422, "unknown-token"), (400, "bad-amount"), (422, "key-closed")]
)
def test_a_documented_refusal_is_definite(status: int, code: str) -> None:
    with answering(status, json.dumps({"code": code})) as card, pytest.raises(RequestRefused) as refused:
        charge(card)

    assert refused.value.code == code


def test_a_declined_card_is_definite() -> None:
    with answering(402, json.dumps(DECLINED)) as card:
        assert charge(card) == Charge("ch_1", Decimal(0), "card_declined")


def test_a_charge_that_is_only_authorised_has_captured_nothing() -> None:
    body = json.dumps(DECLINED | {"status": "AUTHORISED", "amount": "1100"})
    with answering(201, body) as card:
        made = charge(card)

    assert (made.captured, made.authorised, made.captured_amount) == (False, True, 0)
    assert made.authorised_amount == 1100


def test_a_state_that_nobody_documents_is_no_outcome() -> None:
    body = json.dumps(DECLINED | {"status": "IN_REVIEW"})
    with answering(201, body) as card, pytest.raises(OutcomeUnknown) as unknown:
        charge(card)

    assert unknown.value.reason == "status-IN_REVIEW"


def test_where_nothing_was_sent_that_is_definite() -> None:
    with pytest.raises(Unreachable):
        charge(SandboxGateway("http://127.0.0.1:9", "key"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"code": "not-found"}),
        (404, {"code": "unknown-charge", "idempotency_key": "another"}),
        (401, {"code": "bad-key"}),
        (200, DECLINED | {"idempotency_key": "another"}),
        (200, {}),
    ],
)
def test_only_the_acquirer_itself_says_that_there_is_no_charge(status: int, body: dict[str, str]) -> None:
    with answering(status, json.dumps(body)) as card:
        for call in (card.find_charge, card.close_charge):
            with pytest.raises(OutcomeUnknown):
                call(payment_id=KEY)


def test_there_is_no_charge_where_the_acquirer_names_the_key() -> None:
    with answering(404, json.dumps({"code": "unknown-charge", "idempotency_key": str(KEY)})) as card:
        assert card.find_charge(payment_id=KEY) is None
