"""
The states of orders, fulfilments, payments, refunds and returns: which follows which, and by what.

The one place that says so. Services move a row with `move`, or filter what they move as a set by
`Machine.befores`; the diagrams of `docs/orders.md` are drawn from here (`manage.py draw_states`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Model, TextChoices

from orders.errors import WrongState
from orders.models import Fulfilment, Order, Payment, Refund, Return

# Before its first state a row is nowhere.
NEW = ("",)


@dataclass(frozen=True, slots=True)
class Step:
    """Out of any of `befores` into `after`, by the services named in `by`."""

    befores: tuple[str, ...]
    after: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """The states of one model's rows, which begin and move only as `steps` say."""

    model: type[Model]
    states: type[TextChoices]
    steps: tuple[Step, ...]

    def allows(self, before: str, *, by: str) -> bool:
        """Whether a service finds something to do in this state."""
        return before in self.befores(by=by)

    def befores(self, *, by: str) -> tuple[str, ...]:
        """The states out of which a service leads."""
        found = (before for step in self.steps if by in step.by for before in step.befores if before)
        return tuple(dict.fromkeys(found))

    def arrows(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """(before, after, by) of each step, one by one."""
        for step in self.steps:
            yield from ((before, step.after, step.by) for before in step.befores)


# A part of an order that has not gone, and for which something is held.
HELD = (Fulfilment.Status.RESERVED, Fulfilment.Status.PREPARED, Fulfilment.Status.READY)
OPEN = (Fulfilment.Status.PROPOSED, *HELD)
# What the acquirer has not answered yet.
ASKED = (Payment.Status.PENDING, Payment.Status.UNKNOWN)
REFUND_ASKED = (Refund.Status.PENDING, Refund.Status.UNKNOWN)

ORDER = Machine(
    Order,
    Order.Status,
    (
        Step(NEW, Order.Status.PENDING, ("place_order",)),
        Step(NEW, Order.Status.PLACED, ("place_order", "place_external_order")),
        Step(NEW, Order.Status.COMPLETED, ("record_sales",)),
        Step((Order.Status.PENDING,), Order.Status.PLACED, ("record_outcome",)),
        Step((Order.Status.PENDING,), Order.Status.CANCELLED, ("record_outcome",)),
        Step((Order.Status.PENDING,), Order.Status.EXPIRED, ("expire_orders",)),
        Step(
            (Order.Status.PLACED,),
            Order.Status.COMPLETED,
            ("complete_fulfilment", "hand_over", "cancel_lines"),
        ),
        Step((Order.Status.PLACED,), Order.Status.CANCELLED, ("cancel_order", "cancel_lines")),
    ),
)

FULFILMENT = Machine(
    Fulfilment,
    Fulfilment.Status,
    (
        Step(NEW, Fulfilment.Status.RESERVED, ("place_order", "place_external_order")),
        Step(NEW, Fulfilment.Status.PROPOSED, ("place_order", "place_external_order", "reject_fulfilment")),
        Step(NEW, Fulfilment.Status.COMPLETED, ("record_sales",)),
        Step(
            (Fulfilment.Status.PROPOSED,),
            Fulfilment.Status.RESERVED,
            ("allocate_waiting", "serve_from_hold"),
        ),
        Step((Fulfilment.Status.RESERVED,), Fulfilment.Status.PREPARED, ("pack_fulfilment",)),
        Step(
            (Fulfilment.Status.RESERVED, Fulfilment.Status.PREPARED),
            Fulfilment.Status.READY,
            ("ready_fulfilment",),
        ),
        Step(HELD, Fulfilment.Status.COMPLETED, ("complete_fulfilment", "hand_over")),
        Step(HELD, Fulfilment.Status.FAILED, ("reject_fulfilment",)),
        Step(
            OPEN,
            Fulfilment.Status.CANCELLED,
            ("cancel_order", "cancel_lines", "record_outcome", "expire_orders"),
        ),
    ),
)

PAYMENT = Machine(
    Payment,
    Payment.Status,
    (
        Step(NEW, Payment.Status.PENDING, ("place_order",)),
        Step(
            NEW, Payment.Status.CAPTURED, ("place_order", "place_external_order", "record_sales", "hand_over")
        ),
        Step((Payment.Status.PENDING,), Payment.Status.UNKNOWN, ("charge_order",)),
        Step(ASKED, Payment.Status.CAPTURED, ("record_outcome",)),
        Step(ASKED, Payment.Status.AUTHORISED, ("record_outcome",)),
        Step(ASKED, Payment.Status.FAILED, ("record_outcome",)),
        # Money that comes after all for what had ended: it is given back.
        Step((Payment.Status.FAILED, Payment.Status.VOIDED), Payment.Status.CAPTURED, ("record_outcome",)),
        # The same of what is only set aside: it is let go.
        Step((Payment.Status.FAILED, Payment.Status.VOIDED), Payment.Status.AUTHORISED, ("record_outcome",)),
        Step((Payment.Status.AUTHORISED,), Payment.Status.CAPTURED, ("settle_authorisations",)),
        Step((Payment.Status.AUTHORISED,), Payment.Status.VOIDED, ("settle_authorisations",)),
        Step((Payment.Status.PENDING,), Payment.Status.CAPTURED, ("complete_fulfilment",)),
        Step((Payment.Status.PENDING,), Payment.Status.VOIDED, ("cancel_order", "hand_over")),
    ),
)

REFUND = Machine(
    Refund,
    Refund.Status,
    (
        Step(NEW, Refund.Status.PENDING, ("create_refunds",)),
        Step(NEW, Refund.Status.DONE, ("create_refunds",)),
        # By bank transfer: in a file, confirmed, or sent back by the bank.
        Step(NEW, Refund.Status.TO_TRANSFER, ("create_refunds",)),
        Step((Refund.Status.TO_TRANSFER,), Refund.Status.EXPORTED, ("export_refunds",)),
        Step((Refund.Status.EXPORTED,), Refund.Status.DONE, ("confirm_transfer",)),
        Step((Refund.Status.EXPORTED,), Refund.Status.TO_TRANSFER, ("confirm_transfer",)),
        Step((Refund.Status.PENDING,), Refund.Status.UNKNOWN, ("send_refunds",)),
        Step(REFUND_ASKED, Refund.Status.DONE, ("send_refunds",)),
        Step(REFUND_ASKED, Refund.Status.FAILED, ("send_refunds",)),
        # Accepted by the acquirer, and come to nothing days later.
        Step((Refund.Status.DONE,), Refund.Status.FAILED, ("receive_event",)),
    ),
)

RETURN = Machine(
    Return,
    Return.Status,
    (Step(NEW, Return.Status.RECEIVED, ("receive_return",)),),
)

MACHINES = {machine.model: machine for machine in (ORDER, FULFILMENT, PAYMENT, REFUND, RETURN)}


def move(row: Order | Fulfilment | Payment | Refund | Return, after: str) -> None:
    """
    Give a locked row its next state; the caller saves it.

    Raises:
        WrongState: no step leads from the row's state there.
    """
    machine = MACHINES[type(row)]
    if not any(row.status == before and after == to for before, to, _ in machine.arrows()):
        raise WrongState(of=machine.model._meta.model_name, state=str(row.status), after=str(after))
    row.status = after
