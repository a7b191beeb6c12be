"""A device becomes a till: its key gets a code, a drawer and a journal."""

from datetime import datetime

from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from organisation.models import ApiKey
from tills.models import Till


def register_till(*, api_key: ApiKey, code: str, actor: Actor, now: datetime) -> Till:
    """
    Register the device of a key as a till of the key's shop. A building block.

    Raises:
        InvalidField: the key is revoked, sells nothing or is a till's; or the shop has a till of this code.
    """
    db.require_transaction()
    fit = (
        api_key.location_id is not None
        and api_key.channel_id is not None
        and ApiKey.Scope.TILL in api_key.scopes
        and api_key.revoked_at is None
    )
    if not fit or Till.objects.filter(api_key=api_key).exists():
        raise InvalidField(field="api_key", rule="sells-in-a-shop")
    assert api_key.location_id is not None
    if Till.objects.filter(location_id=api_key.location_id, code=code).exists():
        raise InvalidField(field="code", rule="unique")
    return Till.objects.create(api_key=api_key, location_id=api_key.location_id, code=code)


def set_training(*, till: Till, training: bool) -> None:
    """
    Put a till into training, or back in earnest. A building block.

    Raises:
        InvalidField: its day is open.
    """
    till = Till.objects.for_update_by_id(till.pk)
    if training and till.sessions.filter(status="OPEN").exists():
        raise InvalidField(field="training", rule="day-open")
    Till.objects.filter(pk=till.pk).update(training=training)
