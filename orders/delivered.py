"""How a cart is delivered, as buyers are shown it before they pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orders.shipping import Delivery


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """What goes to the `address`-th one (the contact is 0) by one method, and its part of the shipping."""

    address: int
    method: str
    name: Mapping[str, str]
    temperature: str
    parcels: int
    amount: Decimal


def delivery_view(delivery: Delivery) -> DeliveryView:
    method = delivery.method
    return DeliveryView(
        delivery.address, method.code, method.name, method.temperature, delivery.parcels, delivery.amount
    )
