"""A location's devices: the queue, and each step of the work. Parse, one call, render."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from omni.core import clock
from omni.core.errors import InvalidField, NotFound
from omni.core.requests import claim_from
from orders import serializers_till as till_shapes
from orders import serializers_work as shapes
from orders import services, work_queue
from orders.services.collecting import Proof
from orders.services.tenders import Handed
from orders.views_till import lots_of, parsed, portions_of
from organisation.models import ApiKey, Location
from organisation.permissions import actor_of, has_scope


def _location(request: Request, code: str | None) -> Location:
    """
    The key's own location, or the one that a key of none names.

    Raises:
        InvalidField: neither names one.
        NotFound: there is none of that code, or it is not the key's.
    """
    key = request.auth
    assert isinstance(key, ApiKey)
    if key.location is not None and code in (None, key.location.code):
        return key.location
    if code is None:
        raise InvalidField(field="location", rule="required")
    found = Location.objects.filter(code=code).first() if key.location is None else None
    if found is None:
        raise NotFound(location=code)
    return found


class WorkView(APIView):
    """What a location has to do, the most urgent first."""

    permission_classes = (has_scope(ApiKey.Scope.ORDERS_READ),)
    problems = (422,)

    @extend_schema(
        operation_id="work_list", parameters=[shapes.WorkQuery], responses=shapes.WorkQueueSerializer
    )
    def get(self, request: Request) -> Response:
        asked = parsed(shapes.WorkQuery, request.query_params)
        queue = work_queue.list_work(location=_location(request, asked.pop("location", None)), **asked)
        return Response(shapes.WorkQueueSerializer(queue).data)


class StepView(APIView):
    """A step of the work; a key of a location works on what leaves from there."""

    permission_classes = (has_scope(ApiKey.Scope.ORDERS_WRITE),)
    idempotent = idempotency_required = True
    problems = (409, 422)
    operation: ClassVar[str]
    act: ClassVar[Callable[..., services.Worked]]

    def take(self, request: Request, number: str, fulfilment_id: int) -> Response:
        actor = actor_of(request)
        body = {"order": number, "fulfilment": fulfilment_id}
        worked = type(self).act(
            asked=services.Asked(
                number=number,
                fulfilment_id=fulfilment_id,
                location_id=getattr(request.auth, "location_id", None),
            ),
            claim=claim_from(request, actor=actor, operation=self.operation, body=body),
            actor=actor,
            now=clock.now(),
        )
        return Response(shapes.WorkedSerializer(worked).data)


class AcceptView(StepView):
    operation, act = "accept-fulfilment", services.accept_fulfilment

    @extend_schema(operation_id="order_fulfilments_accept", request=None, responses=shapes.WorkedSerializer)
    def post(self, request: Request, number: str, fulfilment_id: int) -> Response:
        """The location will do it."""
        return self.take(request, number, fulfilment_id)


class PickView(StepView):
    operation, act = "start-picking", services.start_picking

    @extend_schema(operation_id="order_fulfilments_pick", request=None, responses=shapes.WorkedSerializer)
    def post(self, request: Request, number: str, fulfilment_id: int) -> Response:
        """Somebody collects the goods from the shelves."""
        return self.take(request, number, fulfilment_id)


class PackView(StepView):
    operation, act = "pack-fulfilment", services.pack_fulfilment

    @extend_schema(operation_id="order_fulfilments_pack", request=None, responses=shapes.WorkedSerializer)
    def post(self, request: Request, number: str, fulfilment_id: int) -> Response:
        """The goods are together and packed."""
        return self.take(request, number, fulfilment_id)


class ReadyView(StepView):
    operation, act = "ready-fulfilment", services.ready_fulfilment

    @extend_schema(operation_id="order_fulfilments_ready", request=None, responses=shapes.WorkedSerializer)
    def post(self, request: Request, number: str, fulfilment_id: int) -> Response:
        """It may be collected, or go to the carrier."""
        return self.take(request, number, fulfilment_id)


class CollectView(APIView):
    """What is collected is handed over to whoever shows its code, and paid if it was not."""

    permission_classes = (has_scope(ApiKey.Scope.ORDERS_WRITE),)
    idempotent = idempotency_required = True
    problems = (409, 422)

    @extend_schema(
        operation_id="order_fulfilments_hand_over",
        request=shapes.CollectSerializer,
        responses=till_shapes.HandedOverSerializer,
    )
    def post(self, request: Request, number: str, fulfilment_id: int) -> Response:
        location_id = _location(request, None).pk
        body: dict[str, Any] = parsed(shapes.CollectSerializer, request.data)
        actor = actor_of(request)
        asked = {**body, "order": number, "fulfilment": fulfilment_id}
        done = services.hand_over(
            number=number,
            location_id=location_id,
            fulfilment_id=fulfilment_id,
            proof=Proof(body["code"], body["collector"]),
            portions=portions_of(body),
            lots=lots_of(body),
            tenders=[Handed(**tender) for tender in body.get("tenders", ())],
            claim=claim_from(request, actor=actor, operation="hand-over-by-code", body=asked),
            actor=actor,
            now=clock.now(),
        )
        return Response(till_shapes.HandedOverSerializer(done).data)
