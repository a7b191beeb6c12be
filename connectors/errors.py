"""Typed failures of connectors."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, DomainError, InvalidField


class MessageInvalid(DomainError):
    """`field` names what is wrong with the message, `rule` says why."""

    code = "message-invalid"
    status = 400
    title = _("The message has not the form that was agreed.")


class OrderRefused(DomainError):
    """An outside order can't be booked yet; it is kept, and `reason` says what stands in the way."""

    code = "order-refused"
    status = 422
    title = _("The order can't be booked yet; it is kept for a person to look at.")


class OrderDropped(DomainError):
    """`external_number` was dropped by a person, for a reason: it is not taken in any more."""

    code = "order-dropped"
    status = 422
    title = _("The order was dropped by a person.")


class InboundSettled(Conflict):
    """`external_number` was taken in or dropped meanwhile."""

    code = "inbound-order-settled"
    title = _("The order has been taken in or dropped already.")


class ComparisonRunning(Conflict):
    """Another process compares `connection`; it was not asked a second time."""

    code = "comparison-running"
    title = _("This connection is being compared already.")


class SaleNotYetHere(DomainError):
    """A return or void names a sale that has not come: `receipt_number`."""

    code = "sale-not-yet-here"
    title = _("The sale that it names has not come yet; it waits for it.")


class EntryDiffers(DomainError):
    """Another entry came under this number before; the first one counts."""

    code = "till-entry-differs"
    title = _("Another entry came under this number before; the first one counts.")


class PushFailed(Exception):
    """
    A push was not acknowledged. `permanent` when the receiver refused it, and would again.

    `status` is that of the answer, if there was one.
    """

    def __init__(self, reason: str, *, permanent: bool = False, status: int | None = None) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.status = status


class KindUnavailable(PushFailed):
    """The connection's kind is not installed, or its settings don't fit: nothing can be sent or read."""


class SettingInvalid(InvalidField):
    """A setting of the connection's kind breaks a rule: `field` is `settings.name`."""
