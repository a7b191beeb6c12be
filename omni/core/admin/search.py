"""Search by the codes that people know, however they are typed: half or full width, either kana."""

from collections.abc import Callable, Iterable

import jaconv
from django.db.models import Q

from omni.core.text import plain

Finder = Callable[[str], Q]


def spellings(word: str) -> list[str]:
    """A word as it was typed, and in either kana."""
    typed = plain(word)
    return list(dict.fromkeys([typed, jaconv.hira2kata(typed), jaconv.kata2hira(typed)]))


def anyone(conditions: Iterable[Q]) -> Q:
    """Any of the conditions; none of the rows, without one."""
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


def exact(*paths: str) -> Finder:
    """The whole term is the value: for columns with an index, in tables that grow."""
    return lambda term: anyone(Q(**{path: plain(term)}) for path in paths)


def starting(*paths: str) -> Finder:
    return lambda term: anyone(Q(**{f"{path}__istartswith": plain(term)}) for path in paths)


def containing(*paths: str) -> Finder:
    """Every word stands in one of the columns, in some spelling: for tables of a few thousand rows."""

    def find(term: str) -> Q:
        found = Q()
        for word in plain(term).split():
            found &= anyone(
                Q(**{f"{path}__icontains": spelling}) for path in paths for spelling in spellings(word)
            )
        return found

    return find
