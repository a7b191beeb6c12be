"""
The chain of a till's journal: pure functions, the same on the device and on the platform.

Each entry's hash is SHA-256 over its canonical JSON, the hash of the entry before it within: whoever changes,
drops or inserts one changes every hash after it. Numbers are whole, amounts are text: no float is canonical.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What stands before the first entry.
NO_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as the device wrote it; `occurred_at` is its text (ISO 8601 with an offset)."""

    device: str
    sequence: int
    kind: str
    occurred_at: str
    payload: Mapping[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many entries, and the hash of the last."""

    sequence: int = 0
    hash: str = NO_HASH


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not go on: `rule` is `gap`, `previous` (another entry stood before) or `hash`."""

    rule: str
    sequence: int
    expected_sequence: int
    expected_previous: str
    previous_hash: str


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8 as it is: the same values give the same bytes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_refuse)
    return text.encode()


def digest(value: Any) -> str:
    """SHA-256 over the canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} has no canonical form")


def hash_of(link: Link) -> str:
    """The hash that the entry should have."""
    content = {
        "device": link.device,
        "sequence": link.sequence,
        "kind": link.kind,
        "occurred_at": link.occurred_at,
        "payload": link.payload,
        "previous_hash": link.previous_hash,
    }
    return digest(content)


def append(
    head: Head, *, device: str, kind: str, occurred_at: str, payload: Mapping[str, Any]
) -> tuple[Link, Head]:
    """The next entry after `head`, and the chain's end with it."""
    bare = Link(device, head.sequence + 1, kind, occurred_at, payload, head.hash, "")
    link = Link(device, bare.sequence, kind, occurred_at, payload, head.hash, hash_of(bare))
    return link, Head(link.sequence, link.hash)


def verify(head: Head, links: Iterable[Link]) -> tuple[Head, Break | None]:
    """How far the entries go on from `head`, and where they break, if they do."""
    for link in links:
        if rule := _broken(head, link):
            return head, Break(rule, link.sequence, head.sequence + 1, head.hash, link.previous_hash)
        head = Head(link.sequence, link.hash)
    return head, None


def _broken(head: Head, link: Link) -> str:
    if link.sequence != head.sequence + 1:
        return "gap"
    if link.previous_hash != head.hash:
        return "previous"
    return "" if hash_of(link) == link.hash else "hash"
