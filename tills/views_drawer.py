"""A till's operators and its drawer: sign in, open, move, check, close. Parse, one call, render."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from omni.core import clock
from omni.core.idempotency import Claim
from omni.core.requests import claim_from
from orders.views_till import parsed
from organisation.permissions import actor_of
from tills import selectors, serializers
from tills.desk import get_desk
from tills.errors import SessionMissing
from tills.models import CashSession
from tills.services import cash_sessions, operators
from tills.views import OPERATOR, TillView

FLOAT = [{"value": "10000", "pieces": 2}, {"value": "1000", "pieces": 10}, {"value": "100", "pieces": 50}]
COUNTED = [{"value": "10000", "pieces": 5}, {"value": "1000", "pieces": 12}, {"value": "100", "pieces": 47}]


def _pieces(rows: Sequence[Mapping[str, Any]]) -> dict[Decimal, int]:
    """Pieces by value; what is named twice counts twice."""
    pieces: dict[Decimal, int] = {}
    for row in rows:
        pieces[row["value"]] = pieces.get(row["value"], 0) + row["pieces"]
    return pieces


def _claim(request: Request, operation: str, body: Mapping[str, Any]) -> Claim:
    return claim_from(request, actor=actor_of(request), operation=operation, body=body)


class TillSignInView(TillView):
    """Staff sign in at a till by number and PIN; too many wrong PINs lock the number for a while."""

    idempotent = idempotency_required = False
    problems = ()

    @extend_schema(
        operation_id="till_sign_in",
        request=serializers.SignInSerializer,
        responses=serializers.SignedInSerializer,
    )
    def post(self, request: Request) -> Response:
        body = parsed(serializers.SignInSerializer, request.data)
        signed_in = operators.sign_in(
            till=get_desk(request).till, number=body["operator"], pin=body["pin"], now=clock.now()
        )
        return Response(serializers.SignedInSerializer(signed_in).data)


class TillSessionView(TillView):
    """The till's open day."""

    @extend_schema(operation_id="till_session_retrieve", responses=serializers.ReportSerializer)
    def get(self, request: Request) -> Response:
        """What went through the drawer so far, and what should be in it."""
        till = get_desk(request).till
        session = CashSession.objects.filter(till=till, status=CashSession.Status.OPEN).first()
        if session is None:
            raise SessionMissing(till=till.code)
        return Response(serializers.ReportSerializer(selectors.get_report(session)).data)

    @extend_schema(
        operation_id="till_session_open",
        parameters=[OPERATOR],
        request=serializers.OpenSessionSerializer,
        responses={201: serializers.SessionSerializer},
        examples=[OpenApiExample("Float of ¥35,000", value={"float": FLOAT}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Open the day with what is in the drawer; what came late for closed days belongs to it."""
        desk = get_desk(request, operators.OPEN)
        body = parsed(serializers.OpenSessionSerializer, request.data)
        opened = cash_sessions.open_session(
            till=desk.till,
            pieces=_pieces(body["float"]),
            business_date=body.get("business_date"),
            claim=_claim(request, "open-cash-session", body),
            actor=desk.actor,
            now=clock.now(),
        )
        return Response(serializers.SessionSerializer(opened).data, status=201)


class TillMovementView(TillView):
    """Cash goes into the drawer or out of it, for a reason other than a sale or a refund."""

    @extend_schema(
        operation_id="till_session_move_cash",
        parameters=[OPERATOR],
        request=serializers.MovementSerializer,
        responses={201: serializers.MovedSerializer},
    )
    def post(self, request: Request) -> Response:
        desk = get_desk(request, operators.MOVE)
        body = parsed(serializers.MovementSerializer, request.data)
        moved = cash_sessions.move_cash(
            till=desk.till,
            **body,
            claim=_claim(request, "move-cash", body),
            actor=desk.actor,
            now=clock.now(),
        )
        return Response(serializers.MovedSerializer(moved).data, status=201)


class TillCheckView(TillView):
    """点検: the drawer is counted beside what should be in it, and the day goes on."""

    @extend_schema(
        operation_id="till_session_check",
        parameters=[OPERATOR],
        request=serializers.CheckSerializer,
        responses={201: serializers.CountSerializer},
    )
    def post(self, request: Request) -> Response:
        desk = get_desk(request, operators.COUNT)
        body = parsed(serializers.CheckSerializer, request.data)
        counted = cash_sessions.check_drawer(
            till=desk.till,
            pieces=_pieces(body["counted"]),
            claim=_claim(request, "check-drawer", body),
            actor=desk.actor,
            now=clock.now(),
        )
        return Response(serializers.CountSerializer(counted).data, status=201)


class TillCloseView(TillView):
    """精算: the drawer is counted, and the day is closed for good; what comes late belongs to the next."""

    @extend_schema(
        operation_id="till_session_close",
        parameters=[OPERATOR],
        request=serializers.CloseSerializer,
        responses={201: serializers.ClosingSerializer},
        examples=[
            OpenApiExample("Deposit", value={"counted": COUNTED, "deposit": "30000"}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        desk = get_desk(request, operators.CLOSE)
        body = parsed(serializers.CloseSerializer, request.data)
        closed = cash_sessions.close_session(
            till=desk.till,
            pieces=_pieces(body["counted"]),
            deposit=body["deposit"],
            claim=_claim(request, "close-cash-session", body),
            actor=desk.actor,
            now=clock.now(),
        )
        return Response(serializers.ClosingSerializer(closed).data, status=201)
