"""
How products are sought: folded text, and every one or two neighbouring characters of it.

Japanese isn't divided into words, and two characters are already a word (緑茶), which trigrams
can't serve. So each field is folded (width, case, kana of either script) and closed up, and
its characters and bigrams stand in a GIN index: `@>` finds the candidates, `LIKE` rechecks
that the characters really are neighbours.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from omni.core.text import LOOSE, bigrams, close_up, fold


@dataclass(frozen=True, slots=True)
class Terms:
    """What a query asks for: every pattern, for which every gram must be there."""

    patterns: list[str]
    grams: list[str]


def index_text(fields: Iterable[str]) -> str:
    """The fields folded, each closed up, once each, with a space between."""
    closed = (close_up(field) for field in fields)
    return " ".join(dict.fromkeys(text for text in closed if text))


def index_grams(text: str) -> list[str]:
    """Every character and every two neighbouring ones within the fields of `index_text`."""
    return sorted({*bigrams(text), *text.replace(" ", "")})


def parse(query: str) -> Terms:
    """The words of a query; each has to be found somewhere in a product's text."""
    words = [word for word in (LOOSE.sub("", part) for part in fold(query).split(" ")) if word]
    grams = {gram for word in words for gram in (bigrams(word) or [word])}
    return Terms([f"%{_escape(word)}%" for word in words], sorted(grams))


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
