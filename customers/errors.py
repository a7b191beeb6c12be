"""What can go wrong with customers and their identities."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, InvalidField, NotFound, Refused


class InvalidIdentity(InvalidField):
    """`field` names the kind of identity, `rule` what its value breaks."""

    code = "invalid-identity"
    title = _("This is not a valid e-mail address, number or id.")


class IdentityTaken(Conflict):
    """A verified value names one customer alone; `field` is its kind. It doesn't say whom it names."""

    code = "identity-taken"
    title = _("Another customer has this e-mail address, number or id.")


class NoSuchCustomer(NotFound):
    code = "no-such-customer"
    title = _("There is no such customer.")


class NoSuchMember(NotFound):
    code = "no-such-member"
    title = _("There is no such member.")


class NoSuchAddress(NotFound):
    code = "no-such-address"
    title = _("There is no such address.")


class CircularMerge(Conflict):
    """Both records are one person already."""

    code = "already-one-person"
    title = _("These records are one person already.")


class PersonsMoving(Conflict):
    """Other merges of the same persons kept getting in between; try again."""

    code = "persons-moving"
    title = _("These records are being merged just now; try again.")
    retry_after = 1


class NotMerged(Conflict):
    """The record stands by itself: there is nothing to undo."""

    code = "not-merged"
    title = _("This record is not merged into another.")


class NoSuchChallenge(NotFound):
    code = "no-such-code"
    title = _("There is no such code.")


class WrongCode(Refused):
    """`tries_left` says how many tries the code still has."""

    code = "wrong-code"
    title = _("The code is wrong.")


class CodeSpent(Refused):
    """The code was used, has expired, or was tried too often: ask for a new one."""

    code = "code-spent"
    title = _("This code can't be used any more; ask for a new one.")


class TooManyCodes(Refused):
    """Codes were asked for too often; try again later."""

    code = "too-many-codes"
    status = 429
    title = _("Too many codes were asked for; try again later.")
    retry_after = 900
