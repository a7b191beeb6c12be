"""What a request, task or command carries along without passing it: its correlation id."""

from contextvars import ContextVar

from omni.core.ids import uuid7

correlation: ContextVar[str] = ContextVar("correlation", default="")


def new_correlation() -> str:
    return str(uuid7())
