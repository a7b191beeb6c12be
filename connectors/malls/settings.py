"""What every mall is told alike: from when on, how often, how fast, under which names."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from connectors.malls.carriers import CARRIERS

ISSUERS = ("channel", "seller")
ONE = Decimal(1)


def told(default: Any, text: Any) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class MallSettings:
    orders_since: str = field(
        metadata={
            "help": _("orders placed before are left to whoever handled them: 2026-12-01T00:00:00+09:00")
        }
    )
    look_back_days: int = told(14, _("how long after it was placed an order may become ready to ship"))
    poll_seconds: int = told(60, _("how long to wait before orders are asked for again"))
    rate: Decimal = field(
        default=ONE, metadata={"help": _("how much faster than its published limits this account may ask")}
    )
    skus: tuple[str, ...] = told((), _("where our SKU is another than the mall's code: SKU=code"))
    carrier: str = told("", _("who carries the parcels; empty: shipments are not told"))
    invoice_issuer: str = told("channel", _("channel: the mall issues the qualified invoice; seller: we do"))

    def __post_init__(self) -> None:
        self._check_since()
        if not 1 <= self.look_back_days <= 60:
            raise ValueError("look_back_days must be from 1 to 60")
        if not 0 <= self.poll_seconds <= 86_400:
            raise ValueError("poll_seconds must be from 0 to 86400")
        if self.rate <= 0:
            raise ValueError("rate must be above 0")
        if self.carrier and self.carrier not in CARRIERS:
            raise ValueError(f"carrier must be one of: {', '.join(CARRIERS)}")
        if self.invoice_issuer not in ISSUERS:
            raise ValueError(f"invoice_issuer must be one of: {', '.join(ISSUERS)}")
        self._check_skus()

    def _check_since(self) -> None:
        try:
            aware = self.since.tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise ValueError("orders_since must be a time with its offset, as 2026-12-01T00:00:00+09:00")

    def _check_skus(self) -> None:
        pairs = [pair.partition("=") for pair in self.skus]
        for sku, _sign, code in pairs:
            if not sku or not code:
                raise ValueError("skus: each must be SKU=code")
        for place, name in ((0, "SKU"), (2, "code")):
            if len({pair[place] for pair in pairs}) < len(pairs):
                raise ValueError(f"skus: a {name} stands there twice")

    @property
    def since(self) -> datetime:
        return datetime.fromisoformat(self.orders_since)

    def code_of(self, sku: str) -> str:
        """The mall's code of our SKU."""
        return dict(self._pairs()).get(sku, sku)

    def sku_of(self, code: str) -> str:
        """Our SKU of the mall's code."""
        return {code: sku for sku, code in self._pairs()}.get(code, code)

    def _pairs(self) -> list[tuple[str, str]]:
        return [(sku, code) for sku, _sign, code in (pair.partition("=") for pair in self.skus)]
