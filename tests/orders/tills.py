"""A shop with a till, its shelf and its members: what tests of sales and returns begin with."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.models import Variant
from customers.models import Customer
from loyalty.models import Programme
from omni.core.actor import Actor
from orders.models import TenderType
from orders.services.sales import Sale, SaleLine, SaleTender
from organisation.models import Location, SalesChannel
from tests import factories

TILL = Actor.api_key("till-1")


@dataclass
class Till:
    """One shop, its STORE channel, cash, and a programme of one point for each 100."""

    location: Location
    channel: SalesChannel
    programme: Programme
    cash: TenderType
    receipts: int = field(default=0)

    @classmethod
    def build(cls, **shop: Any) -> "Till":
        company = factories.company(registration_number="T1180301018771")
        location = factories.location(company=company, **shop)
        channel = factories.channel(kind="STORE", company=company)
        cash = factories.tender("cash", "CASH", gives_change=True, refund_route="CASH")
        return cls(location, channel, factories.programme(), cash)

    @classmethod
    def of(cls, till: "Till", location: Location) -> "Till":
        """Another shop that sells as this one does."""
        return cls(location, till.channel, till.programme, till.cash)

    def line(self, variant: Variant, quantity: int = 1, price: int = 1000, **fields: Any) -> SaleLine:
        return SaleLine(
            **{
                "variant_id": variant.pk,
                "quantity": quantity,
                "unit_price": Decimal(price),
                "list_amount": Decimal(price) * quantity,
                "tax_class_id": variant.tax_class_id,
                "tax_rate": Decimal("0.10"),
                **fields,
            }
        )

    def sale(self, *lines: SaleLine, at: datetime, member: Customer | None = None, **fields: Any) -> Sale:
        """A sale paid in cash to the yen, points taken off."""
        self.receipts += 1
        total = sum((line.list_amount - sum(d.amount for d in line.discounts) for line in lines), Decimal(0))
        sale = Sale(
            location_id=self.location.pk,
            channel_id=self.channel.pk,
            receipt_number=f"{self.receipts:06d}",
            occurred_at=at,
            lines=lines,
            tenders=[],
            customer_id=member.pk if member else None,
        )
        sale = replace(sale, **fields)
        due = total - sale.points_to_burn
        return sale if "tenders" in fields else replace(sale, tenders=[SaleTender(self.cash.pk, due, due)])
