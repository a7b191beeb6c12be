"""Listings: what a channel asks for a variant, from when until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import pghistory

from catalog.errors import ListingOverlaps, PriceTooFine
from catalog.models import Listing
from catalog.services.constraints import refusing
from omni.core import db
from omni.core.actor import Actor
from omni.core.limits import require_amount
from omni.core.money import quantize
from omni.outbox.events import ListingChanged
from omni.outbox.publish import Message, publish_all
from organisation.models import SalesChannel


@dataclass(frozen=True, slots=True)
class NewListing:
    """A price in the channel's currency, from `valid_from` until just before `valid_until`."""

    variant_id: int
    channel_id: int
    price: Decimal
    valid_from: datetime
    valid_until: datetime | None = None
    tax_inclusive: bool = True


def add_listings(*, listings: Sequence[NewListing], actor: Actor, now: datetime) -> list[Listing]:
    """
    Put variants on sale: a building block that writes any number in a constant number of statements.

    Raises:
        InvalidField: a price is more than an amount can be.
        PriceTooFine: a price has more decimals than its channel's currency.
        ListingOverlaps: a variant already has a price in its channel at that time.
    """
    db.require_transaction()
    _check_prices(listings)
    rows = [
        Listing(
            variant_id=new.variant_id,
            channel_id=new.channel_id,
            price=new.price,
            tax_inclusive=new.tax_inclusive,
            valid_from=new.valid_from,
            valid_until=new.valid_until,
        )
        for new in listings
    ]
    with refusing("listings_do_not_overlap", ListingOverlaps()):
        Listing.objects.bulk_create(rows)
    publish_all(listing_changed((new.channel_id, new.variant_id) for new in listings), at=now, actor=actor)
    return rows


def _check_prices(listings: Sequence[NewListing]) -> None:
    wanted = {new.channel_id for new in listings}
    currencies = dict(SalesChannel.objects.filter(pk__in=wanted).values_list("pk", "currency"))
    for new in listings:
        require_amount(new.price, field="price")
        currency = currencies[new.channel_id]
        if quantize(new.price, currency) != new.price:
            raise PriceTooFine(field="price", rule="currency-unit", value=new.price, currency=currency)


def listing_changed(pairs: Iterable[tuple[int, int]]) -> list[Message]:
    """One event a channel for (channel, variant) pairs whose listings changed."""
    by_channel: dict[int, set[int]] = {}
    for channel_id, variant_id in pairs:
        by_channel.setdefault(channel_id, set()).add(variant_id)
    return [
        Message(f"channel:{channel_id}", ListingChanged(channel_id, tuple(sorted(variant_ids))))
        for channel_id, variant_ids in sorted(by_channel.items())
    ]


def set_price(*, listing: NewListing, actor: Actor, now: datetime) -> Listing:
    """
    Change a variant's price in a channel from `valid_from` on.

    What stood at that moment ends there. Without `valid_until` the new price lasts as long as
    the old one would have; with one, the old price comes back after it (a campaign).

    Raises:
        InvalidField: the price is more than an amount can be.
        PriceTooFine: the price has more decimals than the currency.
        ListingOverlaps: another price begins before the new one ends.
    """
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        standing = Listing.objects.for_update_at(
            variant_id=listing.variant_id, channel_id=listing.channel_id, at=listing.valid_from
        )
        if standing is None:
            return add_listings(listings=[listing], actor=actor, now=now)[0]
        parts = [listing, *_after(standing, listing)]
        if listing.valid_until is None:
            parts = [replace(listing, valid_until=standing.valid_until)]
        _cut(standing, listing.valid_from)
        return add_listings(listings=parts, actor=actor, now=now)[0]


def _after(standing: Listing, campaign: NewListing) -> list[NewListing]:
    ends = campaign.valid_until
    if ends is None or (standing.valid_until is not None and standing.valid_until <= ends):
        return []
    back = replace(campaign, valid_from=ends, valid_until=standing.valid_until)
    return [replace(back, price=standing.price, tax_inclusive=standing.tax_inclusive)]


def _cut(standing: Listing, at: datetime) -> None:
    """End a listing; one that would last no time at all is taken away."""
    if standing.valid_from == at:
        standing.delete()
        return
    standing.valid_until = at
    standing.save(update_fields=["valid_until"])


def end_listing(*, variant_id: int, channel_id: int, at: datetime, actor: Actor, now: datetime) -> None:
    """Take a variant off sale in a channel from a moment on; one that isn't on sale then stays as it is."""
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        standing = Listing.objects.for_update_at(variant_id=variant_id, channel_id=channel_id, at=at)
        if standing is not None:
            _cut(standing, at)
            publish_all(listing_changed([(channel_id, variant_id)]), at=now, actor=actor)
