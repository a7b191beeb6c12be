"""Which price applies where, and why: for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog import charging
from catalog.models import Listing, Price, Variant
from organisation.models import Location, SalesChannel


@dataclass(frozen=True, slots=True)
class Explained:
    """
    What is asked in a channel, or at a shop's till in it, and the price of the book that decides it.

    `decided` is None where the book says nothing: the listing is older than it.
    """

    channel: SalesChannel
    location: Location | None
    price: Decimal
    tax_inclusive: bool
    decided: Price | None


def explain(*, variant: Variant, at: datetime) -> list[Explained]:
    """Every place where the variant is on sale at a moment; shops that have a price of their own; two statements."""
    listings = Listing.objects.valid_at(at).filter(variant=variant).select_related("channel")
    book = list(Price.objects.valid_at(at).filter(variant=variant).select_related("location"))
    return [
        explained
        for listing in listings.order_by("channel__code")
        for explained in [_in_channel(listing, book, at), *_at_shops(listing.channel, book, at)]
    ]


def _in_channel(listing: Listing, book: Sequence[Price], at: datetime) -> Explained:
    channel = listing.channel
    scoped = charging.in_scope(book, channel_id=channel.pk, currency=channel.currency)
    decided = charging.find_deciding(scoped, at=at)
    return Explained(channel, None, listing.price, listing.tax_inclusive, decided)


def _at_shops(channel: SalesChannel, book: Sequence[Price], at: datetime) -> list[Explained]:
    if channel.kind != SalesChannel.Kind.STORE:
        return []
    own = [price for price in book if price.location_id and price.currency == channel.currency]
    by_shop = {price.location_id: price.location for price in own}
    return [
        Explained(channel, shop, decided.amount, decided.tax_inclusive, decided)
        for shop_id, shop in sorted(by_shop.items())
        if (decided := charging.find_deciding([p for p in own if p.location_id == shop_id], at=at))
    ]
