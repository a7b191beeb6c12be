"""Orders from outside that a person gives up: for a reason, and for good."""

from datetime import datetime

import structlog

from connectors.errors import InboundSettled
from connectors.models import InboundFailure
from connectors.services.receiving import claim_of, has_form
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import ClaimMismatch

logger = structlog.get_logger(__name__)
MOST = 200


def drop_inbound(*, failure_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """
    Give a failed inbound order up: it is never taken in, however often it is sent.

    Who and why stay on the row; the buyer's data goes. The order's claim is settled for what no
    delivery asks, so that one on its way finds it used.

    Raises:
        InvalidField: no reason is given, or one of over 200 characters.
        InboundSettled: it was taken in or dropped meanwhile.
        ClaimInFlight: it is being taken in right now.
    """
    if not 0 < len(reason.strip()) <= MOST:
        raise InvalidField(field="reason", rule=f"1-to-{MOST}-characters")
    with db.transaction():
        failure = InboundFailure.objects.for_update_by_id(failure_id)
        if failure.resolved_at is not None:
            raise InboundSettled(external_number=failure.external_number)
        _use_up_claim(failure, now)
        InboundFailure.objects.filter(pk=failure_id).update(
            resolved_at=now, body={}, drop_reason=reason.strip(), actor=str(actor)
        )
    logger.info("inbound.dropped", connection=failure.connection.code, failure=failure_id, actor=str(actor))


def _use_up_claim(failure: InboundFailure, now: datetime) -> None:
    claim = claim_of(failure.connection, failure.external_number, {"dropped": failure.pk})
    try:
        idempotency.claim(claim, result_type=dict)
    except ClaimMismatch as landed:
        # The order is booked. Only a later message under its number, without form, is left to drop.
        if has_form(failure.body):
            raise InboundSettled(external_number=failure.external_number) from landed
    else:
        idempotency.settle(claim, {"dropped": failure.pk}, now=now)
