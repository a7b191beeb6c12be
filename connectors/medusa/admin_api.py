"""Medusa's Admin API: REST under a secret API key, and its failures as the protocol has them."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from connectors.errors import PushFailed
from connectors.http import PATIENT, call
from connectors.medusa.settings import To

PAGE = 100
# Of an address's length so much is for the SKUs that it names: servers take 8 KiB of it as a rule.
ADDRESS = 4000

Params = Sequence[tuple[str, str]]


def ask(to: To, method: str, path: str, params: Params = (), body: Any = None) -> Any:
    """
    The JSON of an answer, its numbers as Decimals where they have a point.

    Raises:
        PushFailed: no answer, or a refusal; a key that is not known is refused for good.
    """
    options: dict[str, Any] = {"params": list(params), "auth": (to.secret, ""), "timeout": PATIENT}
    if body is not None:
        options["json"] = body
    try:
        response = call(to, method, f"admin/{path}", **options)
    except PushFailed as failure:
        if str(failure).startswith(("HTTP 401", "HTTP 403")):
            told = f"Medusa refuses the API key: it is wrong, or lacks a permission ({failure})"
            raise PushFailed(told, permanent=True) from failure
        raise
    return json.loads(response.content, parse_float=Decimal)


def pages(to: To, path: str, name: str, params: Params) -> Iterator[list[dict[str, Any]]]:
    """The items of a list, page by page. Raises PushFailed."""
    offset, total = 0, 1
    while offset < total:
        found = ask(to, "GET", path, [*params, ("limit", str(PAGE)), ("offset", str(offset))])
        if found[name]:
            yield found[name]
        offset, total = offset + PAGE, found["count"]


def find_variants(to: To, skus: Sequence[str], fields: str) -> dict[str, dict[str, Any]]:
    """Variants by their SKU, which is unique there; those that it has not are left out."""
    return {
        variant["sku"]: variant
        for chunk in chunks(skus)
        for page in pages(
            to, "product-variants", "variants", [("fields", fields), *(("sku[]", sku) for sku in chunk)]
        )
        for variant in page
    }


def chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """As many at a time as fit into an address, and on a page."""
    chunk: list[str] = []
    length = 0
    for text in texts:
        size = len(quote(f"sku[]={text}&"))
        if chunk and (length + size > ADDRESS or len(chunk) == PAGE):
            yield chunk
            chunk, length = [], 0
        chunk.append(text)
        length += size
    if chunk:
        yield chunk


def unknown(skus: Sequence[str]) -> list[str]:
    return [f"Medusa has no variant with the SKU {', '.join(skus)}"] if skus else []
