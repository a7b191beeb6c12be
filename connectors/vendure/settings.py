"""What a connection to a Vendure server is told beside its URL and API key."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from connectors.ports import Counterpart


@dataclass(frozen=True, slots=True)
class VendureSettings:
    stock_location: str = field(
        default="", metadata={"help": _("the ID of the stock location that is ours; empty: the only one")}
    )
    channel_token: str = field(
        default="", metadata={"help": _("the token of the channel; empty: the default channel")}
    )
    look_back_days: int = field(
        default=30, metadata={"help": _("open orders placed so long ago are looked at; older ones are not")}
    )

    def __post_init__(self) -> None:
        if not 0 < self.look_back_days <= 366:
            raise ValueError("look_back_days must be from 1 to 366")

    @property
    def look_back(self) -> timedelta:
        return timedelta(days=self.look_back_days)


To = Counterpart[VendureSettings]
