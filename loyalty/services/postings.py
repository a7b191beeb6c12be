"""What a posting tells its caller, and the event that it publishes."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.models import PointAccount, PointTransaction
from omni.core.actor import Actor
from omni.outbox.events import PointsPosted
from omni.outbox.publish import Message, publish_all

Kind = PointTransaction.Kind
Own = PointAccount.Kind


@dataclass(frozen=True, slots=True)
class Posted:
    """`points` moved on `account_ids`; both empty where a source had been posted before."""

    kind: str
    points: int
    account_ids: tuple[int, ...]

    @property
    def messages(self) -> list[Message]:
        """For callers that publish together with events of their own."""
        if not self.account_ids:
            return []
        first = self.account_ids[0]
        return [Message(f"points:{first}", PointsPosted(account_ids=self.account_ids, kind=self.kind))]


def announce(posted: Posted, *, at: datetime, actor: Actor, publish: bool) -> Posted:
    if publish:
        publish_all(posted.messages, at=at, actor=actor)
    return posted
