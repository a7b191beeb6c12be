"""What a connection to a Medusa server is told beside its URL and secret API key."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from connectors.ports import Counterpart


@dataclass(frozen=True, slots=True)
class MedusaSettings:
    stock_location: str = field(metadata={"help": _("the ID of the stock location that is ours (sloc_…)")})
    currency: str = field(default="JPY", metadata={"help": _("the currency that its prices are told in")})
    sales_channel: str = field(
        default="", metadata={"help": _("the ID of the sales channel whose orders are ours; empty: of all")}
    )
    look_back_days: int = field(
        default=30, metadata={"help": _("open orders placed so long ago are looked at; older ones are not")}
    )

    def __post_init__(self) -> None:
        if not 0 < self.look_back_days <= 366:
            raise ValueError("look_back_days must be from 1 to 366")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError("currency must be three capital letters")

    @property
    def look_back(self) -> timedelta:
        return timedelta(days=self.look_back_days)


To = Counterpart[MedusaSettings]
