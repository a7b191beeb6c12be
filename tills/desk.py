"""Who stands where: a request's till and operator."""

from rest_framework.request import Request

from omni.core.actor import Actor
from organisation.models import ApiKey
from organisation.permissions import actor_of
from tills.errors import NotATill
from tills.models import Till
from tills.services.operators import find_operator, require_right
from tills.services.trade import Desk


def find_desk(request: Request) -> Desk | None:
    """The till whose key this is, and who has signed in there; None for a key that is no till's."""
    assert isinstance(request.auth, ApiKey)
    till = Till.objects.select_related("api_key", "location").filter(api_key=request.auth).first()
    if till is None:
        return None
    token = request.headers.get("Till-Operator", "")
    operator = find_operator(till=till, token=token) if token else None
    return Desk(till, operator, Actor.user(operator.pk) if operator else actor_of(request))


def get_desk(request: Request, *rights: str) -> Desk:
    """
    The same, where an operator needs `rights`.

    Raises:
        NotATill: the key is no till's.
        OperatorNeeded, NotYours: nobody who may do this has signed in.
    """
    desk = find_desk(request)
    if desk is None:
        raise NotATill()
    require_right(till=desk.till, operator=desk.operator, rights=rights)
    return desk
