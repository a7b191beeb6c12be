"""
The code by which whoever comes for goods shows that they are the buyer's to collect.

It is not stored: it follows from the fulfilment and the platform's secret, so that nobody who reads the
database knows it, and an order costs nothing more for having one. A secret that was replaced still counts
while it stands in `SECRET_KEY_FALLBACKS`.
"""

import hmac
import unicodedata
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings

from omni.core.actor import Actor
from orders import errors
from orders.models import FulfilmentStep, HandOver

LETTERS = 8
# Letters that are read as others, as they are read aloud and typed.
ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
# Base32 in Crockford's letters, which has none of those.
CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass(frozen=True, slots=True)
class Proof:
    """What whoever collects shows: the buyer's code, and the name of who came, if it isn't the buyer."""

    code: str = ""
    collector: str = ""


def code_of(fulfilment_id: int) -> str:
    """`1234-7KQ9-MZ2P`: the fulfilment, and 40 bits that nobody guesses."""
    return _code(fulfilment_id, settings.SECRET_KEY)


def _code(fulfilment_id: int, secret: str) -> str:
    digest = hmac.new(secret.encode(), f"hand-over:{fulfilment_id}".encode(), sha256).digest()
    letters = b32encode(digest)[:LETTERS].decode().translate(CROCKFORD)
    return f"{fulfilment_id}-{letters[:4]}-{letters[4:]}"


def fulfilment_of(code: str) -> int:
    """
    The fulfilment that a code is of, once it has been checked.

    Raises:
        WrongCode: it is none that we gave.
    """
    first, *_ = _plain(code).split("-")
    number = int(first) if first.isascii() and first.isdigit() and len(first) < 19 else 0
    require_code(number, code)
    return number


def require_code(fulfilment_id: int, code: str) -> None:
    """
    Raises:
        WrongCode: it is not this fulfilment's.
    """
    given = _plain(code).replace("-", "")
    for secret in (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)):
        right = _code(fulfilment_id, secret).replace("-", "")
        if hmac.compare_digest(given.encode(), right.encode()):
            return
    raise errors.WrongCode(fulfilment=fulfilment_id)


def _plain(code: str) -> str:
    """However it was typed or scanned: wide letters, small ones, spaces and dashes of any kind."""
    text = unicodedata.normalize("NFKC", code).upper().translate(ALIKE)
    return "".join(
        "-" if unicodedata.category(letter) == "Pd" else letter for letter in text if letter.strip()
    )


def record_hand_over(
    fulfilment_ids: Sequence[int], proof: Proof | None, *, actor: Actor, now: datetime
) -> None:
    """
    Keep who gave away what is COMPLETED now, and of what was collected (`proof`), who came for it and
    whether they had the code. A building block.
    """
    FulfilmentStep.objects.bulk_create(
        FulfilmentStep(fulfilment_id=pk, step=FulfilmentStep.Step.HAND_OVER, at=now, actor=str(actor))
        for pk in fulfilment_ids
    )
    if proof is None:
        return
    HandOver.objects.bulk_create(
        HandOver(
            fulfilment_id=pk,
            code_checked=bool(proof.code),
            collector=proof.collector,
            at=now,
            actor=str(actor),
        )
        for pk in fulfilment_ids
    )
