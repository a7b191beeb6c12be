"""What can go wrong with points."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, InvalidField, NotFound


class InsufficientPoints(Conflict):
    """`requested` is more than the `available` points of the person, over all its accounts."""

    code = "insufficient-points"
    title = _("There are not enough points.")


class NoProgramme(NotFound):
    """No points programme serves the channel `channel_id`."""

    code = "no-points-programme"
    title = _("This channel has no points programme.")


class PersonMoved(Conflict):
    """The record `customer_id` was merged into another person just now: read its person again."""

    code = "person-moved"
    title = _("This customer was merged with another just now; try again.")
    retry_after = 1


class NoSuchPerson(NotFound):
    """`customer_id` names no customer record."""

    code = "no-such-customer"
    title = _("There is no such customer.")


class ReasonMissing(InvalidField):
    """Whoever adjusts points says why."""

    code = "reason-missing"
    title = _("Give a reason.")
