"""What of a cart nobody has now: sold ahead, or short."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from catalog import selectors as catalog
from inventory import backorders
from inventory import selectors as stock
from orders.models import Cart, CartLine


def short_of(
    cart: Cart,
    lines: Sequence[CartLine],
    offers: Mapping[int, catalog.Offer],
    waiting: Mapping[int, object],
    now: datetime,
) -> dict[int, int]:
    """By line how many of it to be shipped nobody has, and nobody sells ahead."""
    kept = [
        line
        for line in lines
        if line.location_id is None
        and line.pk not in waiting
        and line.variant_id in offers
        and offers[line.variant_id].keeps_stock
    ]
    if not kept:
        return {}
    variant_ids = sorted({line.variant_id for line in kept})
    there = stock.channel_availability(channel_id=cart.channel_id, variant_ids=variant_ids, at=now)
    lacking = {line.pk: line.quantity - max(there[line.variant_id], 0) for line in kept}
    return {pk: units for pk, units in lacking.items() if units > 0}


def waiting_of(cart: Cart, lines: Sequence[CartLine], now: datetime) -> dict[int, dict[str, Any]]:
    """By line what of it would wait for stock; one statement where nothing is sold ahead."""
    shipped = [line for line in lines if line.location_id is None]
    wants = [(line.variant_id, line.quantity) for line in shipped]
    policies = backorders.find_ahead(channel_id=cart.channel_id, wants=wants, at=now) if wants else {}
    if not policies:
        return {}
    there = stock.channel_availability(channel_id=cart.channel_id, variant_ids=sorted(policies), at=now)
    short = {
        line.pk: line.quantity - min(line.quantity, there[line.variant_id])
        for line in shipped
        if line.variant_id in policies and there[line.variant_id] < line.quantity
    }
    wants = [(line.variant_id, short[line.pk]) for line in shipped if line.pk in short]
    terms = backorders.find_ahead(channel_id=cart.channel_id, wants=wants, at=now) if wants else {}
    return {
        line.pk: {
            "ahead": terms[line.variant_id].kind,
            "waits": short[line.pk],
            "promised_date": terms[line.variant_id].promised_date,
        }
        for line in shipped
        if line.pk in short and terms[line.variant_id].units >= short[line.pk]
    }
