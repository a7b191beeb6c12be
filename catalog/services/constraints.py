"""A constraint of the database says no: which one, as a failure of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from omni.core.errors import DomainError


@contextmanager
def refusing(constraint: str, failure: DomainError) -> Iterator[None]:
    """Raise `failure` where the block breaks `constraint`; the transaction is lost either way."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) == constraint:
            raise failure from error
        raise
