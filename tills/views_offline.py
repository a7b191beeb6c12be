"""Tills off line: what they take along, and the journal that they bring back. Parse, one call, render."""

from datetime import datetime

from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from omni.core import clock
from omni.core.requests import claim_from
from orders.views_till import parsed
from organisation.permissions import actor_of
from tills import serializers_offline as shapes
from tills.chain import Link
from tills.desk import get_desk
from tills.selectors_snapshot import get_snapshot
from tills.services import journals, receipts
from tills.views import TillView

SALE = {
    "sequence": 1,
    "kind": "sale",
    "occurred_at": "2026-11-27T15:00:00+09:00",
    "payload": {
        "receipt_number": "t1-00000001",
        "lines": [{"code": "4901234567894", "quantity": 1, "unit_price": "540"}],
        "tenders": [{"tender": "cash", "amount": "1000"}],
    },
    "previous_hash": "0" * 64,
    "hash": "c" * 64,
}


class TillSnapshotView(TillView):
    """What the till needs to sell without the network, signed; the same as before is answered 304."""

    problems = ()

    @extend_schema(
        operation_id="till_snapshot_retrieve",
        responses={200: shapes.SnapshotSerializer, 304: None},
    )
    def get(self, request: Request) -> Response:
        snapshot = get_snapshot(till=get_desk(request).till, now=clock.now())
        etag = quote_etag(snapshot.version)
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": etag})
        return Response(shapes.SnapshotSerializer(snapshot).data, headers={"ETag": etag})


class TillReceiptNumbersView(TillView):
    """Receipt numbers for a till to use off line; each is given once."""

    @extend_schema(
        operation_id="till_receipt_numbers_create",
        request=shapes.ReceiptNumbersSerializer,
        responses={201: shapes.BlockSerializer},
    )
    def post(self, request: Request) -> Response:
        body = parsed(shapes.ReceiptNumbersSerializer, request.data)
        claim = claim_from(request, actor=actor_of(request), operation="give-receipt-numbers", body=body)
        block = receipts.give_numbers(
            till=get_desk(request).till, count=body["count"], claim=claim, now=clock.now()
        )
        return Response(shapes.BlockSerializer(block).data, status=201)


class TillJournalView(TillView):
    """
    The journal of a till that was off line.

    Each entry lands once, by its number and hash: no key is asked for, and sending again is harmless.
    """

    idempotent = idempotency_required = False

    @extend_schema(operation_id="till_journal_retrieve", responses=shapes.JournalStateSerializer)
    def get(self, request: Request) -> Response:
        """Where the platform's copy of the chain ends."""
        state = journals.get_state(get_desk(request).till, [])
        return Response(shapes.JournalStateSerializer(state).data)

    @extend_schema(
        operation_id="till_journal_create",
        request=shapes.JournalSerializer,
        responses=shapes.JournalStateSerializer,
        examples=[OpenApiExample("One sale", value={"entries": [SALE]}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        till = get_desk(request).till
        entries = parsed(shapes.JournalSerializer, request.data)["entries"]
        state = journals.receive_journal(
            till=till,
            links=[Link(device=till.code, **entry) for entry in entries],
            occurred=[datetime.fromisoformat(entry["occurred_at"]) for entry in entries],
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(shapes.JournalStateSerializer(state).data)
