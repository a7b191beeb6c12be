"""
The history of master data: what a row was before each change, by whom and when.

Kept by triggers (django-pghistory), so that no way of writing gets around it. Only changes and
deletions are kept: a row that never changed is its own history, and bulk loads stay fast.
Never on hot tables: ledgers are their own history.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import pghistory
from django.db import models
from django.utils.translation import pgettext_lazy

Model = TypeVar("Model", bound=type[models.Model])


def audited(*, exclude: Sequence[str] = ()) -> Callable[[Model], Model]:
    """Keep the old row of every update and deletion of a model, in `<Model>Event`, immutable."""
    return pghistory.track(
        pghistory.UpdateEvent("changed", row=pghistory.Old),
        pghistory.DeleteEvent("deleted"),
        exclude=list(exclude),
        append_only=True,
        meta={
            "verbose_name": pgettext_lazy("history", "change"),
            "verbose_name_plural": pgettext_lazy("history", "changes"),
        },
    )
