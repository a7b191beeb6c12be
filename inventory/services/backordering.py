"""What a channel sells ahead of stock: set by staff."""

from datetime import datetime, timedelta

from django.db.models import Q

from catalog import selectors as catalog
from inventory.models import BackorderPolicy
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.errors import InvalidField
from omni.core.limits import require_units
from omni.outbox.events import SourcingChanged
from omni.outbox.publish import publish

Kind = BackorderPolicy.Kind


def set_backorder_policy(
    *,
    variant_id: int,
    channel_id: int,
    kind: str,
    most: int | None,
    opens_at: datetime,
    closes_at: datetime | None = None,
    release_at: datetime | None = None,
    supplier_id: int | None = None,
    active: bool = True,
    actor: Actor,
    now: datetime,
) -> int:
    """
    Set what a channel sells ahead of a variant's stock; answer the policy's key.

    A building block. What has been promised stays promised: `most` below what is outstanding only sells
    no more. It is told as a change of sourcing, since it changes what may be sold.

    Raises:
        InvalidField: a preorder without a release or a backorder with one, an end before its beginning,
            a bundle without a number, or more than can be counted.
    """
    db.require_transaction()
    _require(kind, most, opens_at, closes_at, release_at)
    if most is None and catalog.is_bundle(variant_id):
        raise InvalidField(field="most", rule="required-for-bundles")
    policy, _created = BackorderPolicy.objects.update_or_create(
        variant_id=variant_id,
        channel_id=channel_id,
        defaults={
            "kind": kind,
            "most": most,
            "opens_at": opens_at,
            "closes_at": closes_at,
            "release_at": release_at,
            "supplier_id": supplier_id,
            "active": active,
        },
    )
    _tell(channel_id, (variant_id,), actor, now)
    return policy.pk


def _require(
    kind: str, most: int | None, opens_at: datetime, closes_at: datetime | None, release_at: datetime | None
) -> None:
    if most is not None:
        require_units(most, field="most")
    if (kind == Kind.PREORDER) != (release_at is not None):
        raise InvalidField(field="release_at", rule="preorders-alone")
    if closes_at is not None and closes_at <= opens_at:
        raise InvalidField(field="closes_at", rule="later")


def tell_releases(*, since: timedelta, now: datetime) -> int:
    """
    Tell the outbox of preorders that were released within `since`, opened or closed: what may be sold
    changed with the clock alone. Telling again does no harm. Answers how many.
    """

    def within(moment: str) -> Q:
        return Q(**{f"{moment}__gt": now - since, f"{moment}__lte": now})

    with db.transaction():
        turned = list(
            BackorderPolicy.objects.filter(within("opens_at") | within("closes_at") | within("release_at"))
            .filter(active=True)
            .order_by("pk")
            .values_list("channel_id", "variant_id")
        )
        for channel_id, variant_id in turned:
            _tell(channel_id, (variant_id,), SYSTEM, now)
    return len(turned)


def _tell(channel_id: int, variant_ids: tuple[int, ...], actor: Actor, now: datetime) -> None:
    changed = SourcingChanged(channel_id=channel_id, variant_ids=variant_ids)
    publish(f"channel:{channel_id}", changed, at=now, actor=actor)
