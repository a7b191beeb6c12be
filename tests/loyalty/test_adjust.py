"""Points given and taken by staff."""

from datetime import datetime, timedelta

import pytest

from loyalty import services
from loyalty.errors import InsufficientPoints, NoProgramme, ReasonMissing
from loyalty.models import PointTransaction
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import ClaimMismatch
from omni.core.models import Claim as StoredClaim
from tests import factories
from tests.loyalty.acting import account, claim, earn, entries, lot

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor.user(7)


def adjust(
    customer_id: int, points: int, key: str, now: datetime, reason: str = "お詫び"
) -> services.AdjustedPoints:
    return services.adjust_points(
        customer_id=customer_id, points=points, reason=reason, claim=claim(key), actor=CLERK, now=now
    )


def test_given_points_are_a_lot_of_their_own_and_keep_their_reason(now: datetime) -> None:
    factories.programme(pending_days=5)
    member = factories.member()

    assert adjust(member.pk, 300, "a", now) == services.AdjustedPoints(points=300, balance=300)
    assert adjust(member.pk, 300, "a", now) == services.AdjustedPoints(points=300, balance=300)

    transaction = PointTransaction.objects.get()
    assert (transaction.kind, transaction.reason, transaction.actor) == ("ADJUSTMENT", "お詫び", "user:7")
    assert entries(transaction.source) == [("MEMBER", "ACTIVE", 300, 300), ("ADJUSTED", "ACTIVE", -300, None)]
    assert account(member.pk) == (300, 0, 0)


def test_taken_points_come_from_the_soonest_expiring_lots(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    earn(programme.pk, member.pk, 100, "order:2", at=now - timedelta(days=3), now=now)

    assert adjust(member.pk, -130, "a", now) == services.AdjustedPoints(points=-130, balance=70)

    assert lot("order:2") == {"clawed_back": 100}
    assert lot("order:1") == {"active": 70, "clawed_back": 30}


def test_a_refused_adjustment_leaves_nothing_not_even_its_claim(now: datetime) -> None:
    member = factories.member()
    with pytest.raises(NoProgramme):
        adjust(member.pk, 5, "a", now)
    factories.programme()

    with pytest.raises(InsufficientPoints):
        adjust(member.pk, -1, "a", now)
    with pytest.raises(ReasonMissing):
        adjust(member.pk, 1, "a", now, reason="  ")
    with pytest.raises(InvalidField):
        adjust(member.pk, 0, "a", now)

    assert not PointTransaction.objects.exists()
    assert not StoredClaim.objects.exists()


def test_a_key_is_not_used_for_another_adjustment(now: datetime) -> None:
    factories.programme()
    member = factories.member()
    adjust(member.pk, 5, "a", now)
    other = claim("b")

    with pytest.raises(ClaimMismatch):
        services.adjust_points(
            customer_id=member.pk,
            points=6,
            reason="x",
            claim=type(other)(other.principal, other.operation, "a", other.fingerprint),
            actor=CLERK,
            now=now,
        )
