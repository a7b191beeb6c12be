"""The record of how an order is delivered, where that is not the usual way to its contact."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from omni.core.money import allocate
from omni.core.text import pick
from orders.models import OrderAddress, OrderDelivery
from orders.pricing import Priced
from orders.shipping import AMBIENT, Delivery
from orders.wishes import PLAIN, ShipWish

ADDRESS = ("name", "name_kana", "phone", "country", "postal_code", "prefecture", "city", "line1", "line2")


def recorded(priced: Priced, wishes: Sequence[ShipWish]) -> Sequence[Delivery]:
    """
    The deliveries that an order writes down: none where all of it goes the usual way to its contact,
    which is most orders.
    """
    usual = list(wishes) == [PLAIN] and len(priced.deliveries) <= 1
    if usual and all(delivery.method.temperature == AMBIENT for delivery in priced.deliveries):
        return ()
    return priced.deliveries


def apart(priced: Priced, wishes: Sequence[ShipWish]) -> Mapping[int, int]:
    """By place the number of the delivery that a line goes with: what goes apart is a fulfilment of its own."""
    deliveries = recorded(priced, wishes)
    return {place: number for number, delivery in enumerate(deliveries) for place in delivery.places}


def write_deliveries(order_id: int, priced: Priced, wishes: Sequence[ShipWish], currency: str) -> None:
    """Write down how an order is to be delivered; nothing where there is nothing to say."""
    deliveries = recorded(priced, wishes)
    if not deliveries:
        return
    # A promotion may have taken from the whole what it costs.
    amounts = allocate(priced.totals.shipping_amount, [delivery.amount for delivery in deliveries], currency)
    rows = [
        _delivery(order_id, delivery, amount, wishes[delivery.address])
        for delivery, amount in zip(deliveries, amounts, strict=True)
    ]
    OrderDelivery.objects.bulk_create(rows)
    addresses = [
        _address(row, wishes[delivery.address])
        for row, delivery in zip(rows, deliveries, strict=True)
        if _is_personal(wishes[delivery.address])
    ]
    if addresses:
        OrderAddress.objects.bulk_create(addresses)


def _delivery(order_id: int, delivery: Delivery, amount: Decimal, wish: ShipWish) -> OrderDelivery:
    slot = next((slot for slot in delivery.method.slots if slot.code == wish.slot), None)
    gift = wish.gift
    return OrderDelivery(
        order_id=order_id,
        positions=[place + 1 for place in delivery.places],
        method=delivery.method.code,
        carrier=delivery.method.carrier,
        temperature=delivery.method.temperature,
        parcels=delivery.parcels,
        date=wish.day,
        slot=wish.slot,
        slot_name=pick(slot.name) if slot else "",
        slot_label=slot.label if slot else "",
        amount=amount,
        hides_prices=gift.hides_prices,
        wrapping=gift.wrapping,
        noshi=gift.noshi,
        noshi_text=gift.noshi_text,
    )


def _is_personal(wish: ShipWish) -> bool:
    return wish.address is not None or bool(wish.gift.message or wish.gift.noshi_name)


def _address(row: OrderDelivery, wish: ShipWish) -> OrderAddress:
    fields = {name: getattr(wish.address, name) for name in ADDRESS} if wish.address else {}
    return OrderAddress(
        delivery_id=row.pk, noshi_name=wish.gift.noshi_name, message=wish.gift.message, **fields
    )
