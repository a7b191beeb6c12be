"""What views need to turn a request into a claim."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from omni.core.actor import Actor
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from omni.core.ids import uuid7

VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")


class KeyMissing(DomainError):
    code = "idempotency-key-missing"
    status = 400
    title = _("Send an Idempotency-Key header.")


class KeyInvalid(DomainError):
    code = "idempotency-key-invalid"
    status = 400
    title = _("An Idempotency-Key is 1 to 255 visible ASCII characters.")


def claim_from(
    request: Request, *, actor: Actor | str, operation: str, body: Mapping[str, Any], required: bool = True
) -> Claim:
    """
    The claim of this call; without a key, where none is required, one that nobody can repeat.

    Raises:
        KeyMissing, KeyInvalid
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key and required:
        raise KeyMissing()
    if key and not VISIBLE_ASCII.fullmatch(key):
        raise KeyInvalid()
    return Claim.of(actor=actor, operation=operation, key=key or str(uuid7()), request=body)
