"""What a product list is asked for: query strings and cursors, checked and turned into a query."""

import base64
from functools import lru_cache
from typing import Any

from django.http import QueryDict

from omni.core.errors import InvalidField
from storefront.products import ProductQuery
from storefront.serializers import ProductQuerySerializer

# The letter that a cursor begins with says which way it looks from its product.
DIRECTIONS = {"a": "after", "b": "before"}
LETTERS = {name: letter for letter, name in DIRECTIONS.items()}
GREATEST_KEY = 2**63 - 1


class InvalidCursor(InvalidField):
    """The cursor is none that `next` or `previous` gave."""

    code = "invalid-cursor"


@lru_cache(maxsize=4096)
def parse(query_string: str) -> tuple[str, ProductQuery]:
    """
    The channel's code and the query that a query string (as WSGI gives it) asks for.

    The same string always means the same, so each is checked once.

    Raises:
        ValidationError, InvalidCursor
    """
    asked = ProductQuerySerializer(data=QueryDict(query_string.encode("latin-1")))
    asked.is_valid(raise_exception=True)
    fields: dict[str, Any] = dict(asked.validated_data)
    channel, cursor = fields.pop("channel", ""), fields.pop("cursor", "")
    fields |= _position(cursor) if cursor else {}
    return channel, ProductQuery(limit=fields.pop("page_size"), **fields)


def _position(cursor: str) -> dict[str, int]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
        position = {DIRECTIONS[text[:1]]: int(text[1:])}
    except (ValueError, KeyError) as error:
        raise InvalidCursor(field="cursor", rule="opaque") from error
    if not all(0 <= key <= GREATEST_KEY for key in position.values()):
        raise InvalidCursor(field="cursor", rule="opaque")
    return position


def cursor(direction: str, key: int) -> str:
    """The cursor of the page `after` or `before` a product."""
    return base64.urlsafe_b64encode(f"{LETTERS[direction]}{key}".encode()).decode()
