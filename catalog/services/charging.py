"""Listings follow the price book: what is yet to be charged is worked out anew, what began stays."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection

from catalog import charging
from catalog.charging import Span
from catalog.errors import PriceMissing
from catalog.models import Listing, Price
from omni.outbox.events import ListingChanged
from omni.outbox.publish import Message
from organisation.models import SalesChannel

# Variants in one event.
MOST_TOLD = 5_000

Pair = tuple[int, int]
Period = tuple[datetime, datetime | None]

END = """
UPDATE catalog_listing AS listing SET valid_until = ended.valid_until
FROM unnest(%(ids)s::bigint[], %(untils)s::timestamptz[]) AS ended (id, valid_until)
WHERE listing.id = ended.id
"""


def recharge(*, variant_ids: Collection[int], channel_ids: Collection[int], now: datetime) -> set[Pair]:
    """
    Bring the listings of variants in channels in line with the price book, from `now` on.

    When a variant is on sale stays as it is. Answers the (channel, variant) pairs that changed. The
    variants are locked by whoever calls; a constant number of statements.

    Raises:
        PriceMissing: a variant would be on sale without a price.
    """
    listings = Listing.objects.filter(variant__in=variant_ids, channel__in=channel_ids).lasting(now)
    by_pair: dict[Pair, list[Listing]] = defaultdict(list)
    for listing in listings.order_by("valid_from"):
        by_pair[listing.channel_id, listing.variant_id].append(listing)
    book = Book.of({variant_id for _, variant_id in by_pair}, since=now)
    change = _Change()
    for pair, rows in by_pair.items():
        change.compare(pair, rows, _wanted(book, pair, rows, now), now)
    change.write()
    return change.pairs


class Book:
    """The prices of variants, and the currencies of channels, read at once."""

    def __init__(self, prices: Iterable[Price], currencies: dict[int, str]) -> None:
        self.currencies = currencies
        self.by_variant: dict[int, list[Price]] = defaultdict(list)
        for price in prices:
            self.by_variant[price.variant_id].append(price)

    @classmethod
    def of(cls, variant_ids: Collection[int], *, since: datetime) -> "Book":
        prices = Price.objects.filter(variant__in=variant_ids, location=None).lasting(since)
        return cls(prices, dict(SalesChannel.objects.values_list("pk", "currency")))

    def charged(self, pair: Pair, *, begins: datetime, ends: datetime | None) -> list[Span]:
        """
        Raises:
            PriceMissing: at some moment in between there is no price.
        """
        channel_id, variant_id = pair
        prices = charging.in_scope(
            self.by_variant[variant_id], channel_id=channel_id, currency=self.currencies[channel_id]
        )
        spans = charging.charged(prices, begins=begins, ends=ends)
        bounds = [begins, *(span.valid_until for span in spans)]
        if [*(span.valid_from for span in spans), ends] != bounds:
            raise PriceMissing(variant_id=variant_id, channel_id=channel_id, field="price", rule="required")
        return spans


def _wanted(book: Book, pair: Pair, rows: Sequence[Listing], now: datetime) -> list[Span]:
    periods = [(max(row.valid_from, now), row.valid_until) for row in rows]
    return [
        span for begins, ends in _joined(periods) for span in book.charged(pair, begins=begins, ends=ends)
    ]


def _joined(periods: Iterable[Period]) -> list[Period]:
    """Periods in order of their beginnings, those that touch taken together."""
    joined: list[Period] = []
    for begins, ends in periods:
        if joined and joined[-1][1] == begins:
            joined[-1] = (joined[-1][0], ends)
        else:
            joined.append((begins, ends))
    return joined


class _Change:
    """What listings have to become; nothing is written before all of it is known."""

    def __init__(self) -> None:
        self.pairs: set[Pair] = set()
        self.gone: list[int] = []
        self.ends: dict[int, datetime | None] = {}
        self.new: list[Listing] = []

    def compare(self, pair: Pair, rows: Sequence[Listing], wanted: list[Span], now: datetime) -> None:
        before = (len(self.gone), len(self.ends), len(self.new))
        begun = rows[0] if rows[0].valid_from < now else None
        if begun is not None:
            goes_on = wanted[0] if charging.same(span_of(begun), wanted[0]) else None
            ends = goes_on.valid_until if goes_on else now
            if begun.valid_until != ends:
                self.ends[begun.pk] = ends
            wanted = wanted[1:] if goes_on else wanted
        later = {span_of(row): row.pk for row in rows if row is not begun}
        self.gone += [pk for span, pk in later.items() if span not in wanted]
        self.new += [listing_of(pair, span) for span in wanted if span not in later]
        if before != (len(self.gone), len(self.ends), len(self.new)):
            self.pairs.add(pair)

    def write(self) -> None:
        if self.gone:
            Listing.objects.filter(pk__in=self.gone).delete()
        if self.ends:
            # By Django's cursor, which tells the history who it was; our own statements can't.
            with connection.cursor() as cursor:
                cursor.execute(END, {"ids": list(self.ends), "untils": list(self.ends.values())})
        Listing.objects.bulk_create(self.new)


def span_of(listing: Listing) -> Span:
    return Span(
        listing.price, listing.tax_inclusive, listing.reduced, listing.valid_from, listing.valid_until
    )


def listing_of(pair: Pair, span: Span) -> Listing:
    channel_id, variant_id = pair
    return Listing(
        channel_id=channel_id,
        variant_id=variant_id,
        price=span.price,
        tax_inclusive=span.tax_inclusive,
        reduced=span.reduced,
        valid_from=span.valid_from,
        valid_until=span.valid_until,
    )


def listing_changed(pairs: Iterable[Pair]) -> list[Message]:
    """One event a channel for (channel, variant) pairs whose listings changed, or one for every `MOST_TOLD`."""
    by_channel: dict[int, set[int]] = {}
    for channel_id, variant_id in pairs:
        by_channel.setdefault(channel_id, set()).add(variant_id)
    return [
        Message(f"channel:{channel_id}", ListingChanged(channel_id, told))
        for channel_id, variant_ids in sorted(by_channel.items())
        for told in _told(sorted(variant_ids))
    ]


def _told(variant_ids: Sequence[int]) -> list[tuple[int, ...]]:
    starts = range(0, len(variant_ids), MOST_TOLD)
    return [tuple(variant_ids[start : start + MOST_TOLD]) for start in starts]
