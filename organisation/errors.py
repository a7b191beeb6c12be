"""What the organisation refuses."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, Forbidden, Refused


class NotYours(Forbidden):
    """The user's roles don't let them do `function` at `location`."""

    code = "not-your-function"
    title = _("Your role does not let you do this here.")


class KeyTaken(Conflict):
    """Another key begins like this one, and keys are told apart by how they begin."""

    code = "api-key-taken"
    title = _("A key that begins like this exists already.")


class PauseInThePast(Refused):
    """`until` is over."""

    code = "pause-in-the-past"
    title = _("The end of the pause has passed already.")
