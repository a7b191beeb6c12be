"""
The `till-feed` kind: another maker's tills send what they did, in signed batches (docs/till-feed.md).

A batch is a CloudEvent signed by Standard Webhooks with the connection's secret. Its connection sells
one shop's channel; it is told nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from connectors.ports import Connector, Counterpart
from connectors.webhook import verify, verify_signature

BATCH_TYPE = "omni.till-batch.v1"


@dataclass(frozen=True, slots=True)
class TillFeedSettings:
    location: str = field(metadata={"help": _("code of the shop that the tills stand in")})
    first_sequence: int = field(default=1, metadata={"help": _("the number that each device begins with")})


To = Counterpart[TillFeedSettings]


class TillFeedConnector(Connector[TillFeedSettings]):
    label = _("feed of another maker's tills")
    settings = TillFeedSettings
    needs_url = False

    def receive_till_batch(self, to: To, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
        return verify(to.secret, body, headers, BATCH_TYPE)

    def prove(self, to: To, headers: Mapping[str, str]) -> None:
        verify_signature(to.secret, b"", headers)
