"""Programmes, each born with the accounts that its points come from and go to."""

from typing import Any

from loyalty.models import PointAccount, Programme
from omni.core import db

OWN_KINDS = [kind for kind in PointAccount.Kind.values if kind != PointAccount.Kind.MEMBER]


def create_programme(**fields: Any) -> Programme:
    """Create a programme with its own point accounts; building block."""
    db.require_transaction()
    programme = Programme.objects.create(**fields)
    open_own_accounts(programme_id=programme.pk)
    return programme


def open_own_accounts(*, programme_id: int) -> None:
    """Open the programme's own accounts that it lacks; every posting needs its other side."""
    PointAccount.objects.bulk_create(
        [PointAccount(programme_id=programme_id, kind=kind) for kind in OWN_KINDS], ignore_conflicts=True
    )
