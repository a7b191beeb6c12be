"""On sale in a channel, from when until when: at a price of the channel's own, or at the group's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pghistory

from catalog.errors import ListingOverlaps, PriceInPast
from catalog.models import Listing, Price
from catalog.services.charging import Book, listing_changed, listing_of
from catalog.services.constraints import refusing
from catalog.services.prices import NewPrice, Scope, check_price, cut, enter, lock_variants, set_prices
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.outbox.publish import publish_all
from organisation.models import SalesChannel

OVERLAPS = ListingOverlaps(field="valid_from", rule="overlap")


@dataclass(frozen=True, slots=True)
class NewListing:
    """
    On sale from `valid_from` until just before `valid_until`.

    `price` is the channel's own, in its currency; without one the group's price is asked.
    """

    variant_id: int
    channel_id: int
    price: Decimal | None
    valid_from: datetime
    valid_until: datetime | None = None
    tax_inclusive: bool = True


def add_listings(*, listings: Sequence[NewListing], actor: Actor, now: datetime) -> list[Listing]:
    """
    Put variants on sale: a building block that writes any number in a constant number of statements.

    The beginning may lie in the past where what was charged before is entered.

    Raises:
        InvalidField: a price is more than an amount can be, or an end lies before its beginning.
        PriceTooFine: a price has more decimals than its channel's currency.
        ListingOverlaps: a variant is already on sale in its channel at that time.
        PriceOverlaps: the channel already has a price of its own for it at that time.
        PriceMissing: one without a price of its own has none of the group's.
    """
    db.require_transaction()
    own = _own_prices(listings)
    for new in listings:
        if new.valid_until is not None and new.valid_until <= new.valid_from:
            raise InvalidField(field="valid_until", rule="after-valid-from", value=new.valid_until)
    with pghistory.context(actor=str(actor)):
        lock_variants(new.variant_id for new in listings)
        _refuse_doubles(listings)
        enter(own, actor=actor, now=now)
        rows = _write(listings, now)
    publish_all(listing_changed((new.channel_id, new.variant_id) for new in listings), at=now, actor=actor)
    return rows


def _own_prices(listings: Sequence[NewListing]) -> list[NewPrice]:
    wanted = {new.channel_id for new in listings}
    currencies = dict(SalesChannel.objects.filter(pk__in=wanted).values_list("pk", "currency"))
    own = [_own_price(new, new.price, currencies) for new in listings if new.price is not None]
    for price in own:
        check_price(price)
    return own


def _own_price(new: NewListing, amount: Decimal, currencies: dict[int, str]) -> NewPrice:
    return NewPrice(
        new.variant_id,
        Scope(currencies[new.channel_id], channel_id=new.channel_id),
        amount,
        new.valid_from,
        new.valid_until,
        tax_inclusive=new.tax_inclusive,
    )


def _refuse_doubles(listings: Sequence[NewListing]) -> None:
    """Before anything is cut for them: who is on sale already has prices to set, not to be listed again."""
    since = min((new.valid_from for new in listings), default=None)
    if since is None:
        return
    standing = Listing.objects.filter(
        variant__in={new.variant_id for new in listings}, channel__in={new.channel_id for new in listings}
    ).lasting(since)
    held: dict[tuple[int, int], list[Listing]] = {}
    for row in standing:
        held.setdefault((row.channel_id, row.variant_id), []).append(row)
    for new in listings:
        for row in held.get((new.channel_id, new.variant_id), ()):
            if _overlap(row, new):
                raise OVERLAPS


def _overlap(row: Listing, new: NewListing) -> bool:
    starts_in_time = new.valid_until is None or row.valid_from < new.valid_until
    return starts_in_time and (row.valid_until is None or new.valid_from < row.valid_until)


def _write(listings: Sequence[NewListing], now: datetime) -> list[Listing]:
    since = min((new.valid_from for new in listings), default=now)
    book = Book.of({new.variant_id for new in listings}, since=since)
    rows: list[Listing] = []
    for new in listings:
        pair = new.channel_id, new.variant_id
        spans = book.charged(pair, begins=new.valid_from, ends=new.valid_until)
        rows += [listing_of(pair, span) for span in spans]
    with refusing("listings_do_not_overlap", OVERLAPS):
        return Listing.objects.bulk_create(rows)


def set_price(*, listing: NewListing, actor: Actor, now: datetime) -> None:
    """
    Set a channel's own regular price from `valid_from` on, and put the variant on sale where it isn't.

    What stood at that moment ends there. Without `valid_until` the new price lasts as long as
    the old one would have; with one, the old price comes back after it.

    Raises:
        PriceInPast: it is to begin before `now`.
        InvalidField, PriceTooFine, PriceOverlaps, PriceMissing: as `set_prices`.
    """
    db.require_transaction()
    if listing.valid_from < now:
        raise PriceInPast(field="valid_from", rule="not-in-the-past", value=listing.valid_from)
    (price,) = _own_prices([listing])
    lock_variants([listing.variant_id])
    on_sale = Listing.objects.valid_at(listing.valid_from).filter(
        variant_id=listing.variant_id, channel_id=listing.channel_id
    )
    if on_sale.exists():
        set_prices(prices=[price], actor=actor, now=now)
    else:
        add_listings(listings=[listing], actor=actor, now=now)


def end_listing(*, variant_id: int, channel_id: int, at: datetime, actor: Actor, now: datetime) -> None:
    """
    Take a variant off sale in a channel from a moment on; one that isn't on sale then stays as it is.

    The channel's own prices of it end too, so that it is not sold at an old one when it comes back.

    Raises:
        PriceInPast: the moment lies before `now`.
    """
    db.require_transaction()
    if at < now:
        raise PriceInPast(field="valid_until", rule="not-in-the-past", value=at)
    with pghistory.context(actor=str(actor)):
        lock_variants([variant_id])
        listed = Listing.objects.filter(variant_id=variant_id, channel_id=channel_id).lasting(at)
        own = Price.objects.filter(variant_id=variant_id, channel_id=channel_id).lasting(at)
        cut(own, at)
        changed, _ = listed.filter(valid_from__gte=at).delete()
        changed += listed.filter(valid_from__lt=at).update(valid_until=at)
        if changed:
            publish_all(listing_changed([(channel_id, variant_id)]), at=now, actor=actor)
