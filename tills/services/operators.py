"""Who stands at the till: staff sign in by number and PIN, and carry a token until their shift is over."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing

from omni.core import db
from omni.core.errors import InvalidField
from organisation import selectors as organisation
from organisation.errors import NotYours
from organisation.models import User
from tills.errors import OperatorNeeded, SignInFailed
from tills.models import Operator, Till

SALT = "tills.operator"
PIN = re.compile(r"\d{4,12}")
# What an operator may be let do at a till. Whoever may not even open one does not sign in there.
OPEN = "tills.open_session"
COUNT = "tills.count_drawer"
MOVE = "tills.move_cash"
CLOSE = "tills.close_session"
VOID = "tills.void_sale"
OVERRIDE = "tills.override_price"
TRAIN = "tills.train"
RIGHTS = (OPEN, COUNT, MOVE, CLOSE, VOID, OVERRIDE, TRAIN)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` names the operator at this till until `expires_at`; `rights` are those that they have there."""

    token: str
    name: str
    expires_at: datetime
    rights: tuple[str, ...]


def set_pin(*, user: User, number: str, pin: str, now: datetime) -> Operator:
    """
    Give a member of staff a number and a PIN; whoever is signed in with the old one no longer is.

    A building block.

    Raises:
        InvalidField: not 4 to 12 digits.
    """
    if not PIN.fullmatch(pin):
        raise InvalidField(field="pin", rule="digits")
    values = {
        "number": number,
        "pin": make_password(pin),
        "pin_set_at": now,
        "failures": 0,
        "locked_until": None,
    }
    operator, _ = Operator.objects.update_or_create(user=user, defaults=values)
    return operator


def sign_in(*, till: Till, number: str, pin: str, now: datetime) -> SignedIn:
    """
    Sign staff in at a till. A wrong PIN is counted though it is refused.

    Raises:
        SignInFailed: the number or the PIN is wrong, or the number is locked.
        NotYours: their roles let them do nothing at this shop's tills.
    """
    with db.transaction():
        rows = Operator.objects.select_for_update(no_key=True, of=("self",)).select_related("user")
        operator = rows.filter(number=number, user__is_active=True).first()
        fits = _fits(operator, pin, now)
    if operator is None or not fits:
        raise SignInFailed()
    rights = _rights(operator.user, till)
    if not rights:
        raise NotYours(function=OPEN, location=till.location.code)
    token = signing.dumps([operator.pk, till.pk, operator.pin_set_at.timestamp()], salt=SALT)
    return SignedIn(token, str(operator.user), now + settings.TILL_SIGNED_IN, rights)


def _fits(operator: Operator | None, pin: str, now: datetime) -> bool:
    """Whether the PIN is right; an unknown number takes as long as a known one."""
    if operator is None:
        make_password(pin)
        return False
    if operator.locked_until is not None and operator.locked_until > now:
        return False
    if check_password(pin, operator.pin):
        operator.failures, operator.locked_until = 0, None
    else:
        operator.failures += 1
        if operator.failures >= settings.TILL_PIN_TRIES:
            operator.failures, operator.locked_until = 0, now + settings.TILL_PIN_LOCKED
        operator.save(update_fields=["failures", "locked_until"])
        return False
    operator.save(update_fields=["failures", "locked_until"])
    return True


def _rights(user: User, till: Till) -> tuple[str, ...]:
    return tuple(right for right in RIGHTS if organisation.may(user, right, till.location_id))


def find_operator(*, till: Till, token: str) -> User | None:
    """Who carries this token at this till; None if it is not ours, over, or of another PIN or till."""
    try:
        pk, till_id, pin_set_at = signing.loads(token, salt=SALT, max_age=settings.TILL_SIGNED_IN)
    except (signing.BadSignature, ValueError):
        return None
    operator = Operator.objects.select_related("user").filter(pk=pk, user__is_active=True).first()
    if operator is None or till_id != till.pk or operator.pin_set_at.timestamp() != pin_set_at:
        return None
    return operator.user


def require_right(*, till: Till, operator: User | None, rights: Sequence[str]) -> None:
    """
    See that somebody who may do this has signed in at the till.

    Raises:
        OperatorNeeded: nobody has.
        NotYours: their roles don't let them.
    """
    for right in rights:
        if operator is None:
            raise OperatorNeeded(function=right)
        if not organisation.may(operator, right, till.location_id):
            raise NotYours(function=right, location=till.location.code)
