"""Vendure's Admin API: GraphQL under an API key, and its failures as the protocol has them."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from connectors.errors import PushFailed
from connectors.http import PATIENT, call
from connectors.vendure.settings import To

# What the server is to blame for may pass; any other error would come again.
PASSING = {"INTERNAL_SERVER_ERROR"}
PAGE = 100
# So many items a query may ask for, unless the server is told otherwise.
MOST = 1000


def ask(to: To, query: str, **variables: Any) -> dict[str, Any]:
    """
    The data of a query's answer.

    Raises:
        PushFailed: no answer, or errors; for good where they are not the server's own.
    """
    headers = {"vendure-api-key": to.secret}
    if to.settings.channel_token:
        headers["vendure-token"] = to.settings.channel_token
    body = {"query": query, "variables": variables}
    response = call(to, "POST", "admin-api", json=body, headers=headers, timeout=PATIENT)
    answer = json.loads(response.content, parse_float=Decimal)
    if errors := answer.get("errors"):
        codes = {error.get("extensions", {}).get("code", "") for error in errors}
        told = "; ".join(str(error.get("message")) for error in errors[:5])
        if "FORBIDDEN" in codes:
            told = f"Vendure refuses the API key: it is wrong, or lacks a permission ({told})"
        raise PushFailed(told, permanent=not codes & PASSING)
    return answer["data"]


def pages(to: To, query: str, name: str, **options: Any) -> Iterator[list[dict[str, Any]]]:
    """The items of a list, page by page; `query` takes `$options`. Raises PushFailed."""
    skip = 0
    while True:
        listed = ask(to, query, options={**options, "skip": skip, "take": PAGE})[name]
        if listed["items"]:
            yield listed["items"]
        skip += PAGE
        if skip >= listed["totalItems"]:
            return


def granted(result: dict[str, Any]) -> dict[str, Any]:
    """The result of a mutation. Raises PushFailed, for good, where it is an error of the shop's rules."""
    if "errorCode" in result:
        raise PushFailed(f"{result['errorCode']}: {result['message']}", permanent=True)
    return result


def by_sku(variants: Sequence[dict[str, Any]], skus: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Variants by their SKU, and why some of the SKUs can't be told: empty where all can."""
    found: dict[str, Any] = {}
    twice = set()
    for variant in variants:
        if variant["sku"] in found:
            twice.add(variant["sku"])
        found[variant["sku"]] = variant
    unknown = [sku for sku in skus if sku not in found]
    reasons = [f"Vendure has no variant with the SKU {', '.join(unknown)}"] if unknown else []
    if twice:
        reasons.append(f"Vendure has several variants with the SKU {', '.join(sorted(twice))}")
    return {sku: found[sku] for sku in found if sku not in twice}, "; ".join(reasons)
