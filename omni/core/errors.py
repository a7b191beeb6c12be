"""
Anticipated failures: a class each, named for the fact, carrying data rather than prose.

The API's exception handler renders any of them as problem+json (RFC 9457): `code` is the
stable name that clients switch on, `title` the sentence for people, `data()` what to show.
"""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """The base of all anticipated failures. `status` is the HTTP status that fits the fact."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 422
    title: ClassVar[str | Promise] = _("The request can't be carried out.")
    retry_after: ClassVar[int | None] = None

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code, data)
        self._data = data

    def data(self) -> dict[str, Any]:
        return dict(self._data)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_data"][name]
        except KeyError:
            raise AttributeError(name) from None


class NotFound(DomainError):
    code = "not-found"
    status = 404
    title = _("There is no such thing here.")


class Conflict(DomainError):
    code = "conflict"
    status = 409
    title = _("The state has changed; read it again.")


class Refused(DomainError):
    """A rule of the business says no."""

    code = "refused"
    status = 422


class Forbidden(DomainError):
    code = "forbidden"
    status = 403
    title = _("You may not do this.")


class Unavailable(DomainError):
    """Something that we depend on does not answer; the caller may try again."""

    code = "unavailable"
    status = 503
    title = _("The service is not available just now; try again.")
    retry_after = 2


class InvalidField(DomainError):
    """A field breaks a rule: `field` names it, `rule` says which."""

    code = "invalid"
    status = 400
    title = _("A field is not valid.")


class NoTransaction(RuntimeError):
    """A programming error: a building block was called outside its caller's transaction."""


class SignatureInvalid(DomainError):
    code = "signature-invalid"
    status = 401
    title = _("The signature is missing, wrong or too old.")


class MessageTooLong(DomainError):
    """It has more than `limit_bytes`; nothing of it was taken."""

    code = "message-too-long"
    status = 413
    title = _("The message is too long: send it in parts.")
