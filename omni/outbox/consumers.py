"""
The consumers of events: named handlers, registered by each app's `apps.py`.

A handler takes a batch of events in no order, some perhaps old; it runs in the transaction that
writes its receipts, so each event's effect happens once. It ignores what is older than what it
has seen, or reads the current state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from omni.core.codec import decode
from omni.outbox.events import BY_TYPE, Payload


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as handlers see it."""

    sequence: int
    id: UUID
    aggregate: str
    payload: Any
    occurred_at: datetime
    recorded_at: datetime


Handler = Callable[[Sequence[EventRecord]], None]


@dataclass(frozen=True, slots=True)
class Consumer:
    name: str
    types: frozenset[str]
    handle: Handler
    prompt: bool = False


CONSUMERS: dict[str, Consumer] = {}


def register(name: str, *, payloads: Sequence[type[Payload]], handle: Handler, prompt: bool = False) -> None:
    """
    Register a handler for events of these payload types; a name belongs to one handler.

    A `prompt` one gets its events past the task queue (`omni.outbox.prompt`). It must be quick, and
    let nothing leave the platform before a commit that waits for the disk.
    """
    consumer = Consumer(name, frozenset(payload.type for payload in payloads), handle, prompt)
    known = CONSUMERS.setdefault(name, consumer)
    if known.handle is not handle:
        raise ValueError(f"Two handlers are named {name}.")


def consumers_of(event_type: str) -> list[str]:
    """Who takes events of this type, in the order of registration, which is that of the apps."""
    return [name for name, consumer in CONSUMERS.items() if event_type in consumer.types]


def subscriptions() -> list[tuple[str, str]]:
    """(type, consumer) of all."""
    return sorted((type_, name) for name, consumer in CONSUMERS.items() for type_ in consumer.types)


def is_prompt(name: str) -> bool:
    """Whether the consumer gets its events by the short way; one that we don't know goes the ordinary one."""
    return name in CONSUMERS and CONSUMERS[name].prompt


def decode_payload(event_type: str, payload: dict[str, Any]) -> Payload:
    return decode(BY_TYPE[event_type], payload)
