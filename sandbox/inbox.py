"""What the platform sends: signed CloudEvents, proved and read before anything is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from standardwebhooks import Webhook, WebhookVerificationError

from sandbox.control import Control
from sandbox.web import Refusal, Request

SIGNATURE_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

Item = TypeVar("Item")


class Inbox:
    def __init__(self, control: Control, *, secret: str, connection: str) -> None:
        self._control = control
        self._webhook = Webhook(secret)
        self._connection = connection

    def open(self, request: Request, event_type: str) -> tuple[str, dict[str, Any]]:
        """The message's id and data, once it has met the modes, its signature and its form."""
        self._control.meet_push()
        webhook_id = self._verify(request)
        event = request.json()
        if event.get("specversion") != "1.0" or not event.get("id") or not event.get("source"):
            raise Refusal(400, "not-a-cloudevent")
        if event.get("type") != event_type:
            raise Refusal(400, "unknown-type", known=[event_type])
        data = event.get("data")
        if not isinstance(data, dict):
            raise Refusal(400, "bad-data")
        if data.get("connection") != self._connection:
            raise Refusal(400, "another-connection", connection=self._connection)
        return webhook_id, data

    def items(self, data: dict[str, Any], read: Callable[[int, object], Item]) -> list[Item]:
        """The items of a push, each read with its position."""
        if not isinstance(data.get("items"), list):
            raise Refusal(400, "bad-data")
        return [read(position, item) for position, item in enumerate(data["items"])]

    def _verify(self, request: Request) -> str:
        headers = {name: request.headers.get(name, "") for name in SIGNATURE_HEADERS}
        try:
            self._webhook.verify(request.body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):  # ValueError: not base64, not UTF-8
            raise Refusal(401, "bad-signature") from None
        return headers["webhook-id"]
